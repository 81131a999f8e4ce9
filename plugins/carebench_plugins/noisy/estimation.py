"""How much noise is there? Estimates of the transition matrix T, and the held-out probabilities that they rest on.

Separate from the corrections because either works with any estimate. T[a, b] = P(recorded b | true a).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.noisy.network import RobustNetwork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 5
#: The anchor of a class is the row at this quantile of its probability, not the most extreme one.
ANCHOR_QUANTILE = 0.97
#: Estimated error rates are kept below this, so that T stays invertible.
MOST_ERROR = 0.48


def anchor_points(
    X: NDArray[np.floating], y: NDArray[np.generic], seed: int, settings: Mapping[str, Any]
) -> Floats:
    """T from anchor points: T[a, b] = P(recorded b | x_a), x_a a row that is surely of true class a.

    x_a is the row at the 97th percentile of the held-out probability of recorded label a, as in the authors' code. Where no
    row is sure, its doubt is taken for noise: a largest risk of .6 without any wrong label gives P(0|1) = .4, and data cannot
    tell the two apart (Scott, Blanchard, Handy 2013, COLT; Menon et al. 2015, ICML), so that there is no guard against it.

    Source: Patrini et al. 2017, CVPR.
    """
    import numpy as np

    chance = out_of_fold(X, y, seed, settings)[:, 1]
    high, low = np.quantile(chance, [ANCHOR_QUANTILE, 1 - ANCHOR_QUANTILE])
    return matrix(invented=float(low), missed=float(1 - high))


def confident_joint(
    X: NDArray[np.floating], y: NDArray[np.generic], seed: int, settings: Mapping[str, Any]
) -> Floats:
    """T from the confident joint: counts of recorded label and the class that a held-out probability is confident of.

    Source: Northcutt, Jiang, Chuang 2021, JAIR 70:1373-1411, by cleanlab.
    """
    import numpy as np
    from cleanlab.count import compute_confident_joint, estimate_latent

    chance, labels = out_of_fold(X, y, seed, settings), np.asarray(y, dtype=np.int64)
    joint = compute_confident_joint(labels, chance)
    _, noise, _ = estimate_latent(joint, labels)
    return matrix(invented=float(noise[1, 0]), missed=float(noise[0, 1]))


ESTIMATORS: dict[
    str, Callable[[NDArray[np.floating], NDArray[np.generic], int, Mapping[str, Any]], Floats]
] = {"anchor-points": anchor_points, "confident-joint": confident_joint}


def matrix(invented: float, missed: float) -> Floats:
    """T from P(1|0) and P(0|1), each kept within 0 and .48."""
    import numpy as np

    r0, r1 = np.clip([invented, missed], 0.0, MOST_ERROR)
    return np.array([[1 - r0, r0], [r1, 1 - r1]])


def out_of_fold(
    X: NDArray[np.floating], y: NDArray[np.generic], seed: int, settings: Mapping[str, Any]
) -> Floats:
    """Probabilities of the recorded labels by networks that did not train on them, shape (n, 2): five folds.

    Raises:
        Unsuited: when the rarer label has fewer than two rows.
    """
    import numpy as np

    found = np.empty((len(y), 2))
    for kept, left in folds(y, seed):
        network = RobustNetwork(settings=settings, random_state=seed).fit(X[kept], y[kept])
        found[left] = network.predict_proba_selected(X[left])
    return found


def folds(y: NDArray[np.generic], seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows to fit on and rows to judge, five times, stratified by recorded label.

    Raises:
        Unsuited: when the rarer label has fewer than two rows.
    """
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    counts = np.unique(y, return_counts=True)[1]
    if len(counts) < 2 or counts.min() < 2:
        raise Unsuited("needs at least two training rows of each recorded label, to hold one out")
    cut = StratifiedKFold(min(FOLDS, int(counts.min())), shuffle=True, random_state=seed)
    return list(cut.split(np.zeros(len(y)), y))
