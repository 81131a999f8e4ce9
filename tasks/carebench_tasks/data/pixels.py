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
LEVELS = np.arange(256) / 255
#: Optical density of each of 256 values of light.
DARKNESS = -np.log(np.maximum(LEVELS, 1 / 255))
NAMES = (
    *(f"{colour} {what}" for colour in COLOURS for what in ("mean", "deviation", "p10", "p50", "p90")),
    *(f"{stain} {what}" for stain in STAINS for what in ("mean", "deviation", "p10", "p50", "p90")),
    "edges mean",
    "edges deviation",
    *(f"{channel} of the middle" for channel in (*COLOURS, *STAINS)),
)


def statistics(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The numbers that `NAMES` names, shape (38,), of an RGB picture of shape (height, width, 3).

    Colours are from 0 to 1, percentiles the lower ones of all pixels. Stains are amounts by unmixing optical density, -ln of
    the light let through, of every other pixel of every other row. Edges are lengths of the gradient of the mean colour. The
    middle is the square of a third of the width.

    Example:
        >>> grey = np.full((96, 96, 3), 128, np.uint8)
        >>> dict(zip(NAMES, statistics(grey), strict=True))["edges mean"]
        np.float32(0.0)
    """
    stains = DARKNESS[picture[::2, ::2]] @ UNMIXED
    means = picture.sum(axis=2, dtype=np.int32).astype(np.float32) / (3 * 255)
    edges = np.hypot(*np.gradient(means))
    middle = [_middle(picture) / 255, _middle(stains)]
    both = np.array([edges.mean(), edges.std()])
    told: list[Floats] = [_colours(picture), _stains(stains), both, *middle]
    return np.concatenate([np.ravel(each) for each in told]).astype(np.float32)


def _colours(picture: NDArray[np.uint8]) -> Floats:
    """Mean, deviation and three percentiles of each colour, shape (3, 5), exactly, from how often each of 256 values occurs."""
    told = []
    for channel in range(3):
        counts = np.bincount(picture[..., channel].ravel(), minlength=256)
        size, upto = counts.sum(), np.cumsum(counts)
        mean = counts @ LEVELS / size
        deviation = np.sqrt(max(counts @ LEVELS**2 / size - mean**2, 0.0))
        percentiles = LEVELS[[np.searchsorted(upto, size * tenth / 100) for tenth in TENTHS]]
        told.append([mean, deviation, *percentiles])
    return np.array(told)


def _stains(stains: Floats) -> Floats:
    """Mean, deviation and three percentiles of each stain, shape (3, 5)."""
    ranked = np.sort(stains.reshape(-1, 3), axis=0)
    places = [len(ranked) * tenth // 100 for tenth in TENTHS]
    return np.vstack([ranked.mean(axis=0), ranked.std(axis=0), ranked[places]]).T


def _middle(channels: NDArray[np.generic]) -> Floats:
    height, width = channels.shape[:2]
    inner = channels[height // 3 : height - height // 3, width // 3 : width - width // 3]
    return np.asarray(inner.mean(axis=(0, 1)), np.float64)
