"""The exact linear team: classifier and order of handing over chosen together by mixed-integer programming.

Separate because it shares nothing with methods that follow a gradient: it minimises the system error itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.defer.experts import best_expert

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "exact-linear-team",
            families=("defer",),
            build="carebench_plugins.defer.exact.LinearTeam",
            title="Exact linear team",
            summary="Linear classifier and linear rejector of least system error on 80 training rows, by mixed-integer programming.",
            citation="Mozannar H, Lang H, Wei D, Sattigeri P, Das S, Sontag D. Who should predict? Exact algorithms for learning to defer to humans. AISTATS 2023.",
            modules=("carebench_plugins.defer.experts",),
            requires=("scipy",),
        ),
    )


class LinearTeam:
    """A linear classifier H and a linear rejector R that make the least system error on the training rows.

    With labels s_i of -1 or 1, inputs z_i scaled to at most 1 in absolute value and extended by a constant, human errors
    e_i of 0 or 1 and entries of H and R between -1 and 1:

        minimise (1/n) sum_i [w_i + e_i r_i]
        w_i >= t_i - r_i,  w_i >= 0                          w_i: the model keeps patient i and errs
        s_i H.z_i >= margin - M t_i                          t_i = 1 allows an error
        M (r_i - 1) + margin <= R.z_i <= M r_i - margin      r_i = 1: handed over

    with M = d + 1 + margin. HiGHS stops after a number of nodes, which is repeatable, or after a time limit, which is not;
    `optimality_gap_` is the relative gap that it then reports, 0 where the solution is proven optimal.

    Source: Mozannar, Lang, Wei, Sattigeri, Das, Sontag 2023, AISTATS.

    Args:
        rows: training rows used at most, drawn at random.
        nodes: nodes of the search tree after which it stops.
        seconds: time after which it stops.
        margin: least distance from either line.
        columns: inputs beyond which it declines.
        random_state: seed of the drawn rows.
    """

    def __init__(
        self,
        *,
        rows: int = 80,
        nodes: int = 50,
        seconds: float = 120.0,
        margin: float = 1e-3,
        columns: int = 40,
        random_state: int = 0,
    ) -> None:
        self.rows = rows
        self.nodes = nodes
        self.seconds = seconds
        self.margin = margin
        self.columns = columns
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]) -> LinearTeam:
        """Solve for n training rows of which the best expert's decision is known, or for as many as `rows` says.

        Raises:
            Unsuited: with more columns than can be searched, or where no decision is known.
        """
        import numpy as np

        if X.shape[1] > self.columns:
            raise Unsuited(f"searches at most {self.columns} columns exactly; here are {X.shape[1]}")
        known = np.flatnonzero(expert[:, best_expert(expert, y)] >= 0)
        if not len(known):
            raise Unsuited("no decision of the expert is known")
        chosen = np.random.default_rng(self.random_state).permutation(known)[: self.rows]
        self._scale = np.maximum(np.abs(np.asarray(X, float)[chosen]).max(axis=0), 1e-9)
        wrong = (expert[chosen, best_expert(expert, y)] != y[chosen]).astype(float)
        self._solve(self._extended(X)[chosen], np.where(y[chosen] == 1, 1.0, -1.0), wrong)
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """No probability is known: the logistic function of the distance from the line, shape (n, 2)."""
        import numpy as np
        from scipy.special import expit

        risk = expit(self._extended(X) @ self._classifier / self.margin)
        return np.column_stack([1 - risk, risk])

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Distance from the rejector's line, shape (n,), above 0 where it hands over."""
        import numpy as np

        return np.asarray(self._extended(X) @ self._rejector)

    def _extended(self, X: NDArray[np.floating]) -> Floats:
        import numpy as np

        return np.column_stack([np.asarray(X, float) / self._scale, np.ones(len(X))])

    def _solve(self, z: Floats, sign: Floats, wrong: Floats) -> None:
        """Variables in the order H, R, t, r, w."""
        import numpy as np
        from scipy.optimize import Bounds, milp

        n, d = z.shape
        objective = np.concatenate([np.zeros(2 * d + n), wrong / n, np.full(n, 1 / n)])
        found = milp(
            objective,
            integrality=np.concatenate([np.zeros(2 * d), np.ones(2 * n), np.zeros(n)]),
            bounds=Bounds(np.concatenate([-np.ones(2 * d), np.zeros(3 * n)]), np.ones(2 * d + 3 * n)),
            constraints=self._constraints(z, sign),
            options={"node_limit": self.nodes, "time_limit": self.seconds},
        )
        if found.x is None:
            raise Unsuited(
                f"no linear team was found within {self.nodes} nodes and {self.seconds:g} s: {found.message}"
            )
        self._classifier, self._rejector = found.x[:d], found.x[d : 2 * d]
        self.training_error_ = float(found.fun)
        self.optimality_gap_ = max(float(found.mip_gap), 0.0) if np.isfinite(found.mip_gap) else 1.0

    def _constraints(self, z: Floats, sign: Floats) -> Any:
        import numpy as np
        from scipy import sparse
        from scipy.optimize import LinearConstraint

        n, d = z.shape
        big = d + self.margin
        unit, nothing, none = sparse.eye(n), sparse.csr_matrix((n, n)), sparse.csr_matrix((n, d))
        rows = sparse.csr_matrix(z)
        classifies = sparse.hstack([sparse.csr_matrix(sign[:, None] * z), none, big * unit, nothing, nothing])
        rejects = sparse.hstack([none, rows, nothing, -big * unit, nothing])
        errs = sparse.hstack([none, none, -unit, unit, unit])
        infinite = np.full(n, np.inf)
        return [
            LinearConstraint(classifies, np.full(n, self.margin), infinite),
            LinearConstraint(rejects, np.full(n, self.margin - big), np.full(n, -self.margin)),
            LinearConstraint(errs, np.zeros(n), infinite),
        ]
