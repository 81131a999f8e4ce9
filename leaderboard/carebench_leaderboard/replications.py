"""The bootstrap over replications: where each seed is a whole new data set, seeds are what varies.

Separate from influences of patients, which come with the table: these are drawn here, and the draws hang on the
cohort's name and the seeds alone, so that every model gets the same ones and differences are paired.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from carebench_leaderboard.centres import centre
from carebench_leaderboard.influence import REPLICATION, Influence
from carebench_leaderboard.intervals import LEVEL, Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench_leaderboard.records import OverSeeds
DRAWS = 2000
FEWEST = 5
TOO_FEW = f"fewer than {FEWEST} replications: their spread is hardly known"
ENOUGH_FOR_A_RATE = 200


@lru_cache(maxsize=2048)
def bootstrapped(
    values: tuple[float, ...], how: OverSeeds, cohort: str, seeds: tuple[int, ...]
) -> Influence | None:
    """Influence of `DRAWS` bootstrap replicates on the centre of `values`, one a seed; None below `FEWEST` seeds.

    Replicate b has sqrt(S / (S - 1)) (c_b - mean of c) / sqrt(B), with c_b the centre of the seeds drawn in b. The sum of
    squares is then the bootstrap variance times S / (S - 1), which makes it s^2/S for a mean; sums of products
    are covariances of two models or two tasks with the same seeds. Source: Efron and Tibshirani 1993, chapter 6.
    """
    size = len(seeds)
    if size < FEWEST:
        return None
    centres = centre(np.array(values)[drawn(cohort, seeds)], how)
    scale = math.sqrt(size / (size - 1) / DRAWS)
    return Influence(_numbers(), (centres - centres.mean()) * scale, frozenset({REPLICATION}))


@lru_cache(maxsize=1)
def _numbers() -> NDArray[np.uint64]:
    """Numbers of the draws, one array for all, so that they are matched once."""
    return np.arange(DRAWS, dtype=np.uint64)


@lru_cache(maxsize=4)
def drawn(cohort: str, seeds: tuple[int, ...]) -> NDArray[np.int32]:
    """Positions drawn with replacement from `seeds`, shape (`DRAWS`, S), the same for the same cohort and seeds."""
    text = "\n".join([cohort, *map(str, seeds)])
    key = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16])
    positions = np.random.default_rng(key).integers(0, len(seeds), size=(DRAWS, len(seeds)), dtype=np.int32)
    positions.flags.writeable = False
    return positions


def wilson(successes: int, trials: int) -> Interval:
    """95 % interval of a rate of `successes` in `trials`, both counts, trials at least 1.

    (p + z^2/2n +- z sqrt(p(1 - p)/n + z^2/4n^2)) / (1 + z^2/n). Source: Wilson 1927, JASA 22, 209-212.

    Example:
        >>> [round(bound, 4) for bound in (wilson(95, 100).low, wilson(95, 100).high) if bound is not None]
        [0.8882, 0.9785]
    """
    rate, square = successes / trials, float(ndtri((1 + LEVEL) / 2)) ** 2
    middle = rate + square / (2 * trials)
    half = math.sqrt(square * (rate * (1 - rate) / trials + square / (4 * trials**2)))
    whole = 1 + square / trials
    return Interval(max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole))
