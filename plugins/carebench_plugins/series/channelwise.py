"""Channel-wise LSTM: each channel has a small LSTM of its own before one that reads them all."""

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
class ChannelwiseClassifier(SeriesClassifier):
    """Bidirectional LSTMs of single channels (values carried forward, and mask), and an LSTM over all of them.

    Source: Harutyunyan, Khachatrian, Kale, Ver Steeg and Galstyan 2019, Multitask learning and benchmarking with
    clinical time series data, Sci Data 6:96.

    Attributes:
        channel_hidden: units of each channel's LSTM, in each direction.
        hidden: units of the LSTM over all.
        step: width of a step of the grid, hours.
    """

    channel_hidden: int = 8
    hidden: int = 64
    step: float = 2.0

    def network(self, series: Series) -> Network:
        """A fresh network."""
        return ChannelwiseNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            channel_hidden=self.channel_hidden,
            hidden=self.hidden,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Values and masks."""
        return observed(series, self.step)[:2]


class ChannelwiseNetwork(Network):
    """One LSTM for each channel in each direction, then one over all."""

    def __init__(
        self, *, channels: int, static: int, channel_hidden: int, hidden: int, dropout: float
    ) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.each = ParallelLSTM(2 * channels, 2, channel_hidden)
        self.all = nn.LSTM(2 * channels * channel_hidden, hidden, batch_first=True)

    def states(self, *recorded: Tensor) -> Tensor:
        """The state after the last step, from values and masks, each (n, T, C)."""
        forwards = torch.stack(recorded, dim=3).permute(2, 1, 0, 3)
        onwards, back = self.each(torch.cat([forwards, forwards.flip(1)])).chunk(2)
        read = torch.cat([onwards, back.flip(1)]).permute(2, 1, 0, 3).flatten(2)
        last: Tensor = self.all(self.dropout(read))[1][0][0]
        return last


class ParallelLSTM(nn.Module):
    """G independent LSTMs of the same size, run side by side; gates in PyTorch's order: input, forget, cell, output.

    Args:
        groups: G.
        inputs: inputs of each.
        hidden: units of each.
    """

    def __init__(self, groups: int, inputs: int, hidden: int) -> None:
        super().__init__()
        bound = hidden**-0.5
        self.from_inputs = nn.Parameter(torch.empty(groups, inputs, 4 * hidden).uniform_(-bound, bound))
        self.from_state = nn.Parameter(torch.empty(groups, hidden, 4 * hidden).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(groups, 1, 4 * hidden).uniform_(-bound, bound))

    def forward(self, series: Tensor) -> Tensor:
        """States at every step, shape (G, T, n, hidden), from inputs of shape (G, T, n, inputs)."""
        driven = torch.einsum("gtni,gih->tgnh", series, self.from_inputs) + self.bias
        state = series.new_zeros(len(series), series.shape[2], self.from_state.shape[1])
        cell, states = state, []
        for inputs in driven:
            taken, kept, new, shown = torch.baddbmm(inputs, state, self.from_state).chunk(4, dim=2)
            cell = kept.sigmoid() * cell + taken.sigmoid() * new.tanh()
            state = shown.sigmoid() * cell.tanh()
            states.append(state)
        return torch.stack(states, dim=1)
