"""A GRU on the grid with values carried forward, masks and time gaps; the plain recurrent baseline."""

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
class RecurrentClassifier(SeriesClassifier):
    """A GRU that reads, at each step, the values carried forward, the mask and the time gaps of all channels.

    Source: Lipton, Kale and Wetzel 2016, Directly modeling missing data in sequences with RNNs, MLHC; GRU-simple of Che et
    al. 2018, with values carried forward.

    Attributes:
        hidden: units of the GRU.
        step: width of a step of the grid, hours.
    """

    hidden: int = 64
    step: float = 1.0

    def network(self, series: Series) -> Network:
        """A fresh GRU."""
        return RecurrentNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Values, masks and gaps."""
        return observed(series, self.step)


class RecurrentNetwork(Network):
    """One layer of gated recurrent units; the state of a unit is the one after the last step."""

    def __init__(self, *, channels: int, static: int, hidden: int, dropout: float) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.recurrent = nn.GRU(3 * channels, hidden, batch_first=True)

    def states(self, *recorded: Tensor) -> Tensor:
        """From values, masks and gaps, each (n, T, C)."""
        last: Tensor = self.recurrent(torch.cat(recorded, dim=2))[1][0]
        return last
