"""What several raters say together: majority, Dawid-Skene, GLAD and MACE, on counts of labels.

Separate from the models because networks and consensus boards share them. Votes are counts of shape (n, R, K): how
often rater r gave item i label k; an item need not have every rater, nor a rater only one vote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDS = 500
TOLERANCE = 1e-8
SMALLEST = 1e-10
GLAD_ROUNDS, GLAD_TOLERANCE = 100, 1e-5


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """What was made of the votes.

    Attributes:
        shares: shape (K,), estimated share of each class.
        confusion: shape (R, K, K): P(rater r says b | true class a).
        posterior: shape (n, K), probability of each class for each item.
    """

    shares: Floats
    confusion: Floats
    posterior: Floats


def votes_of(raters: NDArray[np.integer], classes: int = 2) -> Floats:
    """Votes from a matrix of labels, shape (n, R), -1 where a rater gave none.

    Example:
        >>> votes_of(np.array([[1, -1]])).tolist()
        [[[0.0, 1.0], [0.0, 0.0]]]
    """
    return np.asarray(raters[:, :, None] == np.arange(classes), dtype=np.float64)


def majority_vote(votes: Floats) -> Consensus:
    """Each item's shares of votes; raters are judged by them: confusion[r, a, b] is r's share of b, weighted by a."""
    totals = votes.sum(axis=1)
    return _maximised(votes, totals / np.maximum(totals.sum(axis=1, keepdims=True), SMALLEST))


def dawid_skene(votes: Floats) -> Consensus:
    """Maximum likelihood of class shares and each rater's confusion matrix by EM, started from the shares of votes.

    E: P(a | votes of i) is proportional to share_a times the product over raters r and labels b of
    confusion[r, a, b]^votes[i, r, b]. M: shares are means of posteriors, confusion their weighted counts. Until no
    posterior moves by 1e-8, or 500 rounds.

    Source: Dawid, Skene 1979, Applied Statistics 28:20-28.
    """
    found = majority_vote(votes)
    for _ in range(ROUNDS):
        after = _maximised(votes, posterior(votes, found.shares, found.confusion))
        moved = float(np.abs(after.posterior - found.posterior).max(initial=0.0))
        found = after
        if moved < TOLERANCE:
            break
    return found


def posterior(votes: Floats, shares: Floats, confusion: Floats, prior: Floats | None = None) -> Floats:
    """P(class | votes), shape (n, K), by Bayes' rule; `prior`, (n, K), stands in for the shares where it is given."""
    start = np.log(np.maximum(shares[None] if prior is None else prior, SMALLEST))
    likelihood = np.einsum("irb,rab->ia", votes, np.log(np.maximum(confusion, SMALLEST)))
    joint = start + likelihood
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def confusion_given(votes: Floats, chance: Floats) -> Floats:
    """Each rater's confusion matrix, shape (R, K, K), given class probabilities of the items, shape (n, K)."""
    counted = np.einsum("ia,irb->rab", chance, votes)
    total = counted.sum(axis=2, keepdims=True)
    return np.asarray(np.where(total > 0, counted / np.maximum(total, SMALLEST), 1.0 / votes.shape[2]))


def glad(votes: Floats) -> Consensus:
    """GLAD: P(rater r is right on item i) = 1 / (1 + exp(-a_r exp(d_i))), skill a_r and ease d_i any real numbers.

    Errors are spread evenly over the K - 1 wrong classes, and classes are alike likely beforehand. EM: posteriors by
    Bayes' rule, then a and d at the maximum of the expected log likelihood with normal priors of mean and variance 1.

    Source: Whitehill et al. 2009, NeurIPS.
    """
    from scipy.optimize import minimize

    raters, given = votes.shape[1], votes.sum(axis=2)
    found = np.ones(raters + len(votes))
    chance = _glad_posterior(votes, found[:raters], found[raters:])
    for _ in range(GLAD_ROUNDS):
        right = np.einsum("irk,ik->ir", votes, chance)
        found = minimize(
            _glad_objective, found, args=(right, given), jac=True, method="L-BFGS-B", options={"maxiter": 25}
        ).x
        before, chance = chance, _glad_posterior(votes, found[:raters], found[raters:])
        if np.abs(chance - before).max(initial=0.0) < GLAD_TOLERANCE:
            break
    return _maximised(votes, chance)


def mace(votes: Floats) -> Consensus:
    """MACE: raters who know or guess, see `competence.posterior`; raters' confusion matrices follow from its posteriors.

    Source: Hovy et al. 2013, NAACL-HLT 1120-1130.
    """
    from carebench_plugins.noisy import competence

    return _maximised(votes, competence.posterior(votes))


def _glad_objective(parameters: Floats, right: Floats, given: Floats) -> tuple[float, Floats]:
    """Minus the expected log posterior of skills and eases, up to a constant, and its gradient."""
    from scipy.special import expit

    skill, ease = parameters[: right.shape[1]], parameters[right.shape[1] :]
    scale = np.exp(ease)[:, None]
    logit = skill * scale
    likelihood = -right * np.logaddexp(0, -logit) - (given - right) * np.logaddexp(0, logit)
    slope = right - given * expit(logit)
    of_skill, of_ease = (slope * scale).sum(axis=0), (slope * logit).sum(axis=1)
    value = likelihood.sum() - ((parameters - 1) ** 2).sum() / 2
    return -float(value), -(np.concatenate([of_skill, of_ease]) - (parameters - 1))


def _glad_posterior(votes: Floats, skill: Floats, ease: Floats) -> Floats:
    """P(class | votes), shape (n, K), classes alike likely beforehand."""
    logit = np.exp(ease)[:, None] * skill
    gain = np.log(votes.shape[2] - 1) + logit
    joint = np.einsum("irk,ir->ik", votes, gain)
    joint = np.exp(joint - joint.max(axis=1, keepdims=True))
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def _maximised(votes: Floats, chance: Floats) -> Consensus:
    return Consensus(shares=chance.mean(axis=0), confusion=confusion_given(votes, chance), posterior=chance)
