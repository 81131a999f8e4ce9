"""The network on pictures: a convolutional backbone in the training loop and under the losses of all networks against shift.

Separate from the network on tables since pictures are read batch by batch and the backbone may lie on an accelerator. Its
features come back to the CPU, where last layer and losses are, so that no loss knows of devices.
"""

from __future__ import annotations

import copy
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from carebench import Images, Unsuited
from carebench_plugins.shift import stains
from carebench_plugins.shift.network import ShiftNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

#: What a picture goes through: while training, and when asked.
PREPARED: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "plain": (stains.centred, stains.centred),
    "stain-jitter": (lambda light: stains.centred(stains.jittered(light)), stains.centred),
    "patch-normalised": (stains.standardised, stains.standardised),
}


class PictureNetwork(ShiftNetwork):
    """A convolutional network, trained by AdamW on a method's loss, selected on a validation domain where the task has one.

    With `X_validation` the weights kept are those of the epoch with the least log loss there; without, those of the last. Test
    pictures are never looked at. Each epoch prints one line.

    Args:
        objective: dotted name of the loss, a class of `carebench_plugins.shift.network.Objective`.
        backbone: dotted name of what makes a module of (b, 3, H, W) to (b, width): called with `num_classes`, the width, as the
            networks of torchvision are; for instance `torchvision.models.densenet121`.
        preparation: `plain`; `stain-jitter`, colours of stains moved at random in training; or `patch-normalised`, each colour of
            each picture with mean 0 and deviation 1.
        width: of the features.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        batch: pictures a step, of the training pictures and of the target each.
        epochs: passes over the training pictures.
        n_jobs: threads.
        random_state: seed of the initial weights, the batches and the jitter.
        options: of the loss, by name.
    """

    def __init__(
        self,
        objective: str = "carebench_plugins.shift.risks.MeanRisk",
        *,
        backbone: str = "carebench_plugins.shift.pictures.small_backbone",
        preparation: str = "plain",
        width: int = 64,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        batch: int = 64,
        epochs: int = 10,
        n_jobs: int = 1,
        random_state: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(
            objective,
            options=options,
            hidden=(width,),
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            batch=batch,
            epochs=epochs,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.backbone = backbone
        self.preparation = preparation

    def fit(  # type: ignore[override]
        self,
        X: Images,
        y: NDArray[np.generic],
        *,
        domain: NDArray[np.generic] | None = None,
        X_target: Images | None = None,
        X_validation: Images | None = None,
        y_validation: NDArray[np.generic] | None = None,
    ) -> PictureNetwork:
        """Fit on n training pictures, their domains, and what else the task gives.

        Raises:
            Unsuited: when the method needs domains or a target that the task does not give, or the backbone does not load.
        """
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._watched: tuple[Images, Tensor] | None = None
        self._best: tuple[float, dict[str, Any]] = (float("inf"), {})
        if X_validation is not None and y_validation is not None and len(X_validation):
            self._watched = (X_validation, torch.from_numpy((y_validation == np.max(y)).astype(np.float64)))
        super().fit(X, y, domain=domain, X_target=X_target)  # type: ignore[arg-type]
        if self._watched is not None:
            self._kept.load_state_dict(self._best[1])
            self._kept.eval()
        return self

    def features(self, X: Images) -> NDArray[np.float64]:  # type: ignore[override]
        """The backbone's answer, shape (n, width)."""
        with torch.no_grad():
            parts = [self._body(each) for each in self._asked(X)]
        return np.asarray(torch.cat([torch.empty(0, self.hidden[-1]), *parts]).double().numpy())

    def predict_proba(self, X: Images) -> NDArray[np.float64]:  # type: ignore[override]
        """Probabilities, shape (n, 2)."""
        risk = torch.sigmoid(self._logits(X)).numpy()
        return np.column_stack([1 - risk, risk])

    def _inputs(self, X: Images) -> _Pixels:
        return _Pixels(X, PREPARED[self.preparation][0])

    def _layers(self, inputs: Any) -> tuple[Any, Any]:
        del inputs
        width = self.hidden[-1]
        body = _OnDevice(_made(self.backbone)(num_classes=width).to(self._device), self._device)
        return body, nn.Sequential(nn.Linear(width, 1), nn.Flatten(0))

    def _asked(self, X: Images) -> Any:
        pixels = _Pixels(X, PREPARED[self.preparation][1])
        return (pixels[rows] for rows in torch.split(torch.arange(len(X)), self.batch))

    def _logits(self, X: Images) -> Tensor:
        with torch.no_grad():
            parts = [self._head(self._body(each)).double() for each in self._asked(X)]
        return torch.cat([torch.empty(0, dtype=torch.float64), *parts])

    def _passed(self, epoch: int, network: Any) -> None:
        """Judge on the validation domain, and keep the best weights."""
        said, self._kept = "", network
        if self._watched is not None:
            pictures, outcomes = self._watched
            network.eval()
            logits = self._logits(pictures)
            network.train()
            found = float(nn.functional.binary_cross_entropy_with_logits(logits, outcomes))
            said = f": log loss {found:.4f} in the validation domain"
            if not self._best[1] or found < self._best[0]:
                self._best = (found, copy.deepcopy(network.state_dict()))
                said += ", the best so far"
        print(f"epoch {epoch + 1} of {self.epochs}{said}", flush=True)  # noqa: T201 - progress, which the cell's log keeps


@dataclass(frozen=True)
class _Pixels:
    """Pictures as the loop reads them: rows of a tensor in, light of 0 to 1 prepared as (b, 3, H, W) out."""

    images: Images
    prepare: Callable[[Any], Any]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: Tensor) -> Any:
        pixels = torch.from_numpy(self.images[rows.numpy()]).permute(0, 3, 1, 2).contiguous()
        return self.prepare(pixels.float() / 255)


class _OnDevice(nn.Module):
    """A backbone on its device, whose features come back to the CPU."""

    def __init__(self, backbone: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.backbone = backbone
        self._device = device

    def forward(self, pictures: Tensor) -> Any:
        return self.backbone(pictures.to(self._device)).cpu()


def small_backbone(num_classes: int) -> nn.Module:
    """Four 3 by 3 convolutions of 16, 32, 64 and `num_classes` channels, each normalised over the batch and rectified.

    The first moves by two pixels; after the first three the largest of 2 by 2 neighbours is taken, and at the end the mean over
    the picture, of any size from 16.
    """
    layers: list[nn.Module] = []
    before = 3
    for width, stride in ((16, 2), (32, 1), (64, 1)):
        layers += [
            nn.Conv2d(before, width, 3, stride=stride, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
        before = width
    layers += [nn.Conv2d(before, num_classes, 3, padding=1), nn.BatchNorm2d(num_classes), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(1))


def _made(dotted: str) -> Callable[..., nn.Module]:
    """What a dotted name names.

    Raises:
        Unsuited: when its library does not load, as torchvision does not beside a torch of another build.
    """
    module, _, name = dotted.rpartition(".")
    try:
        maker: Callable[..., nn.Module] = getattr(importlib.import_module(module), name)
    except (ImportError, RuntimeError) as error:
        raise Unsuited(f"the backbone {dotted} does not load here: {error}") from error
    return maker
