"""Monitors with a guarantee of their own: river's adaptive windows, and conformal martingales that bet against no change.

Separate from the charts, whose thresholds mean nothing before they are calibrated; these have a `threshold_` at which they would
raise an alarm by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_plugins.shift.monitors import Monitor, one_sided

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Confidences that ADWIN is run at; the statistic is minus the logarithm of the least at which it finds a change.
DELTAS = (0.9, 0.5, 0.2, 0.05, 0.01, 2e-3, 1e-4, 1e-6, 1e-9, 1e-13)
DEFAULT_DELTA = 0.002
#: Reference rows that conformal p-values compare with, at most.
COMPARED = 2000
#: Bets of the mixture: the density of p-values is e p^(e - 1).
EXPONENTS = (0.2, 0.35, 0.5, 0.65, 0.8, 0.9)


class AdaptiveWindow(Monitor):
    """ADWIN of the library river: two parts of a window whose means differ by more than chance allows at confidence delta.

    At each row the largest of -ln(delta) over a grid at which a change is found; 0 where none is. A window of ADWIN
    forgets what came before the change, so that an alarm is told once. It looks at every row (clock 1), and is first fed with
    reference rows, since it has no reference of its own. `columns` are first reduced to their three principal components.

    Source: Bifet and Gavalda 2007, SDM; river, Montiel et al. 2021, JMLR 22(110).

    Args:
        of: `risk` or `columns`.
        random_state: seed of the reference rows that the windows begin with.
    """

    def __init__(self, of: str = "risk", random_state: int = 0) -> None:
        super().__init__(of, random_state)

    def _prepare(self, reference: Floats) -> None:
        import numpy as np

        self.threshold_ = -float(np.log(DEFAULT_DELTA)) - 1e-9
        _, _, turned = np.linalg.svd(reference[:COMPARED], full_matrices=False)
        self._directions = turned[:3].T
        rows = np.random.default_rng(self.random_state).permutation(len(reference))[:200]
        first = reference[rows] @ self._directions
        self._low, self._span = first.min(axis=0), np.ptp(first, axis=0) + 1e-9
        self._first = self._within(reference[rows])

    def _within(self, Z: Floats) -> Floats:
        """Components between 0 and 1, as ADWIN's bound asks."""
        import numpy as np

        return np.asarray(np.clip((Z @ self._directions - self._low) / self._span, 0, 1))

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np
        from river.drift import ADWIN

        new: Any = ADWIN
        found = np.zeros(len(Z))
        for first, column in zip(self._first.T, self._within(Z).T, strict=True):
            for delta in DELTAS:
                window = new(delta=delta, clock=1, grace_period=5)
                for value in first:
                    window.update(float(value))
                for row, value in enumerate(column):
                    window.update(float(value))
                    if window.drift_detected:
                        found[row] = max(found[row], -np.log(delta))
        return found


class ConformalMartingale(Monitor):
    """A bettor against p-values being uniform: the logarithm of the mean over e of prod e p_t^(e - 1).

    p_t is the conformal p-value of row t: the share of reference rows at least as strange, ties broken at random.
    Strangeness is the distance to the tenth nearest of another part of the reference. Without a
    shift the capital exceeds 1 / a with a chance of at most a, whenever it is looked at (Ville): `threshold_` is ln 20.
    Restarted, it is the sum with the best starting point of each bet, a conformal CUSUM.

    Source: Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman 2021, Retrain or not retrain, COPA (PMLR 152:191-210);
    Fedorova et al. 2012, ICML (power martingales).

    Args:
        restarted: whether the capital before the best starting point is forgotten.
        random_state: seed of the two parts of the reference, and of ties.
    """

    def __init__(self, *, restarted: bool = False, random_state: int = 0) -> None:
        super().__init__("columns", random_state)
        self.restarted = restarted

    def _prepare(self, reference: Floats) -> None:
        import numpy as np
        from sklearn.neighbors import NearestNeighbors

        order = np.random.default_rng(self.random_state).permutation(len(reference))
        half = len(order) // 2
        self._neighbours = NearestNeighbors(n_neighbors=min(10, half)).fit(reference[order[:half]])
        self._scores = np.sort(self._strangeness(reference[order[half:]][:COMPARED]))
        if not self.restarted:
            self.threshold_ = float(np.log(20))

    def p_value(self, X: NDArray[np.floating]) -> float:
        """Of a batch: 1 over the largest capital, valid by Ville's inequality; not where the capital is restarted.

        Source: Ramdas et al. 2023, Statistical Science 38:576-601, section 2 (test martingales give p-values).
        """
        import numpy as np

        return float(np.exp(-max(self.statistic(X), 0.0)))

    def _strangeness(self, Z: Floats) -> Floats:
        return self._neighbours.kneighbors(Z)[0][:, -1]  # type: ignore[no-any-return]

    def p_values(self, Z: Floats) -> Floats:
        """Conformal p-values of standardised rows, uniform where they are exchangeable with the reference."""
        import numpy as np

        told, size = self._strangeness(Z), len(self._scores)
        above = size - np.searchsorted(self._scores, told, side="right")
        equal = size - above - np.searchsorted(self._scores, told, side="left")
        return (above + self._ties(len(Z)) * (equal + 1)) / (size + 1)

    def _ties(self, size: int) -> Floats:
        import numpy as np

        return np.random.default_rng(self.random_state + 1).random(size)

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np
        from scipy.special import logsumexp

        exponents = np.array(EXPONENTS)
        gains = np.log(exponents) + (exponents - 1) * np.log(np.maximum(self.p_values(Z), 1e-12))[:, None]
        if self.restarted:
            return one_sided(gains).max(axis=1)  # type: ignore[no-any-return]
        capital = logsumexp(np.cumsum(gains, axis=0), axis=1) - np.log(len(exponents))
        return np.asarray(capital)
