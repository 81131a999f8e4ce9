"""What all networks on series share: a state of each unit, and a head that reads the risk off it.

Separate from training, so that an architecture is one class with one method.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """A state of each unit, then one hidden layer on the state and what was known at the start, then the logit of the risk.

    Args:
        width: of the state, and of the hidden layer.
        static: columns that were known at the start.
        dropout: share of state and hidden units dropped in training.
    """

    def __init__(self, *, width: int, static: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(width + static, width)
        self.risk = nn.Linear(width, 1)

    def forward(self, static: Tensor, *recorded: Tensor) -> Tensor:
        """Logits of n units, shape (n,)."""
        state = self.dropout(self.states(*recorded))
        hidden = self.hidden(torch.cat([state, static], dim=1)).relu()
        logits: Tensor = self.risk(self.dropout(hidden)).squeeze(1)
        return logits

    def states(self, *recorded: Tensor) -> Tensor:
        """The states of n units, shape (n, width)."""
        raise NotImplementedError

    def start_at(self, share: float) -> None:
        """Put the share of events into the last bias, so that training starts at the prior."""
        nn.init.constant_(self.risk.bias, math.log(share / (1 - share)))
