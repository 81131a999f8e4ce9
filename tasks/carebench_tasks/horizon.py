"""Death by a horizon, from follow-up that may end before it.

Separate because censoring is where binary mortality goes wrong: a patient lost before the horizon is
neither dropped nor called alive. In training such a row is unlabelled: it is not among the rows that a
supervised `fit` gets. In scoring it has weight 0, and those whose fate is known stand in for it, each
weighted by the inverse of the probability of having been followed that long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from carebench import CarebenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """How long patients are followed, and how many die or are lost by then.

    Attributes:
        at: the horizon in the cohort's time unit; death at exactly this time counts.
        events: deaths by the horizon that the cohort holds.
        censored: patients lost before the horizon.
        censored_are: `weighted` (unlabelled in training, inverse-probability weights in scoring), `alive` where a
            published convention counts them so, or `discharged` where follow-up is a stay in hospital: going
            home alive is then an outcome, no loss, and the horizon may be infinite.
    """

    at: float
    events: int
    censored: int
    censored_are: Literal["weighted", "alive", "discharged"] = "weighted"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of n patients by the horizon.

    Attributes:
        event: shape (n,), 1 for death by the horizon, 0 otherwise, also where it is unknown.
        known: shape (n,), whether the patient's state at the horizon is known.
        weight: shape (n,), 0 where unknown, exactly 1 everywhere when nobody is lost.
    """

    event: NDArray[np.int8]
    known: NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A right-continuous step function that starts at 1 and falls.

    Attributes:
        times: shape (k,), ascending.
        values: shape (k + 1,), 1 and then the value from each time on.
    """

    times: Floats
    values: Floats

    def at(self, when: Floats | float) -> Floats:
        """The value at `when`."""
        return np.asarray(self.values[np.searchsorted(self.times, when, side="right")])

    def before(self, when: Floats | float) -> Floats:
        """The value just before `when`."""
        return np.asarray(self.values[np.searchsorted(self.times, when, side="left")])


def outcome(horizon: Horizon, time: NDArray[np.float64], event: NDArray[np.int8], source: str) -> Outcome:
    """Each patient's outcome, weighted on the whole cohort, with its counts held against the declaration.

    The weight is 1 / G(min(time, horizon)-), G the Kaplan-Meier curve of censoring: G(time-) for a death,
    G(horizon-) for who was seen alive at the horizon (which is G(horizon) unless follow-up ended for
    somebody on that very day). Weights sum to n, and weighted deaths to n times the Kaplan-Meier risk.

    Source: Graf, Schmoor, Sauerbrei, Schumacher 1999, Statistics in Medicine 18:2529-2545.

    Raises:
        CarebenchError: when deaths or losses differ from those declared; `source` is named.
    """
    died = (event == 1) & (time <= horizon.at)
    lost = _lost(horizon, time, event)
    _check(horizon, int(died.sum()), int(lost.sum()), source)
    if horizon.censored_are != "weighted":
        lost = np.zeros_like(lost)
        weight = np.ones(len(time))
    else:
        weight = 1.0 / censoring_curve(time, event).before(np.minimum(time, horizon.at))
    return Outcome(event=died.astype(np.int8), known=~lost, weight=np.where(lost, 0.0, weight))


def resampled_weights(
    horizon: Horizon,
    time: Floats,
    event: NDArray[np.int8],
    counts: NDArray[np.uint8],
    rows: NDArray[np.int64],
) -> Floats:
    """Weights in B bootstrap replicates, shape (len(rows), B): how often drawn, over that replicate's own G.

    The censoring curve G is estimated anew in every replicate, on the whole cohort as `outcome` does, so
    that the bootstrap holds the uncertainty of the weights too. With every count 1 these are the weights of `outcome`.

    Args:
        horizon: weighted for censoring.
        time: shape (n,), follow-up.
        event: shape (n,), 1 where death was seen at `time`.
        counts: shape (n, B), how often each patient is drawn in each replicate.
        rows: whose weights are wanted.
    """
    times, place = np.unique(np.minimum(time, horizon.at), return_inverse=True)
    lost = _lost(horizon, time, event)
    leaving = _drawn_at(place, counts, len(times))
    losses = _drawn_at(place[lost], counts[lost], len(times))
    deaths = _drawn_at(place[event == 1], counts[event == 1], len(times))
    exposed = np.cumsum(leaving[::-1], axis=0)[::-1] - deaths
    hazard = np.divide(losses, exposed, out=np.zeros(exposed.shape), where=losses > 0)
    followed = np.cumprod(1.0 - hazard, axis=0)
    before = np.concatenate([np.ones((1, counts.shape[1])), followed[:-1]])[place[rows]]
    drawn = np.where(lost[rows, None], 0, counts[rows])
    return np.asarray(np.divide(drawn, before, out=np.zeros(before.shape), where=drawn > 0))


def kaplan_meier_risk(horizon: Horizon, time: Floats, event: NDArray[np.int8]) -> float:
    """1 - S(horizon): the risk of death by the horizon, censoring accounted for. Range 0 to 1."""
    return float(1.0 - survival_curve(time, event).at(horizon.at))


def survival_curve(time: Floats, event: NDArray[np.int8]) -> Curve:
    """The product over times t of 1 - deaths(t) / at risk(t), who is lost at t still being at risk.

    Source: Kaplan and Meier 1958, JASA 53:457-481.
    """
    times, at_risk, deaths, _ = _counts(time, event)
    return _product(times, deaths, at_risk)


def censoring_curve(time: Floats, event: NDArray[np.int8]) -> Curve:
    """The same for loss to follow-up; at a tie deaths come first, so the dead are no longer at risk of loss.

    With this order survival times censoring is exactly the share still followed.
    """
    times, at_risk, deaths, losses = _counts(time, event)
    return _product(times, losses, at_risk - deaths)


def _lost(horizon: Horizon, time: Floats, event: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Who was lost before the horizon; nobody where leaving alive is an outcome."""
    return np.asarray((event == 0) & (time < horizon.at) & (horizon.censored_are != "discharged"))


def _drawn_at(place: NDArray[np.intp], counts: NDArray[np.uint8], size: int) -> NDArray[np.int64]:
    """Sums of counts at each of `size` places, per replicate: shape (size, B)."""
    found = np.zeros((size, counts.shape[1]), dtype=np.int64)
    if len(place):
        order = np.argsort(place, kind="stable")
        present, first = np.unique(place[order], return_index=True)
        found[present] = np.add.reduceat(counts[order], first, axis=0, dtype=np.int64)
    return found


def _counts(time: Floats, event: NDArray[np.int8]) -> tuple[Floats, Floats, Floats, Floats]:
    """Per distinct time: the time, how many are at risk, die, and are lost."""
    times, place = np.unique(time, return_inverse=True)
    leaving, deaths = (
        np.asarray(np.bincount(place, weights=each), dtype=np.float64) for each in (np.ones(len(time)), event)
    )
    at_risk = np.asarray(np.cumsum(leaving[::-1])[::-1], dtype=np.float64)
    return times, at_risk, deaths, leaving - deaths


def _product(times: Floats, leaving: Floats, at_risk: Floats) -> Curve:
    hazard = np.divide(leaving, at_risk, out=np.zeros_like(leaving), where=at_risk > 0)
    return Curve(times=times, values=np.concatenate([[1.0], np.cumprod(1.0 - hazard)]))


def _check(horizon: Horizon, events: int, censored: int, source: str) -> None:
    if (events, censored) != (horizon.events, horizon.censored):
        raise CarebenchError(
            f"{source} was declared with {horizon.events} deaths by {horizon.at:g} and {horizon.censored} lost before; "
            f"{events} and {censored} came; install the version of the data that the task was made with, "
            "or check the cohort anew and raise the task's version"
        )
