"""Handing over by a table or a price: at the classifier's score alone, or at what an expert's time is worth.

Separate from the other post-hoc methods because neither learns a plain model of when the human is right and stops there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, Model, Unsuited
from carebench_plugins.defer.classifiers import classifier, held_out_risk
from carebench_plugins.defer.experts import best_expert, rightness
from carebench_plugins.defer.posthoc import CompareConfidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = tuple(f"carebench_plugins.defer.{name}" for name in ("classifiers", "experts", "posthoc"))


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _model(
            "codoc",
            "AdvantageByScore",
            "CoDoC",
            "Hands over where, at the classifier's score alone, humans were right oftener than the classifier.",
            "Dvijotham K, Winkens J, Barsbey M, et al. Enhancing the reliability and accuracy of AI-enabled diagnosis via complementarity-driven deferral to clinicians. Nat Med 2023;29:1814-1820.",
            {"width": FloatRange(0.01, 0.3, log=True)},
        ),
        _model(
            "capacity-assignment",
            "CapacityAssignment",
            "Assignment under capacity",
            "Sends patients to the experts who gain most over the classifier, at prices that keep each within capacity.",
            "Keswani V, Lease M, Kenthapadi K. Towards unbiased and accurate deferral to multiple experts. AIES 2021.",
            {},
        ),
    )


def _model(
    name: str, build: str, title: str, summary: str, citation: str, search: Mapping[str, Any]
) -> Model:
    return Model(
        name,
        families=("defer",),
        build=f"carebench_plugins.defer.advantage.{build}",
        search=search,
        title=title,
        summary=summary,
        citation=citation,
        modules=MODULES,
        requires=("scikit-learn", "scipy"),
    )


class AdvantageByScore:
    """Hands over by the classifier's score alone, where humans did better at scores alike.

    At a score z the advantage is the kernel mean, over training rows with held-out scores z_i, of "expert right" less that of
    "classifier right", with a Gaussian kernel of width `width` on the scale of the risk; more than one expert: the best one.

    Args:
        width: of the kernel.
        random_state: seed of folds and classifier.
    """

    def __init__(self, width: float = 0.05, random_state: int = 0) -> None:
        self.width = width
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]
    ) -> AdvantageByScore:
        """Fit on n training rows; the advantage is kept at 101 scores.

        Raises:
            Unsuited: where no decision is known.
        """
        import numpy as np

        self._classifier = classifier("logistic", self.random_state).fit(X, y)
        self.classes_ = self._classifier.classes_
        right = rightness(expert, y)[:, best_expert(expert, y)]
        known = ~np.isnan(right)
        if not known.any():
            raise Unsuited("no decision of the expert is known")
        risk = held_out_risk(classifier("logistic", self.random_state), X, y, self.random_state)
        self._grid = np.linspace(0.0, 1.0, 101)
        alike = np.exp(-(((self._grid[:, None] - risk[known]) / self.width) ** 2) / 2) + 1e-12
        gained = right[known] - ((risk > 0.5) == y)[known]
        self._advantage = alike @ gained / alike.sum(axis=1)
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._classifier.predict_proba(X)  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """The human's advantage at each row's score, shape (n,)."""
        import numpy as np

        return np.asarray(np.interp(self.predict_proba(X)[:, 1], self._grid, self._advantage))


class CapacityAssignment(CompareConfidence):
    """Compare confidence with a price for each expert, the dual of his capacity in the best assignment of training rows.

    The assignment maximises sum_ij a_ij (c_ij - m_i) over 0 <= a_ij, sum_j a_ij <= 1 and (1/n) sum_i a_ij <= capacity_j, with
    c_ij the chance that expert j is right and m_i the classifier's confidence.
    """

    def fit(  # type: ignore[override]
        self,
        X: NDArray[np.floating],
        y: NDArray[np.generic],
        *,
        expert: NDArray[np.int8],
        cost: Floats,
        capacity: Floats,
    ) -> CapacityAssignment:
        """Fit on n training rows, then find the prices on at most 1,000 of them."""
        import numpy as np

        super().fit(X, y, expert=expert, cost=cost)
        some = np.random.default_rng(self.random_state).permutation(len(X))[:1000]
        gains = self._chances(X[some]) - self.predict_proba(X[some]).max(axis=1)[:, None]
        self._price = _prices(gains, np.asarray(capacity, float)[0])
        return self


def _prices(gains: Floats, capacity: Floats) -> Floats:
    """Shadow prices of the capacities, shape (n_experts,), at least 0: duals of a linear programme."""
    import numpy as np
    from scipy import sparse
    from scipy.optimize import linprog

    rows, experts = gains.shape
    once = sparse.kron(sparse.eye(rows), np.ones((1, experts)))
    room = sparse.kron(np.ones((1, rows)), sparse.eye(experts))
    found = linprog(
        -gains.ravel(),
        A_ub=sparse.vstack([once, room]).tocsr(),
        b_ub=np.concatenate([np.ones(rows), capacity * rows]),
        method="highs",
    )
    return np.asarray(-found.ineqlin.marginals[rows:])
