"""GRU-D: a GRU whose inputs and state decay while nothing is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from carebench_plugins.series.network import Network
from carebench_plugins.series.observed import observed
from carebench_plugins.series.training import SeriesClassifier

if TYPE_CHECKING:
    from carebench import Series


@dataclass(kw_only=True)
class DecayClassifier(SeriesClassifier):
    """GRU-D. Source: Che, Purushotham, Cho, Sontag and Liu 2018, Sci Rep 8:6085, equations 2 and 5 to 13.

    At step t, x holds the values, m the mask, d the time gaps, x' the last values before, and x~ the means of the
    training measurements; (.) is the product of elements:

        gx = exp(-max(0, wx (.) d + bx)),   gh = exp(-max(0, Wh d + bh))
        x^ = m (.) x + (1 - m) (.) (gx (.) x' + (1 - gx) (.) x~)
        h' = gh (.) h(t-1)
        z = sigmoid(Wz x^ + Uz h' + Vz m + bz),   r = sigmoid(Wr x^ + Ur h' + Vr m + br)
        c = tanh(W x^ + U (r (.) h') + V m + b)
        h(t) = (1 - z) (.) h' + z (.) c

    Each channel has its own input decay; the decays of the state depend on all gaps.

    Attributes:
        hidden: units of the state.
        step: width of a step of the grid, hours.
    """

    hidden: int = 64
    step: float = 1.0

    def network(self, series: Series) -> Network:
        """A fresh network that knows the means of the training measurements."""
        return DecayNetwork(
            means=torch.from_numpy(means_of(series)),
            static=series.static.shape[1],
            hidden=self.hidden,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Values, masks and gaps."""
        return observed(series, self.step)


class DecayNetwork(Network):
    """The equations of GRU-D; all that does not need the state before is worked out for all steps at once."""

    means: Tensor

    def __init__(self, *, means: Tensor, static: int, hidden: int, dropout: float) -> None:
        super().__init__(width=hidden, static=static, dropout=dropout)
        channels = len(means)
        self.register_buffer("means", means)
        self.input_decay = nn.Parameter(torch.full((channels,), 0.5))
        self.input_decay_bias = nn.Parameter(torch.zeros(channels))
        self.state_decay = nn.Linear(channels, hidden)
        self.inputs = nn.Linear(2 * channels, 3 * hidden)
        self.gates = nn.Linear(hidden, 2 * hidden, bias=False)
        self.candidate = nn.Linear(hidden, hidden, bias=False)

    def states(self, *recorded: Tensor) -> Tensor:
        """The state after the last step, from values, masks and gaps, each (n, T, C)."""
        values, measured, gaps = recorded
        fade = decay(self.input_decay * gaps + self.input_decay_bias)
        filled = torch.lerp(self._before_first(values, measured), self.means, (1 - measured) * (1 - fade))
        driven = self.inputs(torch.cat([filled, measured], dim=2))
        fades = decay(self.state_decay(gaps))
        state = fades.new_zeros(len(values), fades.shape[2])
        for fading, inputs in zip(fades.unbind(1), driven.unbind(1), strict=True):
            state = self._step(state * fading, *inputs.chunk(3, dim=1))
        return state

    def _before_first(self, values: Tensor, measured: Tensor) -> Tensor:
        """The values, with the training mean where a channel has not been measured yet."""
        return torch.where(measured.cummax(dim=1).values > 0, values, self.means)

    def _step(self, state: Tensor, update: Tensor, reset: Tensor, candidate: Tensor) -> Tensor:
        """The next state, from the faded one and what the inputs add to both gates and to the candidate."""
        from_update, from_reset = self.gates(state).chunk(2, dim=1)
        kept = state * torch.sigmoid(reset + from_reset)
        return torch.lerp(
            state, torch.tanh(candidate + self.candidate(kept)), torch.sigmoid(update + from_update)
        )


def decay(rate: Tensor) -> Tensor:
    """exp(-max(0, rate)): 1 where the rate is not positive, towards 0 as it grows.

    Example:
        >>> decay(torch.tensor([-1.0, 0.0, 2.0])).tolist()
        [1.0, 1.0, 0.1353352814912796]
    """
    return torch.exp(-rate.relu())


def means_of(series: Series) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The mean of all measurements of each channel, 0 for one that was never measured."""
    size = len(series.names)
    counts = np.bincount(series.channels, minlength=size)
    sums = np.bincount(series.channels, weights=series.values, minlength=size)
    return (sums / np.maximum(counts, 1)).astype(np.float32)
