"""Colours of stained tissue: moved at random in training, or made alike; separate because they know no network.

All take and give tensors of light, shape (b, 3, H, W), 0 to 1.
"""

from __future__ import annotations

from typing import Any

import torch

#: Optical density of red, green and blue per unit of haematoxylin, eosin and residue. Source: Ruifrok and Johnston 2001,
#: Anal Quant Cytol Histol 23:291-299.
DENSITIES = torch.tensor([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
DARKEST = 1 / 255


def centred(light: Any) -> Any:
    """From -1 to 1."""
    return 2 * light - 1


def standardised(light: Any) -> Any:
    """Each colour of each picture with mean 0 and deviation 1 over its pixels; a colour that does not vary is 0."""
    away = light - light.mean(dim=(2, 3), keepdim=True)
    return away / away.square().mean(dim=(2, 3), keepdim=True).sqrt().clamp(min=DARKEST)


def jittered(light: Any, spread: float = 0.05) -> Any:
    """Each stain of each picture as s (1 + a) + b, with a and b uniform within `spread`, and back to light.

    Source: Tellez et al. 2018, IEEE Trans Med Imaging 37:2126-2136.
    """
    mixed = torch.nn.functional.normalize(DENSITIES, dim=1)
    stains = torch.einsum("bchw,cs->bshw", -light.clamp(min=DARKEST).log(), torch.linalg.inv(mixed))
    scale, shift = ((2 * torch.rand(2, len(light), 3, 1, 1) - 1) * spread).unbind()
    moved = torch.einsum("bshw,sc->bchw", stains * (1 + scale) + shift, mixed)
    return (-moved).exp().clamp(max=1)
