"""Consensus of raters: the two published studies, a hand-worked Bayes' rule, and GLAD against another implementation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad

from carebench import Unsuited
from carebench_plugins.noisy import consensus
from carebench_plugins.noisy.rated import RaterConsensus
from carebench_tasks.consensus.studies import Anaesthetists, Dentists

ANAESTHETISTS, DENTISTS = Anaesthetists().split(0).train, Dentists().split(0).train


def test_anaesthetists_have_the_published_class_shares() -> None:
    """N1: 0.40, 0.42, 0.11 and 0.07 (Dawid and Skene 1979), to the printed digit."""
    found = RaterConsensus("dawid_skene").fit(ANAESTHETISTS)
    np.testing.assert_allclose(found.class_shares_, [0.40, 0.42, 0.11, 0.07], atol=0.005)


def test_first_anaesthetist_errs_as_published() -> None:
    """N1: observer 1's rows for true grades 2, 3 and 4, to the printed digit."""
    rows = RaterConsensus("dawid_skene").fit(ANAESTHETISTS).confusion_[0]
    published = [[0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
    np.testing.assert_allclose(rows[1:], published, atol=0.0051)


def test_dentists_equal_an_earlier_computation() -> None:
    """N2: a two-class latent class model by other code on the same counts; the paper's table was not seen."""
    found = RaterConsensus("dawid_skene").fit(DENTISTS)
    assert found.class_shares_[1] == pytest.approx(0.1997, abs=5e-4)
    np.testing.assert_allclose(found.confusion_[:, 1, 1], [0.404, 0.706, 0.591, 0.485, 0.913], atol=1e-3)
    np.testing.assert_allclose(found.confusion_[:, 0, 0], [0.994, 0.898, 0.987, 0.969, 0.696], atol=1e-3)


def test_likelihood_never_falls() -> None:
    """EM: the log likelihood of the dentists' labels after Dawid-Skene is at least that of the starting values."""

    def likelihood(found: consensus.Consensus) -> float:
        each = np.einsum("irb,rab->ia", votes, np.log(np.maximum(found.confusion, 1e-300)))
        return float(np.log(np.exp(each) @ found.shares).sum())

    model = RaterConsensus("dawid_skene").fit(DENTISTS)
    votes = model._votes(DENTISTS)
    assert likelihood(consensus.dawid_skene(votes)) > likelihood(consensus.majority_vote(votes))


def test_bayes_rule_by_hand() -> None:
    """Prior .2; a rater of sensitivity .9 and specificity .8 says yes: .18 / (.18 + .16)."""
    votes = np.array([[[0.0, 1.0]]])
    found = consensus.posterior(votes, np.array([0.8, 0.2]), np.array([[[0.8, 0.2], [0.1, 0.9]]]))
    assert found[0, 1] == pytest.approx(0.18 / 0.34)


def test_raters_that_err_are_found_out() -> None:
    """4,000 items, three raters of known rates: Dawid-Skene finds them within .03, and ranks the posterior right."""
    draw = np.random.default_rng(6)
    truth = draw.random(4000) < 0.3
    right = np.array([[0.95, 0.9], [0.7, 0.95], [0.85, 0.8]])
    said = np.stack(
        [np.where(draw.random(4000) < np.where(truth, *rates[[1, 0]]), truth, ~truth) for rates in right], 1
    )
    found = consensus.dawid_skene(consensus.votes_of(said.astype(np.int8)))
    np.testing.assert_allclose(found.confusion[:, [0, 1], [0, 1]], right, atol=0.04)
    assert ((found.posterior[:, 1] > 0.5) == truth).mean() > (said[:, 2] == truth).mean()


def test_glad_equals_another_implementation() -> None:
    """Class shares of the anaesthetists by crowd-kit 1.4.2, every reading a rater of its own, run once: within .005."""
    apart = ANAESTHETISTS.rename(columns=lambda name: str(name).replace("#", "_"))
    found = RaterConsensus("glad").fit(apart)
    np.testing.assert_allclose(found.class_shares_, [0.4045, 0.4406, 0.1272, 0.0277], atol=0.005)


def test_gradient_of_glad() -> None:
    """Against finite differences."""
    draw = np.random.default_rng(7)
    given = (draw.random((6, 3)) < 0.8).astype(float)
    right = given * draw.random((6, 3))

    def value(parameters: np.ndarray) -> float:
        return consensus._glad_objective(parameters, right, given)[0]

    def slope(parameters: np.ndarray) -> np.ndarray:
        return consensus._glad_objective(parameters, right, given)[1]

    assert check_grad(value, slope, draw.normal(size=9)) < 1e-4


def test_repeated_readings_belong_to_one_rater() -> None:
    """Seven columns, five raters; an item that nobody saw has the class shares."""
    model = RaterConsensus("dawid_skene").fit(ANAESTHETISTS)
    assert model.confusion_.shape == (5, 4, 4)
    unseen = ANAESTHETISTS.iloc[:1].copy()
    unseen.loc[:, :] = None
    np.testing.assert_allclose(model.predict_proba(unseen)[0], model.class_shares_)
    shares = RaterConsensus("majority_vote", by_vote=True).fit(ANAESTHETISTS).predict_proba(ANAESTHETISTS)
    np.testing.assert_allclose(shares[1], [0, 0, 5 / 7, 2 / 7])


def test_a_table_of_measurements_is_declined() -> None:
    """Ages are no labels."""
    with pytest.raises(Unsuited, match="given by raters"):
        RaterConsensus("dawid_skene").fit(pd.DataFrame({"age": np.arange(100.0)}))


def test_mace_finds_who_guesses() -> None:
    """2,000 items, three raters who know 9 times in 10 and one who says 1 whatever comes: he is found out, the rest agree."""
    draw = np.random.default_rng(8)
    truth = draw.random(2000) < 0.4
    knows = np.where(draw.random((2000, 3)) < 0.9, truth[:, None], draw.random((2000, 3)) < 0.5)
    votes = consensus.votes_of(np.column_stack([knows, np.ones(2000, bool)]).astype(np.int8))
    found = consensus.mace(votes)
    assert ((found.posterior[:, 1] > 0.5) == truth).mean() > 0.98
    np.testing.assert_allclose(found.confusion[3], [[0, 1], [0, 1]], atol=1e-9)
    np.testing.assert_allclose(found.confusion[:3, [0, 1], [0, 1]], 0.95, atol=0.04)
    unseen = consensus.mace(np.concatenate([votes[:50], np.zeros((1, 4, 2))]))
    np.testing.assert_allclose(unseen.posterior[-1], 0.5)


def test_mace_equals_another_implementation() -> None:
    """Share of caries among 600 teeth, 0 seen before 1, by crowd-kit 1.4.2 with 400 rounds, run once: within 1e-5."""
    votes = RaterConsensus("majority_vote").fit(DENTISTS)._votes(DENTISTS)
    some = np.random.default_rng(0).permutation(len(votes))[:600]
    assert consensus.mace(votes[some]).shares[1] == pytest.approx(0.3535929, abs=1e-5)
