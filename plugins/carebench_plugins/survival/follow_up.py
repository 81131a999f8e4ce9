"""Follow-up up to the horizon, and what is fitted on it; separate because all survival models start from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import Unsuited

if TYPE_CHECKING:
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """Training rows with their follow-up up to the horizon.

    Attributes:
        inputs: shape (n, columns): the training rows, then the patients lost before the horizon.
        time: shape (n,), at most the horizon, above 0.
        died: shape (n,), whether death was seen at `time`.
    """

    inputs: Floats
    time: Floats
    died: NDArray[np.bool_]


class AtHorizon:
    """What is fitted on follow-up, and asked for the risk by the horizon."""

    def fit(
        self,
        X: Matrix,
        y: NDArray[np.generic],
        *,
        time: Floats | None = None,
        event: NDArray[np.generic] | None = None,
        horizon: Floats | None = None,
        X_unlabelled: Matrix | None = None,
        unlabelled_time: Floats | None = None,
    ) -> Self:
        """Fit on the follow-up of n training rows and of the patients lost before the horizon.

        Args:
            X: training rows, shape (n, columns).
            y: death by the horizon, which follows from the next three.
            time: follow-up, shape (n,).
            event: 1 where death was seen at `time`, shape (n,).
            horizon: the same number n times.
            X_unlabelled: the patients lost, shape (m, columns).
            unlabelled_time: when, shape (m,).

        Raises:
            Unsuited: when the task reveals no follow-up, or nobody died.
        """
        del y
        if time is None or event is None or horizon is None:
            raise Unsuited("it learns from follow-up times, and this task reveals none")
        known = follow_up(X, time, event, float(horizon[0]) if len(horizon) else 0.0)
        if X_unlabelled is not None and unlabelled_time is not None:
            known = with_lost(known, X_unlabelled, unlabelled_time)
        if not known.died.any():
            raise Unsuited("it learns from deaths, and no training row has any")
        self._learn(known)
        return self

    def _learn(self, known: FollowUp) -> None:
        raise NotImplementedError


def follow_up(X: Matrix, time: Floats, event: NDArray[np.generic], horizon: float) -> FollowUp:
    """Follow-up that ends at the horizon; a time of 0 counts as a millionth of it."""
    import numpy as np

    died = (np.asarray(event) == 1) & (np.asarray(time) <= horizon)
    times = np.clip(np.asarray(time, np.float64), horizon * 1e-6, horizon)
    return FollowUp(inputs=np.asarray(X, np.float64), time=times, died=died)


def with_lost(known: FollowUp, inputs: Matrix, time: Floats) -> FollowUp:
    """The same with patients who were lost alive."""
    import numpy as np

    return FollowUp(
        inputs=np.concatenate([known.inputs, inputs]),
        time=np.concatenate([known.time, np.maximum(time, known.time.max() * 1e-6)]),
        died=np.concatenate([known.died, np.zeros(len(time), bool)]),
    )


def outcomes(known: FollowUp) -> Any:
    """The follow-up as scikit-survival takes it."""
    from sksurv.util import Surv

    return Surv.from_arrays(known.died, known.time)


def limits(known: FollowUp, number: int) -> Floats:
    """Upper limits of up to `number` intervals with equal numbers of deaths; the last is the longest follow-up."""
    import numpy as np

    shares = np.arange(1, number) / number
    inner = np.quantile(known.time[known.died], shares, method="higher")
    return np.unique(np.append(inner, known.time.max()))


def two_columns(risk: Floats) -> Floats:
    """Probabilities of no event and of the event, shape (n, 2)."""
    import numpy as np

    clipped = np.clip(risk, 0.0, 1.0)
    return np.column_stack([1 - clipped, clipped])
