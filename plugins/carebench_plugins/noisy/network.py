"""The network that all methods share, as an estimator around the training loop.

Separate from the loop, which knows tensors alone. The answer is the last epoch's; that of the epoch noted on the validation
cut is given beside it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carebench_plugins.neural import held_out_rows, rows_of
from carebench_plugins.noisy.loop import Examples, Settings, train

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.noisy.loop import Objective

    Floats = NDArray[np.float64]


@dataclass(kw_only=True)
class RobustNetwork:
    """A network that is trained on noisy labels by some objective.

    Args:
        objective: dotted name of an `Objective`; its loss by default.
        params: keyword arguments of the objective.
        settings: those settings of the loop that differ from the defaults.
        learning_rate: that of the settings, if given.
        weight_decay: likewise.
        n_jobs: threads.
        random_state: seed of the cut, the initial weights and the batches.
    """

    objective: str = "carebench_plugins.noisy.loop.Objective"
    params: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: float | None = None
    weight_decay: float | None = None
    n_jobs: int = 1
    random_state: int = 0

    def __post_init__(self) -> None:
        chosen = {"learning_rate": self.learning_rate, "weight_decay": self.weight_decay}
        given = {name: value for name, value in chosen.items() if value is not None}
        self.settings = {**self.settings, **given}
        self.classes_ = (0, 1)
        self.transition_: Floats | None = None

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> RobustNetwork:
        """Fit on n training rows and their recorded labels, 0 or 1."""
        return self.fit_soft(X, labels_of(y))

    def fit_soft(
        self,
        X: NDArray[np.floating],
        target: Floats,
        *,
        weight: Floats | None = None,
        transition: Floats | None = None,
        votes: Floats | None = None,
    ) -> RobustNetwork:
        """Fit on labels that are probabilities of the two classes, shape (n, 2), with weights, T and votes of each row."""
        import numpy as np
        import torch

        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        weights = np.ones(len(target)) if weight is None else weight
        examples = Examples(
            inputs=rows_of(X),
            target=_tensor(target),
            weight=_tensor(weights),
            transition=None if transition is None else _tensor(transition),
            votes=None if votes is None else _tensor(votes),
        )
        settings = Settings(**self.settings)
        objective = self._objective()
        held_out = held_out_rows((target[:, 1] > 0.5).astype(np.int8), settings.validation, self.random_state)
        self._trained = train(objective, examples, held_out, settings)
        self.transition_ = objective.transition
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities after the last epoch, shape (n, 2)."""
        return _probabilities(self._trained.last, X)

    def predict_proba_selected(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities at the epoch with the least loss on the noisy validation cut, shape (n, 2)."""
        return _probabilities(self._trained.selected, X)

    def label_quality(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Floats:
        """Self-confidence at the selected epoch: the probability given to each recorded label, shape (n,)."""
        trust: Floats = (self.predict_proba_selected(X) * labels_of(y)).sum(axis=1)
        return trust

    def _objective(self) -> Objective:
        module, _, name = self.objective.rpartition(".")
        made: Objective = getattr(importlib.import_module(module), name)(**self.params)
        return made


def labels_of(y: NDArray[np.generic]) -> Floats:
    """Labels 0 and 1 as probabilities of the two classes, shape (n, 2).

    Example:
        >>> import numpy as np
        >>> labels_of(np.array([0, 1])).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    import numpy as np

    return np.eye(2)[np.asarray(y, dtype=np.int64)]


def _tensor(values: NDArray[np.generic]) -> Any:
    import numpy as np
    import torch

    return torch.from_numpy(np.array(values, np.float32))


def _probabilities(network: Any, X: NDArray[np.floating]) -> Floats:
    import torch

    with torch.no_grad():
        found: Floats = network(rows_of(X)).double().softmax(1).numpy()
    return found
