"""Temporal convolution: dilated causal convolutions over the grid, deep enough to see all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.parametrizations import weight_norm

from carebench_plugins.series.network import Network
from carebench_plugins.series.observed import observed
from carebench_plugins.series.training import SeriesClassifier

if TYPE_CHECKING:
    from carebench import Series


@dataclass(kw_only=True)
class ConvolutionClassifier(SeriesClassifier):
    """Residual blocks of two causal convolutions, whose dilation doubles from block to block.

    Source: Bai, Kolter and Koltun 2018, An empirical evaluation of generic convolutional and recurrent networks for
    sequence modeling, arXiv:1803.01271.

    Attributes:
        hidden: channels of each block.
        kernel: steps that a filter sees.
        step: width of a step of the grid, hours.
    """

    hidden: int = 64
    kernel: int = 3
    step: float = 1.0

    def network(self, series: Series) -> Network:
        """A fresh network that sees the whole window."""
        return ConvolutionNetwork(
            inputs=3 * len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            kernel=self.kernel,
            levels=levels_for(math.ceil(series.window / self.step), self.kernel),
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Values, masks and gaps."""
        return observed(series, self.step)


def levels_for(steps: int, kernel: int) -> int:
    """The fewest blocks L whose last step sees so many: 1 + 2 (kernel - 1) (2^L - 1) of them.

    Example:
        >>> levels_for(48, 3), levels_for(1, 3)
        (4, 1)
    """
    return max(1, math.ceil(math.log2((steps - 1) / (2 * (kernel - 1)) + 1)))


class ConvolutionNetwork(Network):
    """The blocks; the state of a unit is the last step of the last one."""

    def __init__(
        self, *, inputs: int, static: int, hidden: int, kernel: int, levels: int, dropout: float
    ) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        self.blocks = nn.Sequential(
            *(
                Block(hidden if level else inputs, hidden, kernel, 2**level, dropout)
                for level in range(levels)
            )
        )

    def states(self, *recorded: Tensor) -> Tensor:
        """From values, masks and gaps, each (n, T, C)."""
        return self.features(*recorded)[:, :, -1]

    def features(self, *recorded: Tensor) -> Tensor:
        """What the last block gives at every step, shape (n, hidden, T)."""
        features: Tensor = self.blocks(torch.cat(recorded, dim=2).transpose(1, 2))
        return features


class Block(nn.Module):
    """Two causal convolutions with weight normalisation, rectified, with dropout, beside a shortcut."""

    def __init__(self, inputs: int, hidden: int, kernel: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.earlier = (kernel - 1) * dilation
        self.first = weight_norm(nn.Conv1d(inputs, hidden, kernel, dilation=dilation))
        self.second = weight_norm(nn.Conv1d(hidden, hidden, kernel, dilation=dilation))
        self.shortcut = nn.Conv1d(inputs, hidden, 1) if inputs != hidden else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, series: Tensor) -> Tensor:
        """From (n, inputs, T) to (n, hidden, T); step t sees no later step."""
        found = series
        for convolution in (self.first, self.second):
            found = self.dropout(convolution(pad(found, (self.earlier, 0))).relu())
        summed: Tensor = found + self.shortcut(series)
        return summed.relu()
