"""Differentiable triage: a classifier that spends itself on the patients whom it will keep.

Separate from the surrogates because it trains two networks one after the other, not one on a single loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, Model, Unsuited
from carebench_plugins.defer.experts import best_expert, rightness
from carebench_plugins.defer.networks import SEARCH, Recipe, log_loss, train
from carebench_plugins.defer.surrogates import targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.defer.networks import Loss, Network

    Floats = NDArray[np.float64]


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "differentiable-triage",
            families=("defer",),
            build="carebench_plugins.defer.triage.Triage",
            search=SEARCH | {"budget": FloatRange(0.05, 0.5)},
            title="Differentiable triage",
            summary="Trains the classifier on the 70 % of patients whom it does better than the human, then learns who the others are.",
            citation="Okati N, De A, Gomez-Rodriguez M. Differentiable learning under triage. NeurIPS 2021.",
            modules=tuple(
                f"carebench_plugins.defer.{name}" for name in ("experts", "networks", "surrogates")
            ),
            requires=("torch",),
        ),
    )


class Triage:
    """A classifier trained only on the patients whom it keeps, and a second network that learns whom it does not.

    In each batch the share `budget` of rows with the largest excess of the model's loss over the human's is left to the human,
    and the classifier is trained on the others; the human's loss is -log of how often he is right, or wrong. Afterwards a
    triage network learns from the inputs which rows have the largest excess.

    Args:
        budget: share of the patients left to the human.
        hidden: widths of the hidden layers of both networks.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        n_jobs: threads.
        random_state: seed of training.
    """

    def __init__(
        self,
        *,
        budget: float = 0.3,
        hidden: tuple[int, ...] = Recipe.hidden,  # type: ignore[assignment]
        learning_rate: float = Recipe.learning_rate,
        weight_decay: float = Recipe.weight_decay,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.budget = budget
        self.recipe = Recipe(hidden=hidden, learning_rate=learning_rate, weight_decay=weight_decay)
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]) -> Triage:
        """Fit on n training rows; where the best expert's decision is not known, his mean loss stands in.

        Raises:
            Unsuited: where no decision is known.
        """
        import numpy as np

        right = rightness(expert, y)[:, best_expert(expert, y)]
        if np.isnan(right).all():
            raise Unsuited("no decision of the expert is known")
        human = _human_loss(right)
        self._network = self._trained(X, targets(y, human[:, None]), self._kept_loss, 2)
        excess = self._log_loss(X, y) - human
        left = (excess > np.quantile(excess, 1 - self.budget)).astype(np.float64)
        self._policy = self._trained(X, (left,), log_loss, 1)
        wanted = self._policy.outputs(X)[:, 0].numpy()
        self._point = float(np.quantile(wanted, 1 - self.budget))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._network.outputs(X).softmax(dim=1).numpy()  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Log-odds of belonging to the human's share, less the operating point, shape (n,)."""
        return self._policy.outputs(X)[:, 0].numpy() - self._point  # type: ignore[no-any-return]

    def _trained(self, X: NDArray[np.floating], given: Sequence[Any], loss: Loss, outputs: int) -> Network:
        return train(X, given, loss, outputs, self.recipe, seed=self.random_state, threads=self.n_jobs)

    def _kept_loss(self, g: Any, y: Any, human: Any) -> Any:
        from torch.nn.functional import cross_entropy

        losses = cross_entropy(g, y, reduction="none")
        kept = max(1, round((1 - self.budget) * len(losses)))
        chosen = (losses.detach() - human[:, 0]).argsort()[:kept]
        return losses[chosen].mean()

    def _log_loss(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Floats:
        import numpy as np

        logs = self._network.outputs(X).log_softmax(dim=1).numpy()
        return np.asarray(-logs[np.arange(len(y)), np.asarray(y, int)])


def _human_loss(right: Floats) -> Floats:
    """-log of the share of right decisions where he is right, of wrong ones where he is wrong, their mean where not known."""
    import numpy as np

    share = float(np.clip(np.nanmean(right), 0.01, 0.99))
    loss = np.where(right == 1, -np.log(share), -np.log(1 - share))
    unknown = -share * np.log(share) - (1 - share) * np.log(1 - share)
    return np.asarray(np.where(np.isnan(right), unknown, loss))
