"""Effects of patients: our meta-learners against EconML's, recipes by hand, and networks where lines fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import wasserstein_distance
from tests.plugins.causal_data import study

if TYPE_CHECKING:
    from carebench_plugins.causal.learners import Recipe

from carebench_plugins.causal.learners import RECIPES, PseudoOutcome, SLearner, TLearner, XLearner
from carebench_plugins.causal.networks import CausalNetwork
from carebench_plugins.causal.nuisance import Nuisances, cross_fitted


def test_s_t_and_x_learners_are_econmls() -> None:
    """With linear regressions, effects equal EconML's to the last digits (the X-learner's propensity given)."""
    metalearners = pytest.importorskip("econml.metalearners")
    from sklearn.linear_model import LinearRegression, LogisticRegression

    drawn, fresh = study(400, 1), study(50, 2).X
    told = {"treatment": drawn.treatment}
    line, theirs = LinearRegression(), {}
    theirs["s"] = metalearners.SLearner(overall_model=line).fit(drawn.y, drawn.treatment, X=drawn.X)
    theirs["t"] = metalearners.TLearner(models=line).fit(drawn.y, drawn.treatment, X=drawn.X)
    theirs["x"] = metalearners.XLearner(
        models=line, cate_models=line, propensity_model=LogisticRegression(C=1e6, max_iter=2000)
    ).fit(drawn.y, drawn.treatment, X=drawn.X)
    ours: dict[str, Any] = {
        "s": SLearner().fit(drawn.X, drawn.y, **told),
        "t": TLearner().fit(drawn.X, drawn.y, **told),
    }
    ours["x"] = XLearner().fit(drawn.X, drawn.y, **told)
    for name, learner in ours.items():
        np.testing.assert_allclose(learner.effect(fresh), theirs[name].effect(fresh).ravel(), atol=1e-6)


def test_recipes_by_hand() -> None:
    """A treated patient and an untreated one, m0 = 1, m1 = 3, e = .25, outcomes 4 and 2; so m = 1.5."""
    given = Nuisances(untreated=np.ones(2), treated=np.full(2, 3.0), propensity=np.full(2, 0.25))
    y, arm = np.array([4.0, 2.0]), np.array([1.0, 0.0])
    expected: dict[Recipe, list[float]] = {
        "dr": [2 + 1 / 0.25, 2 - 1 / 0.75],
        "r": [2.5 / 0.75, 0.5 / -0.25],
        "u": [2.5 / 0.75, 0.5 / -0.25],
        "ra": [3.0, 1.0],
        "pw": [16.0, -2 / 0.75],
    }
    for recipe, values in expected.items():
        assert RECIPES[recipe](y, arm, given)[0] == pytest.approx(values), recipe
    assert RECIPES["r"](y, arm, given)[1] == pytest.approx([0.5625, 0.0625])


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_pseudo_outcomes_find_the_effect(recipe: Recipe) -> None:
    """With linear models, effects near 1 + .5 x0 in a large study."""
    drawn, fresh = study(6000, 3), study(300, 4).X
    learner = PseudoOutcome(recipe, base="linear", propensity="linear")
    found = learner.fit(drawn.X, drawn.y, treatment=drawn.treatment).effect(fresh)
    loose = {"u": 1.0, "pw": 1.0}.get(recipe, 0.2)
    assert np.sqrt(np.mean((found - 1 - 0.5 * fresh[:, 0]) ** 2)) < loose


def test_cross_fitting_never_shows_a_patient_its_own_outcome() -> None:
    """One outcome changed moves the predictions of others, and not its own."""
    drawn = study(100, 5)
    changed = drawn.y.copy()
    changed[7] += 100
    first, second = (
        cross_fitted(drawn.X, y, drawn.treatment, base="linear", propensity="linear", seed=3)
        for y in (drawn.y, changed)
    )
    assert first.treated[7] == second.treated[7]
    assert first.untreated[7] == second.untreated[7]
    assert not np.allclose(first.outcome, second.outcome)


def test_distances_by_hand_and_by_scipy() -> None:
    """Linear MMD is the squared distance of means; Sinkhorn's distance in one dimension is near scipy's."""
    torch = pytest.importorskip("torch")
    from carebench_plugins.causal import balance

    draw = np.random.default_rng(1)
    values = np.concatenate([draw.normal(0, 1, 60), draw.normal(2, 1, 40)])
    arm = torch.tensor([0.0] * 60 + [1.0] * 40)
    rows = torch.tensor(values[:, None])
    gap = values[60:].mean() - values[:60].mean()
    assert float(balance.mmd(rows, arm)) == pytest.approx(gap**2)
    exact = wasserstein_distance(values[60:], values[:60])
    assert float(balance.wasserstein(rows, arm)) == pytest.approx(exact, rel=0.1)
    for distance in balance.DISTANCES.values():
        assert float(distance(rows, torch.ones(100))) == 0.0


@pytest.mark.parametrize(
    ("architecture", "distance"),
    [
        ("tarnet", ""),
        ("tarnet", "mmd"),
        ("tarnet", "wasserstein"),
        ("dragonnet", ""),
        ("snet", ""),
        ("flextenet", ""),
    ],
)
def test_networks_bend_where_a_line_cannot(architecture: str, distance: str) -> None:
    """On an effect that is a step, each network halves the error of the linear S-learner, and answers again alike."""
    pytest.importorskip("torch")
    draw = np.random.default_rng(4)
    X, arm = draw.normal(size=(800, 3)), (draw.random(800) < 0.5).astype(float)
    effect = np.where(X[:, 0] > 0, 2.0, -2.0)
    y = np.sin(2 * X[:, 1]) + arm * effect + draw.normal(0, 0.5, 800)
    told: dict[str, Any] = {
        "balance": 0.01,
        "width": 40,
        "epochs": 250,
        "learning_rate": 0.01,
        "distance": distance,
    }
    told |= {"architecture": architecture, "targeted": float(architecture == "dragonnet")}
    network = CausalNetwork(**told)
    found = network.fit(X[:600], y[:600], treatment=arm[:600]).effect(X[600:])
    line = SLearner().fit(X[:600], y[:600], treatment=arm[:600]).effect(X[600:])
    errors = [np.sqrt(np.mean((each - effect[600:]) ** 2)) for each in (found, line)]
    assert errors[0] < errors[1] / 2
    again = network.fit(X[:600], y[:600], treatment=arm[:600]).effect(X[600:])
    np.testing.assert_array_equal(found, again)


@pytest.mark.slow
def test_the_latent_confounder_is_found_behind_its_proxies() -> None:
    """Four noisy proxies of a hidden cause: regression on them is off by a third, CEVAE by less than half of that."""
    pytest.importorskip("torch")
    from carebench_plugins.causal.autoencoder import CausalAutoencoder

    draw, rows = np.random.default_rng([5, 1]), 2000
    hidden = (draw.random(rows) < 0.5).astype(float)
    proxies = (draw.random((rows, 4)) < np.where(hidden[:, None] == 1, 0.8, 0.2)).astype(float)
    arm = (draw.random(rows) < np.where(hidden == 1, 0.75, 0.25)).astype(float)
    y = 2 * hidden + arm + draw.normal(0, 0.5, rows)
    line = SLearner().fit(proxies, y, treatment=arm).effect(proxies).mean()
    assert line - 1 > 0.3
    told: dict[str, Any] = {"latent": 2, "width": 32, "learning_rate": 0.01}
    network = CausalAutoencoder(**told)
    found = network.fit(proxies, y, treatment=arm).effect(proxies)
    assert abs(found.mean() - 1) < (line - 1) / 2
    np.testing.assert_array_equal(found, network.effect(proxies))


def test_latent_densities_by_scipy() -> None:
    """Log p(x | z) of a normal and a Bernoulli column is what scipy says of the decoder's answer."""
    torch = pytest.importorskip("torch")
    from scipy.stats import bernoulli, norm

    from carebench_plugins.causal.latent import LatentNetwork, Sizes

    torch.manual_seed(2)
    inputs = torch.tensor([[0.0, 0.3], [1.0, -1.2], [1.0, 0.7]])
    net, z = LatentNetwork(inputs, Sizes(columns=2, latent=2, width=5), chance=False), torch.randn(3, 2)
    with torch.no_grad():
        answer, found = net.decode(z).numpy(), net.of_covariates(z, inputs).numpy()
    chance, spread = 1 / (1 + np.exp(-answer[:, 0])), np.log(2) + 0.01
    expected = bernoulli.logpmf([0, 1, 1], chance) + norm.logpdf([0.3, -1.2, 0.7], answer[:, 1], spread)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["Bart", "BayesianCausalForest"])
def test_bayesian_trees_find_the_effect(kind: str) -> None:
    """Effects near 1 + .5 x0 with intervals about them, an average that holds 1, and the same answer again."""
    pytest.importorskip("stochtree")
    from carebench_plugins.causal import bayesian

    drawn, fresh = study(600, 1), study(100, 2).X
    first, again = (
        getattr(bayesian, kind)(trees=40).fit(drawn.X, drawn.y, treatment=drawn.treatment) for _ in range(2)
    )
    true, found = 1 + 0.5 * fresh[:, 0], first.effect(fresh)
    assert np.sqrt(np.mean((found - true) ** 2)) < 0.8 * true.std()
    low, high = first.effect_interval(fresh)
    assert np.mean((low < true) & (true < high)) > 0.5
    average = first.average_effect()
    assert average.low < 1 < average.high
    np.testing.assert_array_equal(found, again.effect(fresh))


def test_bayesian_trees_keep_risks_between_0_and_1() -> None:
    """With outcomes of 0 or 1 the trees are probit: an effect is a risk difference, and its interval lies within -1 and 1."""
    pytest.importorskip("stochtree")
    from carebench_plugins.causal.bayesian import BayesianCausalForest

    drawn = study(300, 6)
    died = (drawn.y > 0).astype(float)
    low, high = (
        BayesianCausalForest(trees=10).fit(drawn.X, died, treatment=drawn.treatment).effect_interval(drawn.X)
    )
    assert low.min() >= -1
    assert high.max() <= 1
    assert np.mean(low + high) / 2 > 0.1
