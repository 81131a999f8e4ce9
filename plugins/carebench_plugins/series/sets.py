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

    A measurement s_j is its time (sinusoids), its value and its channel (one-hot). With a network h and heads i = 1, ..., m:

        e_ij = s_j u_i,   a_ij = softmax of e_ij over j,   r_i = sum of a_ij h(s_j) over j

    and the state of a unit is [r_1, ..., r_m], put through one layer. The u_i start at zero, where r_i is a mean.

    The paper writes e_ij = [f(S), s_j] W_i q_i / sqrt(d), with an embedding f(S) of the whole set in the keys. That adds
    the same to all e_ij of a unit, which the softmax takes out again; what is left of W_i q_i / sqrt(d) is u_i.

    Attributes:
        hidden: units of the layers of h, and width of the state.
        heads: m.
        waves: width of the encoding of time.
    """

    hidden: int = 64
    heads: int = 4
    waves: int = 16

    def network(self, series: Series) -> Network:
        """A fresh network."""
        return SetNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            heads=self.heads,
            waves=self.waves,
            window=series.window,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Hour, channel and value of every measurement, and how many each unit has."""
        return (
            torch.from_numpy(np.array(series.hours, np.float32)),
            torch.from_numpy(series.channels.astype(np.int64)),
            torch.from_numpy(np.clip(series.values, -FARTHEST, FARTHEST)),
            torch.from_numpy(np.diff(series.starts)),
        )


class SetNetwork(Network):
    """The equations of SeFT over the measurements of all units at once, pooled unit by unit without padding."""

    def __init__(
        self,
        *,
        channels: int,
        static: int,
        hidden: int,
        heads: int,
        waves: int,
        window: float,
        dropout: float,
    ) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.waves, self.window = waves, window
        self.embed = Measurement(channels, waves + 1, hidden)
        self.value = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU())
        self.attend = Measurement(channels, waves + 1, heads)
        for parameter in self.attend.parameters():
            nn.init.zeros_(parameter)
        self.combine = nn.Linear(heads * hidden, hidden)

    def states(self, *recorded: Tensor) -> Tensor:
        """From hour, channel and value of every measurement, and the number of each unit's."""
        hours, channel, values, sizes = recorded
        seen = torch.cat([sinusoids(hours, self.waves, self.window), values[:, None]], dim=1)
        pooled = attended(self.attend(seen, channel), self.value(self.embed(seen, channel)), sizes.tolist())
        state: Tensor = self.combine(pooled)
        return state.relu()


class Measurement(nn.Module):
    """A linear map of time and value and of the channel as one-hot columns, which it looks up instead."""

    def __init__(self, channels: int, numbers: int, outputs: int) -> None:
        super().__init__()
        self.numbers = nn.Linear(numbers, outputs)
        self.channel = nn.Embedding(channels, outputs)
        nn.init.uniform_(self.channel.weight, -(numbers**-0.5), numbers**-0.5)

    def forward(self, numbers: Tensor, channel: Tensor) -> Tensor:
        """From numbers (m, k) and channels (m,) to (m, outputs)."""
        mapped: Tensor = self.numbers(numbers) + self.channel(channel)
        return mapped


def attended(scores: Tensor, values: Tensor, sizes: list[int]) -> Tensor:
    """The values of each unit, averaged with the softmax of the scores of each head over the unit's rows.

    Args:
        scores: shape (m, H), the rows of one unit after those of the other.
        values: shape (m, k).
        sizes: how many rows each of n units has.

    Returns:
        Shape (n, H * k); zeros for a unit without rows.

    Example:
        >>> attended(torch.zeros(3, 1), torch.tensor([[1.0], [3.0], [5.0]]), [2, 0, 1]).tolist()
        [[2.0], [0.0], [5.0]]
    """
    units = zip(torch.split(scores, sizes), torch.split(values, sizes), strict=True)
    return torch.stack([(score.softmax(0).T @ value).flatten() for score, value in units])
