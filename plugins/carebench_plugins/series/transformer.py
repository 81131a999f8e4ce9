"""A transformer on the grid: every step attends to every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from carebench_plugins.series.network import Network
from carebench_plugins.series.observed import observed
from carebench_plugins.series.training import SeriesClassifier

if TYPE_CHECKING:
    from carebench import Series


@dataclass(kw_only=True)
class TransformerClassifier(SeriesClassifier):
    """An encoder over the steps of the grid, each the values carried forward, masks and gaps of all channels.

    Source: Vaswani et al. 2017, Attention is all you need, NeurIPS; on clinical series as in Horn et al. 2020. Layers
    are normalised before attention, and the state is the mean over steps.

    Attributes:
        hidden: width of a step; a multiple of `heads`.
        heads: of the attention.
        layers: of the encoder.
        step: width of a step of the grid, hours.
    """

    hidden: int = 64
    heads: int = 4
    layers: int = 2
    step: float = 1.0

    def network(self, series: Series) -> Network:
        """A fresh encoder."""
        return TransformerNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            heads=self.heads,
            layers=self.layers,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Values, masks and gaps."""
        return observed(series, self.step)


class TransformerNetwork(Network):
    """A linear map of each step, plus its sinusoidal position, through the encoder."""

    def __init__(
        self, *, channels: int, static: int, hidden: int, heads: int, layers: int, dropout: float
    ) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.embed = nn.Linear(3 * channels, hidden)
        layer = nn.TransformerEncoderLayer(
            hidden, heads, 2 * hidden, dropout, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(
            layer, layers, norm=nn.LayerNorm(hidden), enable_nested_tensor=False
        )

    def states(self, *recorded: Tensor) -> Tensor:
        """The mean over steps, from values, masks and gaps, each (n, T, C)."""
        steps = self.embed(torch.cat(recorded, dim=2))
        places = torch.arange(steps.shape[1], device=steps.device, dtype=steps.dtype)
        encoded: Tensor = self.encoder(self.dropout(steps + sinusoids(places, steps.shape[2], 1e4)))
        return encoded.mean(dim=1)


def sinusoids(places: Tensor, width: int, longest: float) -> Tensor:
    """Encode places in time by waves whose lengths grow geometrically from 2 pi towards 2 pi `longest`.

    With k = 0, ..., width / 2 - 1: sin(p / longest^(2k / width)), then the cosines. Source: Vaswani et al. 2017, section 3.5.

    Args:
        places: p, shape (m,).
        width: of the encoding, even.
        longest: growth of the wave length over all k.

    Returns:
        Shape (m, width).

    Example:
        >>> sinusoids(torch.tensor([0.0]), 4, 1e4).tolist()
        [[0.0, 0.0, 1.0, 1.0]]
    """
    growth = torch.arange(0, width, 2, device=places.device, dtype=places.dtype) / width
    angles = places[:, None] / longest**growth
    return torch.cat([angles.sin(), angles.cos()], dim=1)
