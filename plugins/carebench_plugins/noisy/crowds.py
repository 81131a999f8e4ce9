"""Networks taught by several raters: soft labels from a consensus, or rater and network learned together.

Separate from consensus, which knows no inputs. Each needs a task that reveals `raters`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.noisy import consensus
from carebench_plugins.noisy.estimation import out_of_fold
from carebench_plugins.noisy.loop import Objective
from carebench_plugins.noisy.network import RobustNetwork, labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.noisy.loop import Batch

    Floats = NDArray[np.float64]
    Labels = NDArray[np.integer]

NO_RATERS = "needs the labels of several raters, and the task reveals one label a patient"


@dataclass(kw_only=True)
class RatedNetwork(RobustNetwork):
    """A network trained on class probabilities that are made of the raters' labels; `gather` is the method."""

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, raters: Labels | None = None
    ) -> RatedNetwork:
        """Fit on n training rows and the labels of R raters, shape (n, R), -1 where one is missing.

        Raises:
            Unsuited: when the task has no raters.
        """
        if raters is None:
            raise Unsuited(NO_RATERS)
        found = self.gather(X, y, raters)
        self._quality: Floats = (found.posterior * labels_of(y)).sum(axis=1)
        self.rater_rates_: Floats = found.confusion[:, [1, 0], [1, 0]].T
        self.fit_soft(X, found.posterior)
        return self

    def gather(self, X: NDArray[np.floating], y: NDArray[np.generic], raters: Labels) -> consensus.Consensus:
        """What is made of the raters' labels."""
        raise NotImplementedError

    def label_quality(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Floats:
        """The probability that the raters' consensus gives each recorded label, shape (n,)."""
        del X, y
        return self._quality


@dataclass(kw_only=True)
class ConsensusNetwork(RatedNetwork):
    """Labels by a consensus that knows no inputs.

    Args:
        method: `majority_vote`, `dawid_skene`, `glad` or `mace`.

    Source: Dawid, Skene 1979, Applied Statistics 28:20-28; Whitehill et al. 2009, NeurIPS; Hovy et al. 2013, NAACL-HLT.
    """

    method: str = "dawid_skene"

    def gather(self, X: NDArray[np.floating], y: NDArray[np.generic], raters: Labels) -> consensus.Consensus:
        """The consensus of the raters alone."""
        del X, y
        found: consensus.Consensus = getattr(consensus, self.method)(consensus.votes_of(raters))
        return found


@dataclass(kw_only=True)
class Raykar(RatedNetwork):
    """EM over true labels: the network's risk is each row's prior, each rater has a sensitivity and a specificity.

    E: posterior of the true label from the network's probabilities and the raters' labels. M: confusion matrices from
    the posteriors; the network from cross-entropy against them.

    Args:
        rounds: of EM; each trains the network anew.

    Source: Raykar et al. 2010, JMLR 11:1297-1322, with a network in place of logistic regression.
    """

    rounds: int = 4

    def gather(self, X: NDArray[np.floating], y: NDArray[np.generic], raters: Labels) -> consensus.Consensus:
        """The posterior after the last round."""
        del y
        votes = consensus.votes_of(raters)
        found = consensus.majority_vote(votes)
        for _ in range(self.rounds):
            network = RobustNetwork(settings=self.settings, random_state=self.random_state)
            prior = network.fit_soft(X, found.posterior).predict_proba_selected(X)
            chance = consensus.posterior(votes, found.shares, found.confusion, prior)
            found = consensus.Consensus(
                shares=chance.mean(axis=0),
                confusion=consensus.confusion_given(votes, chance),
                posterior=chance,
            )
        return found


class CrowdLayer(Objective):
    """Cross-entropy of each rater's labels against softmax(W_r p), p the network's probabilities, W_r from the identity.

    A row's loss is the sum over the raters who labelled it; the W_r are learned along, and only the network answers.

    Args:
        raters: how many.

    Source: Rodrigues, Pereira 2018, AAAI, the variant with a matrix for each annotator.
    """

    pace = 10.0

    def __init__(self, *, raters: int) -> None:
        super().__init__()
        self._raters = raters

    def begin(self, rows: int) -> list[Any]:
        """Every rater starts as one who says what the network says."""
        import torch

        del rows
        self._matrices = torch.eye(2).repeat(self._raters, 1, 1).requires_grad_()
        return [self._matrices]

    def each(self, logits: Any, batch: Batch) -> Any:
        """The loss of each row."""
        import torch

        said = torch.einsum("rba,na->nrb", self._matrices, logits.softmax(1)).log_softmax(2)
        return -(batch.votes * said).sum((1, 2))

    def rates(self) -> Floats:
        """P(rater says a | true class a) = softmax(W_r e_a)_a: sensitivities, then specificities, shape (2, R)."""
        import numpy as np

        given = self._matrices.detach().double().softmax(1).numpy()
        return np.array([given[:, 1, 1], given[:, 0, 0]])


@dataclass(kw_only=True)
class CrowdLayerNetwork(RobustNetwork):
    """A network that learns from every rater's labels at once, through a layer that stands for the raters."""

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, raters: Labels | None = None
    ) -> CrowdLayerNetwork:
        """Fit on n training rows and the labels of R raters, shape (n, R), -1 where one is missing.

        Raises:
            Unsuited: when the task has no raters.
        """
        if raters is None:
            raise Unsuited(NO_RATERS)
        self._layer = CrowdLayer(raters=raters.shape[1])
        self.fit_soft(X, labels_of(y), votes=consensus.votes_of(raters))
        self.rater_rates_: Floats = self._layer.rates()
        return self

    def _objective(self) -> Objective:
        return self._layer


@dataclass(kw_only=True)
class Crowdlab(RatedNetwork):
    """CROWDLAB: held-out predictions and raters vote together, each weighted by how well it agrees with the others.

    Source: Goh, Tkachenko, Mueller 2022, by cleanlab's `get_label_quality_multiannotator`.
    """

    def gather(self, X: NDArray[np.floating], y: NDArray[np.generic], raters: Labels) -> consensus.Consensus:
        """The consensus label of each row, as sure as CROWDLAB calls it."""
        import numpy as np
        from cleanlab.multiannotator import get_label_quality_multiannotator

        chance = out_of_fold(X, y, self.random_state, self.settings)
        labels = np.where(raters < 0, np.nan, raters.astype(np.float64))
        told = get_label_quality_multiannotator(
            labels,
            chance,
            verbose=False,
            return_detailed_quality=False,
            return_annotator_stats=False,
        )["label_quality"]
        label, sure = told["consensus_label"].to_numpy(), told["consensus_quality_score"].to_numpy()
        event = np.where(label == 1, sure, 1 - sure)
        posterior = np.column_stack([1 - event, event])
        votes = consensus.votes_of(raters)
        return consensus.Consensus(
            shares=posterior.mean(axis=0),
            confusion=consensus.confusion_given(votes, posterior),
            posterior=posterior,
        )
