"""SeFT: a stay as the set of its measurements, with no grid, no order and nothing filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from carebench_plugins.series.network import Network
from carebench_plugins.series.observed import FARTHEST
from carebench_plugins.series.training import SeriesClassifier
from carebench_plugins.series.transformer import sinusoids

if TYPE_CHECKING:
    from carebench import Series


@dataclass(kw_only=True)
class SetClassifier(SeriesClassifier):
    """Set functions for time series. Source: Horn, Moor, Bock, Rieck and Borgwardt 2020, ICML 119:4353-4363, section 3.

    A measurement s_j is its time (sinusoids), its value and its channel (one-hot). With networks h, h', a mean
    embedding f'(S) = mean of h'(s_j) over the set, and heads i = 1, ..., m:

        e_ij = [f'(S), s_j] W_i q_i / sqrt(d),   a_ij = softmax of e_ij over j,   r_i = sum of a_ij h(s_j) over j

    and the state of a unit is [r_1, ..., r_m], put through one layer. The queries q_i start at zero, where r_i is a mean.

    Attributes:
        hidden: units of the layers of h, and width of the state.
        heads: m.
        key: d.
        waves: width of the encoding of time.
    """

    hidden: int = 64
    heads: int = 4
    key: int = 32
    waves: int = 16

    def network(self, series: Series) -> Network:
        """A fresh network."""
        return SetNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            heads=self.heads,
            key=self.key,
            waves=self.waves,
            window=series.window,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Unit, hour, channel and value of every measurement, and how many each unit has."""
        sizes = np.diff(series.starts)
        return (
            torch.from_numpy(np.repeat(np.arange(len(series)), sizes)),
            torch.from_numpy(np.array(series.hours, np.float32)),
            torch.from_numpy(series.channels.astype(np.int64)),
            torch.from_numpy(np.clip(series.values, -FARTHEST, FARTHEST)),
            torch.from_numpy(sizes.astype(np.int64)),
        )


class SetNetwork(Network):
    """The equations of SeFT over all measurements of all units at once, without padding."""

    def __init__(
        self,
        *,
        channels: int,
        static: int,
        hidden: int,
        heads: int,
        key: int,
        waves: int,
        window: float,
        dropout: float,
    ) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.waves, self.window = waves, window
        self.embed = Measurement(channels, waves + 1, hidden)
        self.value = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU())
        self.summary = nn.Sequential(Measurement(channels, waves + 1, key), nn.ReLU(), nn.Linear(key, key))
        self.from_summary = nn.Linear(key, heads * key, bias=False)
        self.from_measurement = Measurement(channels, waves + 1, heads * key)
        self.queries = nn.Parameter(torch.zeros(heads, key))
        self.combine = nn.Linear(heads * hidden, hidden)

    def states(self, *recorded: Tensor) -> Tensor:
        """From unit, hour, channel and value of every measurement, and the number of each unit's."""
        unit, hours, channel, values, sizes = recorded
        times = sinusoids(hours, self.waves, self.window)
        seen = torch.cat([times, values[:, None]], dim=1)
        shares = softmax_by_unit(self._scores(unit, seen, channel, sizes), unit, len(sizes))
        weighted = shares[:, :, None] * self.value(self.embed((seen, channel)))[:, None, :]
        summed = sums_by_unit(weighted.flatten(1), unit, len(sizes))
        state: Tensor = self.combine(summed)
        return state.relu()

    def _scores(self, unit: Tensor, seen: Tensor, channel: Tensor, sizes: Tensor) -> Tensor:
        """e_ij of all measurements and heads, shape (m, heads)."""
        sums = sums_by_unit(self.summary((seen, channel)), unit, len(sizes))
        means = sums / sizes.clamp(min=1)[:, None]
        keys = self.from_summary(means)[unit] + self.from_measurement((seen, channel))
        heads, width = self.queries.shape
        scores: Tensor = (keys.unflatten(1, (heads, width)) * self.queries).sum(dim=2) / width**0.5
        return scores


class Measurement(nn.Module):
    """A linear map of time and value and of the channel as one-hot columns, which it looks up instead."""

    def __init__(self, channels: int, numbers: int, outputs: int) -> None:
        super().__init__()
        self.numbers = nn.Linear(numbers, outputs)
        self.channel = nn.Embedding(channels, outputs)
        nn.init.uniform_(self.channel.weight, -(numbers**-0.5), numbers**-0.5)

    def forward(self, measurement: tuple[Tensor, Tensor]) -> Tensor:
        """From numbers (m, k) and channels (m,) to (m, outputs)."""
        numbers, channel = measurement
        mapped: Tensor = self.numbers(numbers) + self.channel(channel)
        return mapped


def sums_by_unit(rows: Tensor, unit: Tensor, units: int) -> Tensor:
    """The sum of the rows of each unit, shape (units, k); zeros for a unit without rows."""
    return rows.new_zeros(units, rows.shape[1]).index_add(0, unit, rows)


def softmax_by_unit(scores: Tensor, unit: Tensor, units: int) -> Tensor:
    """Softmax over the rows of each unit, column by column.

    Example:
        >>> softmax_by_unit(torch.zeros(3, 1), torch.tensor([0, 0, 2]), 3).flatten().tolist()
        [0.5, 0.5, 1.0]
    """
    highest = scores.detach().new_full((units, scores.shape[1]), -torch.inf)
    highest = highest.scatter_reduce(0, unit[:, None].expand_as(scores), scores.detach(), "amax")
    raised = torch.exp(scores - highest[unit])
    return raised / sums_by_unit(raised, unit, units)[unit]
