"""Severity scores that stand in the data, as reference lines; separate from the SUPPORT model because they are points.

A score is read from the comparator column of its name. A risk is taken as it stands; points rank, and are no probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.families import PUBLISHED_RISK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "saps-i",
            families=PUBLISHED_RISK,
            build=SeverityPoints,
            params={"column": "SAPS-I"},
            inputs="comparators",
            title="SAPS-I",
            summary="The Simplified Acute Physiology Score of the first day, as it stands in the data: it only ranks.",
            citation="Le Gall JR et al. A simplified acute physiology score for ICU patients. Crit Care Med 1984;12:975-977.",
        ),
        Model(
            "sofa",
            families=PUBLISHED_RISK,
            build=SeverityPoints,
            params={"column": "SOFA"},
            inputs="comparators",
            title="SOFA",
            summary="The Sequential Organ Failure Assessment of the first day, as it stands in the data: it only ranks.",
            citation="Vincent JL et al. The SOFA score to describe organ dysfunction/failure. Intensive Care Med 1996;22:707-710.",
        ),
        Model(
            "apache-iva",
            families=PUBLISHED_RISK,
            build=PublishedRisk,
            params={"column": "APACHE IVa"},
            inputs="comparators",
            title="APACHE IVa",
            summary="The risk of death in hospital that APACHE IVa predicted from the first day, as it stands in the data.",
            citation="Zimmerman JE et al. Acute Physiology and Chronic Health Evaluation (APACHE) IV. Crit Care Med 2006;34:1297-1310.",
        ),
    )


class SeverityPoints:
    """The points of a score, higher for the sicker; nothing is fitted.

    Missing points take the median of the training rows' known ones, or of those asked when there are none.

    Args:
        column: the comparator that holds them.
    """

    def __init__(self, column: str = "SAPS-I") -> None:
        self.column = column

    def fit(self, X: Any, _y: NDArray[np.generic]) -> SeverityPoints:
        """Find the column; zero rows will do.

        Raises:
            Unsuited: when the task has no such comparator.
        """
        if self.column not in X.columns:
            raise Unsuited(f"the task has no comparator {self.column!r}")
        self._median = X[self.column].astype(float).median()
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The points, shape (n,).

        Raises:
            Unsuited: when none is known.
        """
        import numpy as np

        points = X[self.column].astype(float)
        points = points.fillna(points.median() if np.isnan(self._median) else self._median)
        if points.isna().any():
            raise Unsuited(f"the comparator {self.column!r} is known of nobody")
        return points.to_numpy()  # type: ignore[no-any-return]


class PublishedRisk(SeverityPoints):
    """The risk of death that a published model gave; missing risks as for points."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Risks of survival and of death, shape (n, 2).

        Raises:
            Unsuited: when a risk is no probability, or none is known.
        """
        import numpy as np

        risk = self.decision_function(X)
        if not ((risk >= 0) & (risk <= 1)).all():
            raise Unsuited(f"the comparator {self.column!r} holds no probabilities between 0 and 1")
        return np.column_stack([1 - risk, risk])
