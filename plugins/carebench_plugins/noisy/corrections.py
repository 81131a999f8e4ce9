"""Methods that use the transition matrix T: forward, backward, reweighting, and those that learn T as they go.

Separate because they answer both tracks: where `transition` is revealed they use it, otherwise they estimate it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.noisy import losses
from carebench_plugins.noisy.estimation import ESTIMATORS, anchor_points, out_of_fold
from carebench_plugins.noisy.loop import Objective
from carebench_plugins.noisy.network import RobustNetwork, labels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.noisy.loop import Batch

    Floats = NDArray[np.float64]


class Forward(Objective):
    """Forward correction with the T of each row: see `losses.forward_corrected`."""

    def each(self, logits: Any, batch: Batch) -> Any:
        """The corrected loss of each row."""
        return losses.forward_corrected(logits, batch.target, batch.transition)


class Backward(Objective):
    """Backward correction with the T of each row: see `losses.backward_corrected`."""

    def each(self, logits: Any, batch: Batch) -> Any:
        """The corrected loss of each row."""
        return losses.backward_corrected(logits, batch.target, batch.transition)


class Revision(Objective):
    """T-revision: importance reweighting with T, which is itself corrected by a learned D in the second half.

    sum_i w_i CE(p_i, t_i) with w_i = p_i(t_i) / (T + D)' p_i (t_i), no gradient stopped: the ratio makes the mean over
    recorded labels the clean risk, and wrong T costs likelihood.

    Source: Xia et al. 2019, NeurIPS.
    """

    def begin(self, rows: int) -> list[Any]:
        """The correction D starts at 0."""
        import torch

        del rows
        self._change = torch.zeros(2, 2, requires_grad=True)
        self._start = torch.eye(2)
        return [self._change]

    def each(self, logits: Any, batch: Batch) -> Any:
        """The reweighted loss of each row; in the first half of training the weights are constants."""
        self._start = batch.transition.mean(0)
        revising = batch.progress >= 0.5
        matrix = self._matrix() if revising else self._start
        chance = logits.softmax(1)
        recorded = (chance @ matrix).clamp_min(1e-6)
        ratio = ((chance * batch.target).sum(1) / (recorded * batch.target).sum(1)).clamp_max(20.0)
        weighted = ratio.detach() * losses.cross_entropy(logits, batch.target)
        likelihood = -(batch.target * recorded.log()).sum(1)
        return weighted + likelihood if revising else weighted

    @property
    def transition(self) -> Floats | None:
        """T + D."""
        found: Floats = self._matrix().detach().double().numpy()
        return found

    def _matrix(self) -> Any:
        revised = (self._start + self._change).clamp_min(1e-6)
        return revised / revised.sum(1, keepdim=True)


class VolumeMinimisation(Objective):
    """VolMinNet: forward correction with a learned T, of all that explain the labels the one of least volume.

    CE(T' p, t) + l log |det T|, T_ab = s(v_a) off the diagonal, s the logistic function halved so that the diagonal
    dominates.

    Source: Li et al. 2021, ICML.
    """

    pace = 10.0

    def __init__(self, *, strength: float = 1e-2, start: float = -2.0) -> None:
        super().__init__()
        self._strength = strength
        self._at = start

    def begin(self, rows: int) -> list[Any]:
        """T starts near the identity."""
        import torch

        del rows
        self._logits = torch.full((2,), self._at, requires_grad=True)
        return [self._logits]

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """The corrected likelihood and the volume."""
        import torch

        volume = torch.linalg.det(self._matrix()).abs().clamp_min(1e-6).log()
        return super().loss(networks, batch) + self._strength * volume

    def each(self, logits: Any, batch: Batch) -> Any:
        """The forward-corrected loss of each row."""
        return losses.forward_corrected(logits, batch.target, self._matrix()[None])

    @property
    def transition(self) -> Floats | None:
        """The learned T."""
        found: Floats = self._matrix().detach().double().numpy()
        return found

    def _matrix(self) -> Any:
        import torch

        wrong = self._logits.sigmoid() / 2
        return torch.stack([torch.stack([1 - wrong[0], wrong[0]]), torch.stack([wrong[1], 1 - wrong[1]])])


@dataclass(kw_only=True)
class CorrectedNetwork(RobustNetwork):
    """A network whose objective needs T: the revealed one, else an estimate.

    Args:
        estimate: how T is estimated where it is not revealed: `anchor-points` or `confident-joint`.
    """

    estimate: str = "anchor-points"

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, transition: Floats | None = None
    ) -> CorrectedNetwork:
        """Fit on n training rows, with T of each row, shape (n, 2, 2), where it is known."""
        found = transition_or_estimate(self, X, y, transition, self.estimate)
        self.fit_soft(X, labels_of(y), transition=found)
        if self.transition_ is None:
            self.transition_ = found.mean(axis=0)
        return self


@dataclass(kw_only=True)
class GroupCorrected(RobustNetwork):
    """Backward correction with an estimated T for each group, since under-diagnosis differs between groups.

    Source: Wang, Liu, Levy 2021, FAccT (group-dependent surrogate loss); T by anchor points within each group.
    """

    objective: str = "carebench_plugins.noisy.corrections.Backward"

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, group: NDArray[np.integer] | None = None
    ) -> GroupCorrected:
        """Fit on n training rows and the group of each.

        Raises:
            Unsuited: when the task reveals no group.
        """
        import numpy as np

        if group is None:
            raise Unsuited("needs the group of each patient, and the task reveals none")
        found = np.empty((len(y), 2, 2))
        for each in np.unique(group):
            rows = group == each
            found[rows] = anchor_points(X[rows], y[rows], self.random_state, self.settings)
        self.fit_soft(X, labels_of(y), transition=found)
        self.transition_ = found.mean(axis=0)
        return self


@dataclass(kw_only=True)
class ImportanceReweighted(RobustNetwork):
    """Cross-entropy with weights P(true label = recorded | x) / P(recorded | x), from T and a first network.

    With e = P(recorded 1 | x) out of fold, r0 = T01 and r1 = T10: the weight of a recorded event is
    (e - r0) / ((1 - r0 - r1) e), that of a recorded non-event (1 - e - r1) / ((1 - r0 - r1) (1 - e)), both kept
    within 0 and 20.

    Source: Liu, Tao 2016, IEEE TPAMI 38:447-461.
    """

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, transition: Floats | None = None
    ) -> ImportanceReweighted:
        """Fit on n training rows, with T of each row, shape (n, 2, 2), where it is known."""
        found = transition_or_estimate(self, X, y, transition, "anchor-points")
        recorded = out_of_fold(X, y, self.random_state, self.settings)[:, 1]
        self.fit_soft(X, labels_of(y), weight=importance(y, recorded, found))
        self.transition_ = found.mean(axis=0)
        return self


def importance(y: NDArray[np.generic], recorded: Floats, transition: Floats) -> Floats:
    """The weights of `ImportanceReweighted`, shape (n,), from the chance that an event is recorded."""
    import numpy as np

    invented, missed = transition[:, 0, 1], transition[:, 1, 0]
    kept = np.maximum(1 - invented - missed, 0.05)
    chance = np.clip(recorded, 1e-3, 1 - 1e-3)
    of_event = (chance - invented) / (kept * chance)
    of_none = (1 - chance - missed) / (kept * (1 - chance))
    return np.clip(np.where(np.asarray(y) == 1, of_event, of_none), 0.0, 20.0)


def transition_or_estimate(
    network: RobustNetwork,
    X: NDArray[np.floating],
    y: NDArray[np.generic],
    transition: Floats | None,
    estimate: str,
) -> Floats:
    """T of each row, shape (n, 2, 2): the revealed one, else the estimate for all rows."""
    import numpy as np

    if transition is not None:
        return np.asarray(transition, dtype=np.float64)
    found = ESTIMATORS[estimate](X, y, network.random_state, network.settings)
    return np.broadcast_to(found, (len(y), 2, 2)).copy()
