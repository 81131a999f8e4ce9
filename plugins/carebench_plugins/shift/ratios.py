"""How much likelier a training row is in the target: density ratios from two samples of inputs.

Separate from the classifier that is trained with them, so that each is held to a ratio that is known. All take source
(n, p) and target (m, p), and give weights of the source rows, shape (n,), at least 0, with mean 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Weights beyond this many times the mean are cut: one patient should not speak for hundreds.
LARGEST = 20.0
CENTRES = 100
#: Random Fourier features that stand for the Gaussian kernel of kernel mean matching.
FREQUENCIES = 200


def classifier_ratio(source: Floats, target: Floats, seed: int = 0) -> Floats:
    """w(x) = n / m p(target | x) / p(source | x), by logistic regression with five-fold held-out probabilities.

    Source: Bickel, Brueckner and Scheffer 2009, JMLR 10:2137-2155.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    both, part = np.vstack([source, target]), np.repeat([0, 1], [len(source), len(target)])
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    model = LogisticRegression(C=0.01, max_iter=500)
    likely = cross_val_predict(model, both, part, cv=folds, method="predict_proba")[: len(source), 1]
    return normalised(likely / (1 - likely))


def kernel_mean_matching(source: Floats, target: Floats, seed: int = 0) -> Floats:
    """Weights in [0, 20] of least || mean w phi(source) - mean phi(target) ||^2, phi of a Gaussian kernel.

    The kernel's width is the median distance; 200 random Fourier features stand for it, so that the cost is linear in
    rows; 300 steps of accelerated projected gradient.

    Source: Huang et al. 2007, NeurIPS (KMM); Rahimi and Recht 2007, NeurIPS (features).
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    width = median_distance(source, target, seed)
    turn = draw.normal(0, 1 / width, (source.shape[1], FREQUENCIES // 2))
    waves = [np.hstack([np.cos(part @ turn), np.sin(part @ turn)]) for part in (source, target)]
    goal, size = waves[1].mean(axis=0), len(source)
    pace = size**2 / np.linalg.norm(waves[0], 2) ** 2
    weights = momentum = np.ones(size)
    for step in range(300):
        gradient = waves[0] @ (waves[0].T @ momentum / size - goal) / size
        after = np.clip(momentum - pace * gradient, 0, LARGEST)
        momentum = after + step / (step + 3) * (after - weights)
        weights = after
    return normalised(weights)


def kliep(source: Floats, target: Floats, seed: int = 0) -> Floats:
    """w(x) = sum_l a_l k(x, c_l), a >= 0, of greatest mean log w over the target with mean 1 over the source.

    Centres are up to 100 target rows, the width is the median distance; 500 multiplicative steps (a <- a times its
    gradient ratio), which keep a at least 0 and never lower the likelihood.

    Source: Sugiyama et al. 2008, Annals of the Institute of Statistical Mathematics 60:699-746.
    """
    import numpy as np

    centres, width = _centres(target, seed), median_distance(source, target, seed)
    of_source, of_target = gaussian(source, centres, width), gaussian(target, centres, width)
    mass = of_source.mean(axis=0) + 1e-12
    share = np.full(len(centres), 1 / len(centres))
    for _ in range(500):
        likelihood = of_target / mass
        share = share * (likelihood / (likelihood @ share)[:, None]).mean(axis=0)
    return normalised(of_source @ (share / mass))


def ulsif(source: Floats, target: Floats, seed: int = 0) -> Floats:
    """w(x) = sum_l a_l k(x, c_l) of least squared error, a = (H + lambda I)^-1 h cut at 0.

    H is the mean over the source of k k', h the mean over the target of k. Width (half, once or twice the median
    distance) and lambda (.01, .1, 1) are chosen by the criterion a' H a / 2 - h' a on held-out halves.

    Source: Kanamori, Hido and Sugiyama 2009, JMLR 10:1391-1445.
    """
    import numpy as np

    draw, centres = np.random.default_rng(seed), _centres(target, seed)
    median = median_distance(source, target, seed)
    halves = [draw.permutation(len(part)) % 2 == 0 for part in (source, target)]
    best = (np.inf, median, 1.0)
    for width in (median / 2, median, 2 * median):
        kernels = [gaussian(part, centres, width) for part in (source, target)]
        for ridge in (0.01, 0.1, 1.0):
            fitted = _least_squares(kernels[0][halves[0]], kernels[1][halves[1]], ridge)
            judged = (kernels[0][~halves[0]] @ fitted) ** 2
            error = judged.mean() / 2 - (kernels[1][~halves[1]] @ fitted).mean()
            best = min(best, (float(error), width, ridge))
    _, width, ridge = best
    of_source = gaussian(source, centres, width)
    return normalised(of_source @ _least_squares(of_source, gaussian(target, centres, width), ridge))


def normalised(weights: Floats) -> Floats:
    """Weights cut at 20 times their mean and divided by the mean that is left; all 1 where none is positive."""
    import numpy as np

    mean = weights.mean()
    if not np.isfinite(mean) or mean <= 0:
        return np.ones(len(weights))
    cut = np.minimum(weights / mean, LARGEST)
    return np.asarray(cut / cut.mean())


def effective_share(weights: Floats) -> float:
    """(sum w)^2 / (n sum w^2): the share of rows that weighted ones are worth, above 0 to 1.

    Source: Kish 1965, Survey Sampling, section 11.7.

    Example:
        >>> import numpy as np
        >>> effective_share(np.array([1.0, 1.0, 0.0, 0.0]))
        0.5
    """
    return float(weights.sum() ** 2 / (len(weights) * (weights**2).sum()))


def gaussian(rows: Floats, centres: Floats, width: float) -> Floats:
    """exp(-|x - c|^2 / (2 width^2)), shape (n, centres)."""
    import numpy as np
    from scipy.spatial.distance import cdist

    return np.asarray(np.exp(-cdist(rows, centres, "sqeuclidean") / (2 * width**2)))


def median_distance(source: Floats, target: Floats, seed: int = 0) -> float:
    """Median distance between up to 500 rows of both, never 0."""
    import numpy as np
    from scipy.spatial.distance import pdist

    both = np.vstack([source, target])
    rows = np.random.default_rng(seed).permutation(len(both))[:500]
    return float(np.median(pdist(both[rows]))) or 1.0


def _centres(target: Floats, seed: int) -> Floats:
    import numpy as np

    return target[np.random.default_rng(seed).permutation(len(target))[:CENTRES]]


def _least_squares(of_source: Floats, of_target: Floats, ridge: float) -> Floats:
    import numpy as np

    second = of_source.T @ of_source / len(of_source)
    return np.maximum(np.linalg.solve(second + ridge * np.eye(len(second)), of_target.mean(axis=0)), 0)
