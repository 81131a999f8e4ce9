"""A picture as a row of numbers: colours, stains and edges, of the whole and of its middle.

Separate from the tasks because it knows no data set. One picture is in memory at a time, so that a data base of any size streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLOURS = ("red", "green", "blue")
STAINS = ("haematoxylin", "eosin", "residual")
#: Optical density of red, green and blue per unit of each stain. Source: Ruifrok and Johnston 2001, Anal Quant Cytol Histol 23:291-299.
DENSITIES = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
UNMIXED = np.linalg.inv(DENSITIES / np.linalg.norm(DENSITIES, axis=1, keepdims=True))
TENTHS = (10, 50, 90)
NAMES = (
    *(f"{colour} {what}" for colour in COLOURS for what in ("mean", "deviation", "p10", "p50", "p90")),
    *(f"{stain} {what}" for stain in STAINS for what in ("mean", "deviation", "p10", "p50", "p90")),
    "edges mean",
    "edges deviation",
    *(f"{channel} of the middle" for channel in (*COLOURS, *STAINS)),
)


def statistics(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The numbers that `NAMES` names, shape (38,), of an RGB picture of shape (height, width, 3).

    Colours are from 0 to 1. Stains are amounts by unmixing optical density, -ln of the light let through. Edges are lengths
    of the gradient of the mean colour. The middle is the square of a third of the width.

    Example:
        >>> grey = np.full((96, 96, 3), 128, np.uint8)
        >>> dict(zip(NAMES, statistics(grey), strict=True))["edges mean"]
        np.float32(0.0)
    """
    light = picture.astype(np.float64) / 255
    stains = -np.log(np.maximum(light, 1 / 255)) @ UNMIXED
    height, width = light.shape[:2]
    rows, columns = slice(height // 3, height - height // 3), slice(width // 3, width - width // 3)
    slopes = np.gradient(light.mean(axis=2))
    edges = np.hypot(*slopes)
    middle = [part[rows, columns].mean(axis=(0, 1)) for part in (light, stains)]
    told = [_five(light), _five(stains), [edges.mean(), edges.std()], *middle]
    return np.concatenate([np.ravel(each) for each in told]).astype(np.float32)


def _five(channels: Floats) -> Floats:
    """Mean, deviation and three percentiles of each channel, shape (3, 5)."""
    flat = channels.reshape(-1, channels.shape[2])
    return np.vstack([flat.mean(axis=0), flat.std(axis=0), np.percentile(flat, TENTHS, axis=0)]).T
