"""Methods for learning from noisy labels: one backbone, one training loop, and what each method changes of them.

This module and those called `listed_...` are their list; the methods are in the modules beside them, which need PyTorch
and are imported when one is built. The backbone of all but `savage-boosting` is the network of `erm-network`, so that
differences are the method's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.noisy import listed_losses, listed_noise, listed_raters

if TYPE_CHECKING:
    from carebench import Model


def models() -> tuple[Model, ...]:
    """The methods, plain training first."""
    return (
        *listed_losses.models(),
        *listed_noise.corrections(),
        *listed_noise.judges(),
        *listed_raters.crowds(),
        *listed_noise.others(),
        *listed_raters.rated(),
    )
