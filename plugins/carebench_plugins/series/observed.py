"""What was measured on a regular grid, as tensors: values carried forward, masks and time gaps.

Separate from the networks because five of them read the same three tensors, and each can be checked against a loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from carebench import Series

#: Gaps are given in days, so that they are of the order of one.
HOURS_A_DAY = 24.0
#: Standardised values beyond this are taken as this.
FARTHEST = 10.0


def observed(series: Series, step: float) -> tuple[Tensor, Tensor, Tensor]:
    """Values, masks and gaps of n units on a grid of T steps, each of shape (n, T, C).

    Args:
        series: of n units.
        step: width of a step of the grid, hours.

    Returns:
        Values carried forward, 0 (the training mean) before the first; 1 where a step holds a measurement, else 0;
        and days since the last step before that held one.
    """
    grid = torch.from_numpy(np.clip(series.grid(step), -FARTHEST, FARTHEST))
    measured = ~grid.isnan()
    return carried_forward(grid), measured.float(), time_gaps(measured, step / HOURS_A_DAY)


def carried_forward(grid: Tensor) -> Tensor:
    """The last value at or before each step, 0 before the first.

    Args:
        grid: shape (n, T, C), NaN where nothing was measured.

    Example:
        >>> carried_forward(torch.tensor([torch.nan, 2.0, torch.nan]).reshape(1, 3, 1)).flatten().tolist()
        [0.0, 2.0, 2.0]
    """
    latest = _latest(~grid.isnan())
    filled = grid.nan_to_num(0.0).gather(1, latest.clamp(min=0))
    return torch.where(latest >= 0, filled, 0.0)


def time_gaps(measured: Tensor, step: float) -> Tensor:
    """Time since the last step before that held a measurement of the channel.

    With m(t) = 1 where step t holds one, and steps of width s: d(1) = 0, and d(t) = s + (1 - m(t-1)) d(t-1).
    Source: Che et al. 2018, equation 2.

    Args:
        measured: shape (n, T, C), boolean.
        step: s; the gaps have its unit.

    Example:
        >>> time_gaps(torch.tensor([True, False, False, True, False]).reshape(1, 5, 1), 0.5).flatten().tolist()
        [0.0, 0.5, 1.0, 1.5, 0.5]
    """
    before = _latest(measured).roll(1, dims=1).clamp(min=0)
    before[:, :1] = 0
    return (_steps(measured) - before) * step


def _steps(measured: Tensor) -> Tensor:
    return torch.arange(measured.shape[1], device=measured.device)[None, :, None]


def _latest(measured: Tensor) -> Tensor:
    """Number of the last step at or before each that holds a measurement; -1 before the first."""
    return torch.where(measured, _steps(measured), -1).cummax(dim=1).values
