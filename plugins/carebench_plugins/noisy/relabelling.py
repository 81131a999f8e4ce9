"""Methods that judge each recorded label first, then train again on fewer, weighted or mended labels.

Separate from objectives, which meet wrong labels while training: here a first look decides, and the second training
is plain cross-entropy with the same backbone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_plugins.noisy.estimation import out_of_fold
from carebench_plugins.noisy.network import RobustNetwork, labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.floating]
    Labels = NDArray[np.generic]


@dataclass(kw_only=True)
class JudgedNetwork(RobustNetwork):
    """A network trained on labels that were judged before; `judge` is what methods differ in."""

    def fit(self, X: Rows, y: Labels) -> JudgedNetwork:
        """Judge the n recorded labels, then fit on what was made of them."""
        target, weight, self._quality = self.judge(X, y)
        self.fit_soft(X, target, weight=weight)
        return self

    def judge(self, X: Rows, y: Labels) -> tuple[Floats, Floats, Floats]:
        """Labels to train on, shape (n, 2), their weights and the trust in the recorded ones, shape (n,) each."""
        raise NotImplementedError

    def label_quality(self, X: Rows, y: Labels) -> Floats:
        """The trust in each recorded label that the first look gave, shape (n,)."""
        del X, y
        return self._quality

    def self_confidence(self, X: Rows, y: Labels) -> tuple[Floats, Floats]:
        """Held-out probabilities, shape (n, 2), and those of the recorded labels, shape (n,)."""
        chance = out_of_fold(X, y, self.random_state, self.settings)
        return chance, (chance * labels_of(y)).sum(axis=1)


@dataclass(kw_only=True)
class ConfidentLearning(JudgedNetwork):
    """Confident learning: rows that the confident joint calls mislabelled are left out, or the rest is weighted up.

    Args:
        reweight: whether kept rows weigh more where their class lost rows: 1 / P(recorded k | true k).

    Source: Northcutt, Jiang, Chuang 2021, JAIR 70:1373-1411, by cleanlab.
    """

    reweight: bool = False

    def judge(self, X: Rows, y: Labels) -> tuple[Floats, Floats, Floats]:
        """Weight 0 for the rows that cleanlab's `find_label_issues` (prune by noise rate) names."""
        import numpy as np
        from cleanlab.count import compute_confident_joint, estimate_latent
        from cleanlab.filter import find_label_issues

        labels = np.asarray(y, dtype=np.int64)
        chance, own = self.self_confidence(X, y)
        issues = find_label_issues(labels, chance, filter_by="prune_by_noise_rate", n_jobs=1)
        weight = np.where(issues, 0.0, 1.0)
        if self.reweight:
            joint = compute_confident_joint(labels, chance)
            _, noise, _ = estimate_latent(joint, labels)
            weight = weight / np.maximum(np.diag(noise)[labels], 0.05)
        return labels_of(y), weight, own


@dataclass(kw_only=True)
class SmallLossMixture(JudgedNetwork):
    """Two normal components of the held-out loss: the row's chance of the smaller one mends its label.

    t' = w t + (1 - w) p, w the chance that the row belongs to the component of small losses and p the held-out
    probability: the co-refinement of DivideMix, without the augmentation that tables do not have. Each class has a
    mixture of its own, since the losses of a rare class are larger whatever its labels.

    Source: Arazo et al. 2019, ICML; Li, Socher, Hoi 2020, ICLR.
    """

    def judge(self, X: Rows, y: Labels) -> tuple[Floats, Floats, Floats]:
        """Mended labels, weight 1, and w."""
        import numpy as np
        from sklearn.mixture import GaussianMixture

        chance, own = self.self_confidence(X, y)
        loss, trust = -np.log(np.maximum(own, 1e-6)), np.ones(len(own))
        for label in np.unique(y):
            rows = np.flatnonzero(np.asarray(y) == label)
            if len(rows) > 2 and np.ptp(loss[rows]) > 0:
                mixture = GaussianMixture(2, reg_covar=5e-4, random_state=self.random_state)
                belongs = mixture.fit(loss[rows, None]).predict_proba(loss[rows, None])
                trust[rows] = belongs[:, int(np.argmin(mixture.means_[:, 0]))]
        mended = trust[:, None] * labels_of(y) + (1 - trust[:, None]) * chance
        return mended, np.ones(len(own)), trust


@dataclass(kw_only=True)
class EditedNeighbours(JudgedNetwork):
    """Rows whose label most of their neighbours do not share are left out.

    Args:
        deep: whether neighbours are sought in the hidden layer of a first network, or among the inputs.
        neighbours: how many are asked.

    Source: Wilson 1972, IEEE Trans SMC 2:408-421 (inputs); Bahri, Jiang, Gupta 2020, ICML (hidden layer).
    """

    deep: bool = False
    neighbours: int = 10

    def judge(self, X: Rows, y: Labels) -> tuple[Floats, Floats, Floats]:
        """Weight 0 where fewer than half of its neighbours share the label; trust is their share."""
        import numpy as np
        from sklearn.neighbors import NearestNeighbors

        labels = np.asarray(y, dtype=np.int64)
        places = self._hidden(X, y) if self.deep else np.asarray(X, np.float64)
        count = min(self.neighbours, len(labels) - 1)
        found = NearestNeighbors(n_neighbors=count).fit(places).kneighbors(return_distance=False)
        share = (labels[found] == labels[:, None]).mean(axis=1)
        kept = share >= 0.5
        for label in np.unique(labels):
            if not kept[labels == label].any():
                kept[labels == label] = True
        return labels_of(y), kept.astype(np.float64), share

    def _hidden(self, X: Rows, y: Labels) -> Floats:
        """Activations of the first network's hidden layer, shape (n, h)."""
        import torch

        from carebench_plugins.neural import rows_of

        first = RobustNetwork(settings=self.settings, random_state=self.random_state).fit(X, y)
        with torch.no_grad():
            found: Floats = first._trained.selected[:-1](rows_of(X)).double().numpy()  # noqa: SLF001 - its own kind
        return found


@dataclass(kw_only=True)
class SelfEnsembling(JudgedNetwork):
    """SELF: rounds of training; a row stays while the running mean of held-out predictions agrees with its label.

    Args:
        rounds: how often rows are judged.
        momentum: weight of the earlier rounds in the running mean.

    Source: Nguyen et al. 2020, ICLR.
    """

    rounds: int = 3
    momentum: float = 0.5

    def judge(self, X: Rows, y: Labels) -> tuple[Floats, Floats, Floats]:
        """Recorded labels where the ensemble agrees; elsewhere the ensemble's probabilities take their place."""
        import numpy as np

        chance, _ = self.self_confidence(X, y)
        target = labels_of(y)
        for each in range(1, self.rounds):
            agrees = chance.argmax(axis=1) == np.asarray(y)
            target = np.where(agrees[:, None], labels_of(y), chance)
            network = RobustNetwork(settings=self.settings, random_state=self.random_state + each)
            network.fit_soft(X, target)
            chance = self.momentum * chance + (1 - self.momentum) * network.predict_proba_selected(X)
        return target, np.ones(len(target)), (chance * labels_of(y)).sum(axis=1)
