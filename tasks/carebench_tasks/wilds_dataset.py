"""Tasks of shift as WILDS data sets, so that a training loop written against wilds runs on them unchanged.

Separate from the adapter, which makes wilds work and knows no task. Importing this module imports wilds. A data set holds
test answers, as all of WILDS do: it is for a user's own loops, never handed to a model of a board.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from carebench import numeric_view
from carebench_tasks import wilds_adapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from carebench import Task, Truth

WILDSDataset: Any = wilds_adapter.taken("datasets.wilds_dataset", "WILDSDataset")
ElementwiseMetric: Any = wilds_adapter.taken("common.metrics.metric", "ElementwiseMetric")
SPLITS = {"train": 0, "val": 1, "id_test": 2, "test": 3}
SPLIT_NAMES = {
    "train": "Train",
    "val": "Validation",
    "id_test": "Test (domains trained on)",
    "test": "Test",
}
#: Of the training rows of subpopulation shift, one in so many is kept for validation.
ONE_IN = 5


class TaskDataset(WILDSDataset):  # type: ignore[misc]
    """One cut of a task: inputs as a float32 vector, answers 0 or 1, metadata `domain` and `y` (WILDS adds `from_source_domain`).

    Split `val` is a training domain that `train` lacks where the task's new domains are tested, so that selection is out of
    distribution; else a fifth of the training rows. `id_test` holds held-out rows of the domains trained on, where the
    task has any. Rows whose outcome is unknown are left out.

    Args:
        task: of the family `shift` or `shift-generalisation`.
        seed: of the cut.
    """

    _dataset_name = "carebench"
    _versions_dict: dict[str, dict[str, object]] = {"1.0": {"download_url": None, "compressed_size": None}}  # noqa: RUF012 - the name and type that wilds looks for

    def __init__(self, task: Task, seed: int = 0) -> None:
        split, truth = task.split(seed), task.truth(seed)
        views, known = numeric_view(split, task.comparators), np.asarray(truth.answers["weight"]) > 0
        trained = np.asarray(split.reveals["domain"], np.int64)
        tested, names = _tested_domains(truth, trained)
        self._version, self._split_scheme, self._data_dir = "1.0", "official", "."
        subpopulation = "part" not in truth.groups
        parts = [name for name in SPLITS if name != "id_test" or not subpopulation]
        self._split_dict = {name: SPLITS[name] for name in parts}
        self._split_names = {name: SPLIT_NAMES[name] for name in parts}
        self._source_domain_splits = [SPLITS["train"], SPLITS["id_test"]]
        self._x = torch.from_numpy(np.vstack([views.train, views.test[known]]))
        events = np.concatenate([split.reveals["y"], np.asarray(truth.answers["event"])[known]])
        self._y_array = torch.from_numpy(events.astype(np.int64))
        self._y_size, self._n_classes = 1, 2
        inside = np.asarray(truth.groups.get("part", np.full(len(known), "out")))[known] == "in"
        self._split_array = np.concatenate(
            [_training_parts(trained, subpopulation=subpopulation), np.where(inside, 2, 3)]
        )
        domains = torch.from_numpy(np.concatenate([trained, tested[known]]))
        self._metadata_array = torch.stack([domains, self._y_array], dim=1)
        self._metadata_fields = ["domain", "y"]
        self._metadata_map = {"domain": np.array(names), "y": np.array(["0", "1"])}
        grouper = wilds_adapter.taken("common.grouper", "CombinatorialGrouper")
        super().__init__("", False, self._split_scheme)  # noqa: FBT003 - wilds's own signature
        self._eval_grouper = grouper(dataset=self, groupby_fields=["domain"])

    def get_input(self, idx: int) -> torch.Tensor:
        """The inputs of a row, shape (p,)."""
        return self._x[idx]

    def eval(
        self,
        y_pred: torch.Tensor,
        y_true: torch.Tensor,
        metadata: torch.Tensor,
        prediction_fn: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> Any:
        """Accuracy, on average, in every domain and in the worst: a dictionary, and the same as text."""
        metric = Accuracy(prediction_fn)
        return self.standard_group_eval(metric, self._eval_grouper, y_pred, y_true, metadata)


class Accuracy(ElementwiseMetric):  # type: ignore[misc]
    """WILDS's accuracy under the same names, without torchvision, which its own needs for detection.

    Args:
        prediction_fn: turns a model's output into labels; None where they are labels.
    """

    def __init__(self, prediction_fn: Callable[[torch.Tensor], torch.Tensor] | None = None) -> None:
        self.prediction_fn = prediction_fn
        super().__init__(name="acc")

    def _compute_element_wise(self, y_pred: torch.Tensor, y_true: torch.Tensor) -> torch.Tensor:
        labels = y_pred if self.prediction_fn is None else self.prediction_fn(y_pred)
        return (labels == y_true).float()

    def worst(self, metrics: torch.Tensor) -> torch.Tensor:
        """The least accuracy of any domain."""
        return metrics.min()


def _training_parts(trained: NDArray[np.int64], *, subpopulation: bool) -> NDArray[np.int64]:
    """0 for training, 1 for validation: the last domain, or, where groups are the same at test, every fifth row."""
    if subpopulation or len(np.unique(trained)) < 2:
        return np.where(np.arange(len(trained)) % ONE_IN == 0, 1, 0)
    return np.where(trained == trained.max(), 1, 0)


def _tested_domains(truth: Truth, trained: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """The domain of each test row as an integer, and the names of all domains."""
    if "group" in truth.groups:
        names, codes = np.unique(truth.groups["group"], return_inverse=True)
        return codes.astype(np.int64), [str(name) for name in names]
    names, codes = np.unique(truth.groups["domain"], return_inverse=True)
    known = int(trained.max()) + 1
    told = [
        *(f"trained on {code}" for code in range(known)),
        *(str(name) or "trained on, any" for name in names),
    ]
    return codes.astype(np.int64) + known, told
