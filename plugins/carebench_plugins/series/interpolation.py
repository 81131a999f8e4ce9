"""mTAND: attention over time interpolates every channel at reference points, which a GRU then reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from carebench_plugins.series.network import Network
from carebench_plugins.series.observed import FARTHEST
from carebench_plugins.series.training import SeriesClassifier

if TYPE_CHECKING:
    from carebench import Series


@dataclass(kw_only=True)
class InterpolationClassifier(SeriesClassifier):
    """Multi-time attention, the encoder (mTAND-Enc). Source: Shukla and Marlin 2021, ICLR, equations 1 to 4.

    Time is embedded by phi(t)[0] = w_0 t + a_0 and phi(t)[i] = sin(w_i t + a_i), learnt, with t in windows. A head
    interpolates channel c, measured as x_1, x_2, ... at t_1, t_2, ..., at a reference point t by

        k(t, t_j) = exp(phi(t) W V' phi(t_j)' / sqrt(d)),   x^(t) = sum_j k(t, t_j) x_j / sum_j k(t, t_j),

    0 where the channel was never measured. A linear map joins heads, channels and whether each was measured at all; a
    bidirectional GRU reads the points. Times are rounded to `resolution`, and equal ones averaged.

    Attributes:
        hidden: units of the GRU, in each direction, and width of its inputs.
        heads: of the attention.
        waves: d, width of the embedding of time and of each head.
        points: reference points, evenly over the window.
        resolution: hours to which times are rounded.
    """

    hidden: int = 32
    heads: int = 2
    waves: int = 32
    points: int = 32
    resolution: float = 0.25

    def network(self, series: Series) -> Network:
        """A fresh network."""
        return InterpolationNetwork(
            channels=len(series.names),
            static=series.static.shape[1],
            hidden=self.hidden,
            heads=self.heads,
            waves=self.waves,
            points=self.points,
            dropout=self.dropout,
        )

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """Times (n, L) in windows, values and masks (n, L, C), padded with times at which nothing is measured."""
        return moments(series, self.resolution)


def moments(series: Series, resolution: float) -> tuple[Tensor, Tensor, Tensor]:
    """The times at which a unit was measured, with values and masks; shapes (n, L), (n, L, C) and (n, L, C).

    Args:
        series: of n units.
        resolution: hours to which times are rounded; several values of a channel at one time are averaged.

    Returns:
        Times in windows, ascending; values, 0 where nothing was measured; masks. L is the largest number of times of a
        unit, at least 1; shorter units end in times 0 with empty masks.
    """
    units, channels = len(series), len(series.names)
    unit = np.repeat(np.arange(units), np.diff(series.starts))
    ticks = np.rint(series.hours / resolution).astype(np.int64)
    most = int(ticks.max(initial=0)) + 1
    found, moment = np.unique(unit * most + ticks, return_inverse=True)
    owner = found // most
    place = np.arange(len(found)) - np.searchsorted(owner, owner)
    length = int(place.max(initial=0)) + 1
    times = np.zeros((units, length), np.float32)
    times[owner, place] = (found % most) * (resolution / series.window)
    cell = (unit * length + place[moment]) * channels + series.channels
    size = units * length * channels
    counts = np.bincount(cell, minlength=size)
    sums = np.bincount(cell, weights=np.clip(series.values, -FARTHEST, FARTHEST), minlength=size)
    values = (sums / np.maximum(counts, 1)).astype(np.float32).reshape(units, length, channels)
    measured = (counts > 0).astype(np.float32).reshape(units, length, channels)
    return torch.from_numpy(times), torch.from_numpy(values), torch.from_numpy(measured)


class InterpolationNetwork(Network):
    """Embedding of time, attention, and the GRU over reference points."""

    reference: Tensor

    def __init__(
        self, *, channels: int, static: int, hidden: int, heads: int, waves: int, points: int, dropout: float
    ) -> None:
        super().__init__(width=2 * hidden, static=static, dropout=dropout)
        self.register_buffer("reference", torch.linspace(0, 1, points))
        self.trend = nn.Linear(1, 1)
        self.waves = nn.Linear(1, waves - 1)
        nn.init.uniform_(self.waves.weight, -(waves**0.5), waves**0.5)
        self.query = nn.Linear(waves, heads * waves)
        self.key = nn.Linear(waves, heads * waves)
        self.heads = heads
        self.join = nn.Linear((heads + 1) * channels, hidden)
        self.recurrent = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)

    def states(self, *recorded: Tensor) -> Tensor:
        """The last state in each direction, from times (n, L) and values and masks, each (n, L, C)."""
        times, values, measured = recorded
        curves = interpolate(self._scores(times), values, measured).transpose(1, 2).flatten(2)
        known = measured.amax(dim=1, keepdim=True).expand(-1, curves.shape[1], -1)
        read = self.join(torch.cat([curves, known], dim=2))
        last: Tensor = self.recurrent(read)[1]
        return last.transpose(0, 1).flatten(1)

    def _scores(self, times: Tensor) -> Tensor:
        """The exponents of k(t, t_j), shape (n, heads, points, L)."""
        queries = self.query(self._embedded(self.reference)).unflatten(1, (self.heads, -1))
        keys = self.key(self._embedded(times)).unflatten(2, (self.heads, -1))
        scores: Tensor = torch.einsum("phd,nlhd->nhpl", queries, keys) / keys.shape[3] ** 0.5
        return scores

    def _embedded(self, times: Tensor) -> Tensor:
        """The embedding phi of times of any shape, with one more dimension."""
        each = times[..., None]
        return torch.cat([self.trend(each), self.waves(each).sin()], dim=-1)


def interpolate(scores: Tensor, values: Tensor, measured: Tensor) -> Tensor:
    """The mean of each channel's values, weighted by exp(score), over the times at which it was measured.

    Args:
        scores: shape (n, H, R, L).
        values: shape (n, L, C), 0 where nothing was measured.
        measured: shape (n, L, C), 1 where measured.

    Returns:
        Shape (n, H, R, C); 0 for a channel that was never measured.
    """
    raised = torch.exp(scores - scores.detach().amax(dim=3, keepdim=True))
    sums = torch.einsum("nhrl,nlc->nhrc", raised, values * measured)
    weights = torch.einsum("nhrl,nlc->nhrc", raised, measured)
    return sums / weights.clamp(min=torch.finfo(weights.dtype).tiny)
