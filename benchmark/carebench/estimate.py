"""How long a run will still take, from what its parts took so far; separate because it is arithmetic and nothing else.

Work whose like has never been timed counts as nothing and turns the estimate into a lower bound; with
times for less than half of the jobs there is no estimate. The bounds are those of any order of work that leaves no slot
idle (Graham 1969): with total work W, longest part L and m slots, the end comes not before
max(W/m, L) and not after W/m + L(1 - 1/m).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NEAR = 1.5


class Work(NamedTuple):
    """What one job does: `prepare`, `answer` or `score`; a task; and a model when it is an answer."""

    kind: str
    task: str
    model: str = ""


class Times:
    """What work of each sort took: number of times and seconds together."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], tuple[int, float]] = {}

    def add(self, work: Work, seconds: float) -> None:
        """Note that `work` took so long."""
        for key in (tuple(work), (work.kind, work.model)):
            count, total = self._known.get(key, (0, 0.0))
            self._known[key] = count + 1, total + seconds

    def of_same(self, work: Work) -> float | None:
        """Mean seconds of the same work, None when it was never timed."""
        return self._mean(tuple(work))

    def of_like(self, work: Work) -> float | None:
        """Mean seconds of the same model, or of the same step, on any task."""
        return self._mean((work.kind, work.model))

    def _mean(self, key: tuple[str, ...]) -> float | None:
        count, total = self._known.get(key, (0, 0.0))
        return total / count if count else None


@dataclass(frozen=True, kw_only=True)
class Left:
    """Seconds left, between two bounds; `whole` is False when some work has no known time, so that it may be more.

    Example:
        >>> Left(low=170, high=200, whole=True).words()
        'about 3 min left'
        >>> Left(low=60, high=240, whole=True).words()
        '1 min to 4 min left'
        >>> Left(low=60, high=240, whole=False).words()
        'at least 1 min left'
    """

    low: float
    high: float
    whole: bool

    def words(self) -> str:
        """For people, no finer than is known."""
        if not self.whole:
            return f"at least {roughly(self.low)} left"
        if self.high <= _NEAR * self.low or roughly(self.low) == roughly(self.high):
            return f"about {roughly((self.low + self.high) / 2)} left"
        return f"{roughly(self.low)} to {roughly(self.high)} left"


def left(
    pending: Mapping[Work, int], running: Iterable[tuple[Work, float]], times: Sequence[Times], slots: int
) -> Left | None:
    """What is left of a run; None unless at least half of its jobs are of a sort that was timed.

    Args:
        pending: how often each work is still to be started.
        running: work on its way, and for how many seconds.
        times: what is known, the best source first.
        slots: jobs side by side.
    """
    waiting = [(expected(work, times), count) for work, count in pending.items() if count > 0]
    begun = [(expected(work, times), elapsed) for work, elapsed in running]
    known = [(seconds, count) for seconds, count in waiting if seconds is not None]
    known += [(max(seconds - elapsed, 0.0), 1) for seconds, elapsed in begun if seconds is not None]
    jobs = sum(count for _, count in [*waiting, *((None, 1) for _ in begun)])
    if not known or 2 * sum(count for _, count in known) < jobs:
        return None
    share = sum(seconds * count for seconds, count in known) / slots
    longest = max(seconds for seconds, _ in known)
    whole = all(seconds is not None for seconds, _ in [*waiting, *begun])
    return Left(low=max(share, longest), high=share + longest * (1 - 1 / slots), whole=whole)


def expected(work: Work, times: Sequence[Times]) -> float | None:
    """Mean seconds of the same work, else of its like on any task, from the first source that knows."""
    found = [*(source.of_same(work) for source in times), *(source.of_like(work) for source in times)]
    return next((seconds for seconds in found if seconds is not None), None)


def roughly(seconds: float) -> str:
    """A time to come, rounded as an estimate deserves.

    Example:
        >>> roughly(3), roughly(41), roughly(200), roughly(5400)
        ('10 s', '50 s', '3 min', '1.5 h')
    """
    if seconds <= 50:
        return f"{max(math.ceil(seconds / 10), 1) * 10} s"
    return f"{max(round(seconds / 60), 1)} min" if seconds < 3570 else f"{seconds / 3600:.1f} h"


def took(seconds: float) -> str:
    """A time that has passed.

    Example:
        >>> took(8.24), took(192), took(3723)
        ('8.2 s', '3 min 12 s', '1 h 2 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
