"""Consensus methods as models of a table of readings; separate from the methods, which know counts of votes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.noisy import consensus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: More labels than these are no ratings: some other table came.
MOST_CLASSES = 20


class RaterConsensus:
    """Class shares and raters by one of the methods of `consensus`, then Bayes' rule for each item by itself.

    Args:
        method: `majority_vote`, `dawid_skene`, `glad` or `mace`.
        by_vote: whether an item's probabilities are its shares of votes, without Bayes' rule.
    """

    def __init__(self, method: str, *, by_vote: bool = False) -> None:
        self.method = method
        self.by_vote = by_vote

    def fit(self, X: Any) -> RaterConsensus:
        """Learn from n items, one column a reading, named by rater.

        Raises:
            Unsuited: when the table holds something else than readings.
        """
        self._levels = _levels(X)
        self._raters = list(dict.fromkeys(_rater(name) for name in X.columns))
        self._found: consensus.Consensus = getattr(consensus, self.method)(self._votes(X))
        self.class_shares_, self.confusion_ = self._found.shares, self._found.confusion
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of the K classes for each item, shape (n, K); an item without readings has the class shares."""
        import numpy as np

        votes = self._votes(X)
        if not self.by_vote:
            return consensus.posterior(votes, self._found.shares, self._found.confusion)
        given = votes.sum(axis=(1, 2))[:, None]
        return np.asarray(np.where(given > 0, votes.sum(axis=1) / np.maximum(given, 1), self._found.shares))

    def _votes(self, X: Any) -> Floats:
        """Counts of labels, shape (n, R, K)."""
        import numpy as np

        votes = np.zeros((len(X), len(self._raters), len(self._levels)))
        for name in X.columns:
            codes = np.array([self._levels.get(str(label), -1) for label in X[name]], dtype=np.int64)
            seen = np.flatnonzero(codes >= 0)
            votes[seen, self._raters.index(_rater(name)), codes[seen]] += 1
        return votes


def _rater(column: object) -> str:
    """The rater of a column.

    Example:
        >>> _rater("3#2")
        '3'
    """
    return str(column).partition("#")[0]


def _levels(X: Any) -> dict[str, int]:
    """Each label's place in the sorted order."""
    labels = sorted({str(label) for name in X.columns for label in X[name].dropna().unique()})
    if not 2 <= len(labels) <= MOST_CLASSES:
        raise Unsuited(
            f"the columns hold {len(labels)} different labels; 2 to {MOST_CLASSES}, given by raters, were expected"
        )
    return {label: place for place, label in enumerate(labels)}
