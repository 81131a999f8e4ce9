"""How much likelier an answer is in the target: label weights from a classifier's predictions there.

Separate from the classifier that uses them, so that each is held to weights that are known. Labels are 0 and 1; a weight
is the label's share in the target over its share in the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Unsuited

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: A confusion matrix whose smaller singular value is below this tells nothing of the target's shares.
SINGULAR = 0.01


def confusion(predicted: NDArray[np.generic], labels: NDArray[np.generic]) -> Floats:
    """C[i, j] = P(predicted i, label j) on held-out source rows, shape (2, 2)."""
    import numpy as np

    return np.array([[np.mean((predicted == i) & (labels == j)) for j in (0, 1)] for i in (0, 1)])


def shares(predicted: NDArray[np.generic]) -> Floats:
    """mu[i] = P(predicted i) in the target, shape (2,)."""
    import numpy as np

    return np.array([np.mean(predicted == i) for i in (0, 1)])


def bbse(matrix: Floats, target_shares: Floats) -> Floats:
    """Black-box shift estimation: w = C^-1 mu, cut at 0.

    Source: Lipton, Wang and Smola 2018, ICML.

    Raises:
        Unsuited: when C is near singular: the classifier does not tell the labels apart.
    """
    import numpy as np

    if np.linalg.svd(matrix, compute_uv=False)[-1] < SINGULAR:
        raise Unsuited("the confusion matrix is near singular: its predictions do not tell the labels apart")
    return np.asarray(np.maximum(np.linalg.solve(matrix, target_shares), 0))


def rlls(
    matrix: Floats, target_shares: Floats, rows: int, *, alpha: float = 0.01, delta: float = 0.05
) -> Floats:
    """Regularised learning under label shift: w = 1 + theta, theta of least |C theta - b| + rho |theta|, theta >= -1.

    b is the difference of the target's predicted shares from the source's, and rho = 3 alpha (2 ln(2 k / delta) / (3 n) +
    sqrt(2 ln(2 k / delta) / n)), with k = 2 labels and n held-out rows.

    Source: Azizzadenesheli, Liu, Yang and Anandkumar 2019, ICLR.
    """
    import numpy as np
    from scipy.optimize import minimize

    log = np.log(2 * 2 / delta)
    rho = 3 * alpha * (2 * log / (3 * rows) + np.sqrt(2 * log / rows))
    apart = target_shares - matrix.sum(axis=1)

    def objective(theta: Floats) -> float:
        return float(np.linalg.norm(matrix @ theta - apart) + rho * np.linalg.norm(theta))

    starts = [np.zeros(2), np.linalg.lstsq(matrix, apart, rcond=None)[0]]
    found = [
        minimize(
            objective,
            np.maximum(start, -1),
            method="Nelder-Mead",
            bounds=[(-1, None)] * 2,
            options={"xatol": 1e-9, "fatol": 1e-12},
        )
        for start in starts
    ]
    return np.asarray(1 + min(found, key=lambda each: each.fun).x)


def expectation_maximisation(risk: Floats, prevalence: float) -> Floats:
    """Saerens' EM: the target prevalence that makes calibrated source risks likeliest there, as weights.

    E: p_i <- w_1 p_i / (w_1 p_i + w_0 (1 - p_i)); M: w_1 = mean p / q, w_0 = (1 - mean p) / (1 - q), until both are still.

    Source: Saerens, Latinne and Decaestecker 2002, Neural Computation 14:21-41.

    Args:
        risk: shape (m,), calibrated on the source, of target rows.
        prevalence: q, of the source.
    """
    import numpy as np

    weights = np.ones(2)
    for _ in range(5000):
        share = float(corrected(risk, weights).mean())
        after = np.array([(1 - share) / (1 - prevalence), share / prevalence])
        still = np.abs(after - weights).max() < 1e-10
        weights = after
        if still:
            break
    return weights


def corrected(risk: Floats, weights: Floats) -> Floats:
    """Risks under other shares of the labels: w_1 p / (w_1 p + w_0 (1 - p)).

    Example:
        >>> import numpy as np
        >>> corrected(np.array([0.5]), np.array([0.5, 1.5])).tolist()
        [0.75]
    """
    import numpy as np

    up, down = weights[1] * risk, weights[0] * (1 - risk)
    return np.asarray(up / np.maximum(up + down, 1e-300))
