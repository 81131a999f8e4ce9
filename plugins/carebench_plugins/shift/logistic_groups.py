"""Methods on one logistic regression that look at the training domains: balanced, chosen or averaged by them.

Separate from those that look at the target, which need its inputs; these need to know who came from where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Unsuited
from carebench_plugins.shift import label_weights, ratios
from carebench_plugins.shift.logistic import PENALTY, Logistic, rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PENALTIES = (0.001, 0.01, 0.1, 1.0)


class LeaveOneDomainOut(Logistic):
    """The penalty under which a domain is best predicted from the others, by mean squared error over domains.

    Args:
        random_state: not used.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        super().__init__(random_state=random_state)

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, domain: NDArray[np.generic]
    ) -> LeaveOneDomainOut:
        """Choose the penalty, then fit on all rows."""
        import numpy as np

        source = rows(X)
        codes = _needed(domain)
        errors = [np.mean([self._error(source, y, domain == code, C) for code in codes]) for C in PENALTIES]
        self.C = PENALTIES[int(np.argmin(errors))]
        self.learn(source, y)
        return self

    def _error(self, X: Floats, y: NDArray[np.generic], left: NDArray[np.bool_], C: float) -> float:
        import numpy as np

        risk = self.new(C).fit(X[~left], y[~left]).predict_proba(X[left])[:, 1]
        return float(np.mean((risk - (y[left] == np.max(y))) ** 2))


class SiteEnsemble(Logistic):
    """A regression for each domain with both answers, their log-odds averaged.

    Args:
        C: inverse strength of the penalty.
        random_state: not used.
    """

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, domain: NDArray[np.generic]
    ) -> SiteEnsemble:
        """Fit one on each domain."""
        import numpy as np

        source = rows(X)
        parts = [domain == code for code in _needed(domain)]
        told = [part for part in parts if len(np.unique(y[part])) == 2]
        if len(told) < 2:
            raise Unsuited("needs two domains that hold both answers")
        self._members = [self.new().fit(source[part], y[part]) for part in told]
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        from scipy.special import expit

        told = np.mean([member.decision_function(rows(X)) for member in self._members], axis=0)
        return np.column_stack([expit(-told), expit(told)])


class GroupBalanced(Logistic):
    """Every domain and answer counted equally, by weights or by leaving rows out. Source: Idrissi et al. 2022, CLeaR.

    Risks are then those of balanced answers, so that they are corrected back to the prevalence of training.

    Args:
        by: `weights` or `subsampling`.
        C: inverse strength of the penalty.
        random_state: seed of who is left out.
    """

    def __init__(self, by: str = "weights", *, C: float = PENALTY, random_state: int = 0) -> None:
        super().__init__(C=C, random_state=random_state)
        self.by = by

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, domain: NDArray[np.generic]
    ) -> GroupBalanced:
        """Balance the cells of domain and answer, fit, and remember the prevalence."""
        import numpy as np

        _needed(domain)
        cell = np.unique(np.column_stack([domain, y]), axis=0, return_inverse=True)[1].ravel()
        sizes, source = np.bincount(cell), rows(X)
        prevalence = float(np.mean(y == np.max(y)))
        if self.by == "weights":
            weights = len(cell) / (len(sizes) * sizes)
            self.effective_share_ = ratios.effective_share(weights[cell])
            self.learn(source, y, weights[cell])
            balanced = float(weights[cell][y == np.max(y)].sum() / len(cell))
        else:
            draw = np.random.default_rng(self.random_state)
            kept = np.concatenate(
                [
                    draw.choice(np.flatnonzero(cell == each), sizes.min(), replace=False)
                    for each in range(len(sizes))
                ]
            )
            self.learn(source[kept], y[kept])
            balanced = float(np.mean(y[kept] == np.max(y)))
        self._back = np.array([(1 - prevalence) / (1 - balanced), prevalence / balanced])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        risk = label_weights.corrected(super().predict_proba(X)[:, 1], self._back)
        return np.column_stack([1 - risk, risk])


def _needed(domain: NDArray[np.generic]) -> NDArray[np.generic]:
    """The distinct domains, of which there must be two."""
    import numpy as np

    codes = np.unique(domain)
    if len(codes) < 2:
        raise Unsuited("needs at least two training domains, and this task has one")
    return codes
