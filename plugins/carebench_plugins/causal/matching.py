"""Average effects by comparing each patient with the nearest of the other arm; separate since these have no weights by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.causal.average import AverageEffect, with_error
from carebench_plugins.causal.entries import average
from carebench_plugins.causal.regressions import least_squares, propensities, with_constant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = ("carebench_plugins.causal.average", "carebench_plugins.causal.regressions")


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        average(
            "caliper-matching",
            build=CaliperMatching,
            title="Caliper matching",
            summary="Each treated patient with the nearest unused untreated one within .2 sd of the propensity's logit (ATT).",
            citation="Austin PC. Pharm Stat 2011;10:150-161.",
            modules=MODULES,
        ),
        average(
            "nearest-neighbours",
            build=NearestNeighbours,
            title="Nearest neighbours, bias-corrected",
            summary="Each patient with the nearest of the other arm, the difference left corrected by regression.",
            citation="Abadie A, Imbens GW. Econometrica 2006;74:235-267; J Bus Econ Stat 2011;29:1-11.",
            modules=MODULES,
        ),
    )


class CaliperMatching:
    """One-to-one matching without replacement on the logit of the propensity, the treated hardest to match first.

    The interval is that of the mean of the pairs' differences. Treated patients without a match are left out, so that
    the answer is the effect in those of the treated who have one.

    Args:
        caliper: the largest distance, in standard deviations of the logit.
    """

    def __init__(self, caliper: float = 0.2) -> None:
        self.caliper = caliper

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> CaliperMatching:
        """Pair n patients and compare within pairs."""
        import numpy as np
        from scipy.special import logit

        score = logit(propensities(X, treatment))
        pairs = greedy_pairs(score, treatment, self.caliper * float(np.std(score)))
        if len(pairs) < 2:
            raise Unsuited("fewer than two treated patients have a match within the caliper")
        treated, untreated = pairs.T
        self.weights = np.zeros(len(y))
        self.weights[pairs.ravel()] = 1.0
        difference = y[treated] - y[untreated]
        error = float(difference.std(ddof=1)) / len(difference) ** 0.5
        self._found = with_error(difference.mean(), error, "ATT")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in the matched treated."""
        return self._found


class NearestNeighbours:
    """Each missing outcome from the nearest patient of the other arm, moved by a regression over what still differs.

    Distance is Euclidean over the standardised columns. Yhat_i(other) = Y_j + m(X_i) - m(X_j), j the neighbour and m the
    least-squares line of the other arm. Variance: sum (tau_i - tau)^2 / n^2 + sum (K_i^2 + K_i) s_i^2 / n^2, with K_i how
    often i was used and s_i^2 half the squared difference to the nearest of the same arm. Abadie and Imbens 2006.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> NearestNeighbours:
        """Match n patients and average."""
        import numpy as np

        inputs, effect, used, spread = np.asarray(X, np.float64), *(np.zeros(len(y)) for _ in range(3))
        for arm in (0, 1):
            mine, others = np.flatnonzero(treatment == arm), np.flatnonzero(treatment != arm)
            nearest = others[_nearest(inputs[others], inputs[mine], 0)]
            line = least_squares(with_constant(inputs[others]), y[others])
            moved = line.predict(with_constant(inputs[mine])) - line.predict(with_constant(inputs[nearest]))
            effect[mine] = (1 - 2 * arm) * (y[nearest] + moved - y[mine])
            np.add.at(used, nearest, 1.0)
            alike = mine[_nearest(inputs[mine], inputs[mine], 1)]
            spread[mine] = (y[mine] - y[alike]) ** 2 / 2
        estimate = float(effect.mean())
        variance = np.sum((effect - estimate) ** 2) + np.sum((used**2 + used) * spread)
        self._found = with_error(estimate, float(np.sqrt(variance)) / len(y))
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found


def greedy_pairs(score: Floats, treatment: Floats, caliper: float) -> NDArray[np.intp]:
    """Pairs (treated, untreated) of rows, shape (k, 2), the treated with the largest score choosing first."""
    import numpy as np

    free = sorted(np.flatnonzero(treatment == 0), key=lambda row: score[row])
    values = [float(score[row]) for row in free]
    pairs = []
    for row in sorted(np.flatnonzero(treatment == 1), key=lambda row: -score[row]):
        place = _closest(values, float(score[row]))
        if place is not None and abs(values[place] - score[row]) <= caliper:
            pairs.append((row, free.pop(place)))
            values.pop(place)
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def _closest(values: list[float], wanted: float) -> int | None:
    """The place in ascending `values` of the one nearest to `wanted`."""
    from bisect import bisect_left

    place = bisect_left(values, wanted)
    near = [each for each in (place - 1, place) if 0 <= each < len(values)]
    return min(near, key=lambda each: abs(values[each] - wanted)) if near else None


def _nearest(pool: Floats, rows: Floats, skip: int) -> NDArray[np.intp]:
    """For each of `rows` the place in `pool` of the nearest, after the `skip` nearest."""
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    wanted = min(skip + 1, len(pool))
    found = NearestNeighbors(n_neighbors=wanted).fit(pool).kneighbors(rows, return_distance=False)
    return np.asarray(found[:, -1])
