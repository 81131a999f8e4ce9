"""Average effects by weighting patients: inverse probability, overlap, matching and entropy-balancing weights.

Separate from the other methods because these share one estimator, the difference of weighted means, and differ in
whom they weight how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from carebench import Model, Unsuited
from carebench_plugins.causal.average import AverageEffect, with_error, with_influence
from carebench_plugins.causal.entries import average
from carebench_plugins.causal.regressions import RANK, Logistic, propensities, with_constant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["inverse", "trimmed", "overlap", "matching"]
#: Patients with a propensity outside these bounds are trimmed: Crump 2009.
TRIMMED_AT = 0.1
#: Means that differ by more standard deviations than this are not balanced, and how the search for weights is held back then.
UNBALANCED, PENALTY = 0.01, 0.01
ESTIMANDS = {"inverse": "ATE", "trimmed": "trimmed", "overlap": "ATO", "matching": "ATM"}


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        average(
            "ipw-horvitz-thompson",
            build=HorvitzThompson,
            title="IPW, Horvitz-Thompson",
            summary="Inverse-probability weights by logistic regression, without normalisation.",
            citation="Horvitz DG, Thompson DJ. J Am Stat Assoc 1952;47:663-685; Robins JM, Rotnitzky A, Zhao LP. J Am Stat Assoc 1994;89:846-866.",
            modules=MODULES,
        ),
        average(
            "ipw-hajek",
            build=Weighting,
            params={"kind": "inverse"},
            title="IPW, Hajek",
            summary="Inverse-probability weights, normalised within arms; stabilised weights give the same estimate.",
            citation="Hajek J. 1971; Robins JM, Hernan MA, Brumback B. Epidemiology 2000;11:550-560.",
            modules=MODULES,
        ),
        average(
            "ipw-trimmed",
            build=Weighting,
            params={"kind": "trimmed"},
            title="IPW, trimmed",
            summary="Hajek weights after patients with a propensity below .1 or above .9 are left out, whose effect is then not asked for.",
            citation="Crump RK, Hotz VJ, Imbens GW, Mitnik OA. Biometrika 2009;96:187-199.",
            modules=MODULES,
        ),
        average(
            "overlap-weights",
            build=Weighting,
            params={"kind": "overlap"},
            title="Overlap weights",
            summary="Each patient weighted by the probability of the other arm: the effect where arms overlap (ATO).",
            citation="Li F, Morgan KL, Zaslavsky AM. J Am Stat Assoc 2018;113:390-400.",
            modules=MODULES,
        ),
        average(
            "matching-weights",
            build=Weighting,
            params={"kind": "matching"},
            title="Matching weights",
            summary="Weights min(e, 1 - e) over the probability of one's own arm: what one-to-one matching estimates (ATM).",
            citation="Li L, Greene T. Int J Biostat 2013;9:215-234.",
            modules=MODULES,
        ),
        average(
            "entropy-balancing",
            build=EntropyBalancing,
            title="Entropy balancing",
            summary="Untreated patients weighted so that the means of all covariates equal those of the treated (ATT).",
            citation="Hainmueller J. Polit Anal 2012;20:25-46.",
            modules=MODULES,
        ),
        average(
            "ipw-censoring",
            build=CensoringWeighting,
            title="IPW for treatment and loss",
            summary="Stabilised weights for treatment times those for having been seen at the end.",
            citation="Hernan MA, Robins JM. Causal Inference: What If, chapter 12. 2020.",
            modules=MODULES,
        ),
    )


MODULES = ("carebench_plugins.causal.average", "carebench_plugins.causal.regressions")


class Weighting:
    """Difference of weighted means with propensities from logistic regression.

    The interval takes the weights as known, as a robust marginal structural model does: for inverse-probability weights
    it is then too wide rather than too narrow.

    Args:
        kind: which weights.
    """

    def __init__(self, kind: Kind = "inverse") -> None:
        self.kind = kind

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> Weighting:
        """Weight n patients and compare the arms."""
        self.weights = weights_of(self.kind, propensities(X, treatment), treatment)
        self._found = contrast(y, treatment, self.weights, ESTIMANDS[self.kind])
        return self

    def average_effect(self) -> AverageEffect:
        """The estimate for the estimand of the weights."""
        return self._found


class HorvitzThompson:
    """mean(A Y / e) - mean((1 - A) Y / (1 - e)), with propensities from logistic regression taken as known."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> HorvitzThompson:
        """Weight n patients and compare the arms."""
        self.weights = weights_of("inverse", propensities(X, treatment), treatment)
        signed = (2 * treatment - 1) * self.weights * y
        self._found = with_influence(float(signed.mean()), signed - signed.mean())
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found


class EntropyBalancing:
    """Weights of the untreated, nearest to equal in entropy, that give every covariate the mean of the treated.

    w_i is proportional to exp(x_i'b) with b the minimum of the convex dual log sum exp((x_i - mean of the treated)'b). A level
    that no untreated patient has is left out; where else no weights can balance all covariates, they are balanced as
    far as a small penalty lets them.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> EntropyBalancing:
        """Find the weights of the untreated among n patients and compare the arms."""
        import numpy as np

        treated, untreated = treatment == 1, treatment == 0
        inputs = np.asarray(X, np.float64)
        self.weights = np.ones(len(y))
        self.weights[untreated] = untreated.sum() * balancing(inputs[untreated], inputs[treated].mean(axis=0))
        self._found = contrast(y, treatment, self.weights, "ATT")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in the treated."""
        return self._found


class CensoringWeighting:
    """Stabilised inverse-probability weights for treatment and for having an outcome.

    w = P(A) / P(A | X) times P(seen | A) / P(seen | X, A), each by logistic regression on all rows.
    """

    def fit(
        self, X: Any, y: Floats, *, treatment: Floats, observed: Floats | None = None
    ) -> CensoringWeighting:
        """Weight the patients whose outcome was seen among n, and compare the arms.

        Raises:
            Unsuited: when no outcome was lost.
        """
        import numpy as np

        if observed is None:
            raise Unsuited("it weights for outcomes that were lost, and this task lost none")
        seen = np.asarray(observed, np.float64)
        score = propensities(X, treatment)
        share = treatment.mean()
        arm = np.where(treatment == 1, share / score, (1 - share) / (1 - score))
        given_arm = np.where(treatment == 1, seen[treatment == 1].mean(), seen[treatment == 0].mean())
        given_all = Logistic().fit(with_constant(X, treatment)[:, 1:], seen)
        stayed = given_arm / np.maximum(given_all.predict(with_constant(X, treatment)[:, 1:]), 1e-6)
        self.weights = arm * stayed * seen
        kept = seen == 1
        self._found = contrast(y[kept], treatment[kept], self.weights[kept], "ATE")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients, had none been lost."""
        return self._found


def weights_of(kind: Kind, score: Floats, treatment: Floats) -> Floats:
    """Weight of each patient, shape (n,): h(e) over the probability of the patient's own arm.

    h is 1 for `inverse`, 1 within [.1, .9] for `trimmed`, e (1 - e) for `overlap`, min(e, 1 - e) for `matching`.
    """
    import numpy as np

    tilts = {
        "inverse": np.ones(len(score)),
        "trimmed": ((score >= TRIMMED_AT) & (score <= 1 - TRIMMED_AT)).astype(np.float64),
        "overlap": score * (1 - score),
        "matching": np.minimum(score, 1 - score),
    }
    return np.asarray(tilts[kind] / np.where(treatment == 1, score, 1 - score))


def contrast(y: Floats, treatment: Floats, weights: Floats, estimand: str) -> AverageEffect:
    """Difference of weighted means, with the robust (HC0) standard error of the weighted regression of y on treatment."""
    import numpy as np

    influence = np.zeros(len(y))
    means = {}
    for arm, sign in ((1, 1.0), (0, -1.0)):
        share = np.where(treatment == arm, weights, 0.0)
        share = share / share.mean()
        means[arm] = float(np.mean(share * y))
        influence += sign * share * (y - means[arm])
    error = float(np.sqrt(influence @ influence)) / len(y)
    return with_error(means[1] - means[0], error, estimand)


def balancing(rows: Floats, target: Floats) -> Floats:
    """Entropy-balancing weights of `rows` towards the means `target`, shape (len(rows),), summing to 1.

    Columns and sums of columns that are the same in all rows are left out: no weights can move their means, and the
    search would end nowhere. Where no weights can balance the others, so that the search would end with all weight on
    one row, the dual is penalised by .01 |b|^2 / 2, b over columns of mean square 1, and weights balance as far as that lets
    them: Dudik, Phillips and Schapire 2007, Journal of Machine Learning Research 8, 1217-1260.
    """
    import numpy as np
    from scipy.special import softmax

    _, sizes, directions = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    varies = sizes > RANK * sizes.max(initial=1.0)
    centred = (rows - target) @ (directions[varies].T / sizes[varies]) * len(rows) ** 0.5

    weights: Floats = softmax(centred @ _tilt(centred, 0.0))
    if np.abs(weights @ centred).max(initial=0.0) > UNBALANCED:
        weights = softmax(centred @ _tilt(centred, PENALTY))
    return np.asarray(weights)


def _tilt(centred: Floats, penalty: float) -> Floats:
    """The minimum over b of log sum exp(x_i'b) + penalty |b|^2 / 2, x_i the rows of `centred`."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import logsumexp, softmax

    def dual(b: Floats) -> tuple[float, Floats]:
        tilted = centred @ b
        return float(logsumexp(tilted) + penalty * b @ b / 2), softmax(tilted) @ centred + penalty * b

    found = minimize(
        dual,
        np.zeros(centred.shape[1]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "gtol": 1e-9, "ftol": 1e-15},
    )
    return np.asarray(found.x)
