"""Networks that are trained more than once: on their own errors, on their last layer, or on the target's inputs.

Separate from the losses, since each of these wraps whole trainings of the same network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.shift.label_weights import corrected
from carebench_plugins.shift.network import ShiftNetwork, tensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


#: Added to standard deviations of features, some of which are never active.
SMALL = 1e-3


class JustTrainTwice(ShiftNetwork):
    """Trained again with the rows that a short first training got wrong counted several times.

    Source: Liu et al. 2021, Just train twice, ICML.

    Args:
        first_epochs: of the first training.
        upweight: how often a wrong row counts in the second.
        n_jobs: threads.
        random_state: seed of both trainings.
    """

    def __init__(
        self, *, first_epochs: int = 5, upweight: int = 3, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        super().__init__(n_jobs=n_jobs, random_state=random_state)
        self.first_epochs = first_epochs
        self.upweight = upweight

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic]
    ) -> JustTrainTwice:
        """Fit twice on n training rows; groups are not needed."""
        import numpy as np

        first = ShiftNetwork(epochs=self.first_epochs, n_jobs=self.n_jobs, random_state=self.random_state)
        risk = first.fit(X, y).predict_proba(X)[:, 1]
        wrong = np.flatnonzero((risk >= 0.5) != (y == first.classes_[-1]))
        rows = np.concatenate([np.arange(len(y)), *[wrong] * (self.upweight - 1)])
        super().fit(X[rows], y[rows])
        return self


class LastLayerRetrained(ShiftNetwork):
    """Deep feature reweighting: the last layer anew by logistic regression on held-out rows, as many of each domain and answer.

    A fifth of the rows, stratified by domain and answer, is held out from the network. Ten balanced draws of it are averaged.
    Risks, which are then those of answers in equal number, are corrected back to the prevalence of training.

    Source: Kirichenko, Izmailov and Wilson 2023, ICLR (DFR).

    Args:
        draws: balanced draws whose coefficients are averaged.
        n_jobs: threads.
        random_state: seed of the held-out part, the draws and the training.
    """

    def __init__(self, *, draws: int = 10, n_jobs: int = 1, random_state: int = 0) -> None:
        super().__init__(n_jobs=n_jobs, random_state=random_state)
        self.draws = draws

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, domain: NDArray[np.generic]
    ) -> LastLayerRetrained:
        """Fit the network on four fifths, the last layer on balanced draws of the other.

        Raises:
            Unsuited: when a domain has fewer than ten rows of some answer.
        """
        import numpy as np
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import train_test_split

        cell = np.unique(np.column_stack([domain, y]), axis=0, return_inverse=True)[1].ravel()
        if np.bincount(cell).min() < 10:
            raise Unsuited(
                "needs ten training rows of each answer in each domain, to balance a fifth of them"
            )
        kept, held = train_test_split(
            np.arange(len(y)), test_size=0.2, stratify=cell, random_state=self.random_state
        )
        super().fit(X[kept], y[kept])
        features, draw = self.features(X[held]), np.random.default_rng(self.random_state)
        self._scale = features.std(axis=0) + 1e-8
        smallest = np.bincount(cell[held]).min()
        coefficients = []
        for _ in range(self.draws):
            rows = np.concatenate(
                [
                    draw.choice(np.flatnonzero(cell[held] == each), smallest, replace=False)
                    for each in np.unique(cell)
                ]
            )
            found = LogisticRegression(C=0.1).fit(features[rows] / self._scale, y[held][rows])
            coefficients.append(np.append(found.coef_[0], found.intercept_[0]))
        self._last = np.mean(coefficients, axis=0)
        prevalence = float(np.mean(y == np.max(y)))
        self._back = 2 * np.array([1 - prevalence, prevalence])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        from scipy.special import expit

        balanced = expit(self.features(X) / self._scale @ self._last[:-1] + self._last[-1])
        risk = corrected(balanced, self._back)
        return np.column_stack([1 - risk, risk])


class EntropyMinimised(ShiftNetwork):
    """TENT: the network's scales and offsets moved so that it is surer of the target's inputs.

    The features of the target are normalised, scaled and moved; only these numbers are trained, on the target given, by
    Adam on the mean entropy. The target tested is never adapted to, so that a row's answer is its own.

    Source: Wang et al. 2021, Tent: fully test-time adaptation by entropy minimization, ICLR; here with the target given.

    Args:
        steps: of the adaptation.
        pace: learning rate of the adaptation.
        n_jobs: threads.
        random_state: seed of the training.
    """

    def __init__(
        self, *, steps: int = 20, pace: float = 1e-3, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        super().__init__(n_jobs=n_jobs, random_state=random_state)
        self.steps = steps
        self.pace = pace

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, X_target: NDArray[np.floating]
    ) -> EntropyMinimised:
        """Fit on the training rows, then adapt to the unlabelled ones."""
        import torch

        super().fit(X, y)
        with torch.no_grad():
            source, target = self._body(tensor(X)), self._body(tensor(X_target))
        ratio = (source.std(dim=0) + SMALL) / (target.std(dim=0) + SMALL)
        moved = source.mean(dim=0) - target.mean(dim=0) * ratio
        scale = torch.ones(target.shape[1], requires_grad=True)
        offset = torch.zeros(target.shape[1], requires_grad=True)
        optimiser = torch.optim.Adam([scale, offset], lr=self.pace)
        for _ in range(self.steps):
            optimiser.zero_grad()
            _entropy(self._head((target * ratio + moved) * scale + offset)).backward()
            optimiser.step()
        self._scale = ratio * scale.detach()
        self._offset = moved * scale.detach() + offset.detach()
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        import torch

        with torch.no_grad():
            risk = torch.sigmoid(
                self._head(self._body(tensor(X)) * self._scale + self._offset).double()
            ).numpy()
        return np.column_stack([1 - risk, risk])


def _entropy(logits: Any) -> Any:
    """Mean entropy of the predicted probabilities, in nats."""
    from torch.nn.functional import softplus

    risk = logits.sigmoid()
    return (risk * softplus(-logits) + (1 - risk) * softplus(logits)).mean()
