"""What single methods of deferral compute, against hand-worked values, other formulas and known optima."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from carebench import Unsuited
from carebench_plugins.defer import losses
from carebench_plugins.defer.advantage import AdvantageByScore, CapacityAssignment, _prices
from carebench_plugins.defer.combining import ConformalSets, ConfusionMatrix, LogisticOnBoth
from carebench_plugins.defer.exact import LinearTeam
from carebench_plugins.defer.experts import best_expert, rightness
from carebench_plugins.defer.networks import Recipe, train
from carebench_plugins.defer.posthoc import CompareConfidence, FewDecisions, TwoStageRejector
from carebench_plugins.defer.surrogates import AbstainingNetwork, ChanceNetwork, DeferringNetwork
from carebench_plugins.defer.triage import Triage
from carebench_plugins.defer.uncertain import MonteCarloDropout
from carebench_tasks.defer.realisable import World, simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def patients(rows: int, seed: int = 0) -> tuple[Floats, NDArray[np.int8], NDArray[np.int8]]:
    """Outcome by the first input; one expert is right in 95 % where the second is positive and in 60 % elsewhere."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, 3))
    y = (X[:, 0] + draw.logistic(0, 0.7, rows) > 0).astype(np.int8)
    right = draw.random(rows) < np.where(X[:, 1] > 0, 0.95, 0.6)
    return X, y, np.where(right, y, 1 - y).astype(np.int8)[:, None]


def system_error(model: Any, world: World, rows: slice) -> float:
    """Share of wrong decisions at the model's own operating point."""
    alone = model.predict_proba(world.x[rows])[:, 1] > 0.5
    handed = model.defer_score(world.x[rows]) > 0
    return float(np.mean(np.where(handed, world.human[rows], alone) != world.y[rows]))


def test_rightness_and_the_best_expert() -> None:
    """Unknown decisions count neither way; an expert without any is not the best."""
    expert, y = np.array([[1, -1, 0], [0, -1, 0], [1, -1, -1]], np.int8), np.array([1, 0, 0])
    np.testing.assert_array_equal(rightness(expert, y), [[1, np.nan, 0], [1, np.nan, 1], [0, np.nan, np.nan]])
    assert best_expert(expert, y) == 0


def outputs() -> tuple[Any, Any, Any, Floats]:
    """Two rows with two experts, of whom one decision is not known; and their softmax by hand."""
    g = torch.tensor([[0.5, -1.0, 0.2, 1.0], [0.0, 0.3, -0.4, 0.1]], dtype=torch.float64)
    h = torch.tensor([[1.0, 0.0], [float("nan"), 1.0]], dtype=torch.float64)
    e = np.exp(g.numpy())
    return g, torch.tensor([0, 1]), h, e / e.sum(axis=1, keepdims=True)


def test_cross_entropy_surrogate_by_hand() -> None:
    """-(w log p_y + sum of log p_j over experts who were right), w one half where some was."""
    g, y, h, p = outputs()
    rows = [-(0.5 * np.log(p[0, 0]) + np.log(p[0, 2])), -(0.5 * np.log(p[1, 1]) + np.log(p[1, 3]))]
    assert float(losses.cross_entropy(0.5).loss(g, y, h)) == pytest.approx(np.mean(rows))
    reading = losses.cross_entropy(0.5).read(g)
    np.testing.assert_allclose(reading.prefer.numpy(), p[:, 2:] - p[:, :2].max(axis=1, keepdims=True))


def test_realisable_surrogate_by_hand() -> None:
    """-2 log of the probability of any right outcome; it vanishes where that is certain."""
    g, y, h, p = outputs()
    rows = [-2 * np.log(p[0, 0] + p[0, 2]), -2 * np.log(p[1, 1] + p[1, 3])]
    assert float(losses.realisable().loss(g, y, h)) == pytest.approx(np.mean(rows))
    sure = torch.tensor([[-40.0, -40.0, 40.0]], dtype=torch.float64)
    assert float(losses.realisable().loss(sure, torch.tensor([0]), torch.ones(1, 1))) == pytest.approx(
        0, abs=1e-12
    )


def test_one_versus_all_by_hand() -> None:
    """A logistic loss for each class and each known decision."""
    g, y, h, _ = outputs()

    def phi(z: float) -> float:
        return float(np.log1p(np.exp(-z)))

    first = phi(0.5) + phi(1.0) + phi(0.2) + phi(-1.0)
    second = phi(0.3) + phi(0.0) + phi(0.1)
    assert float(losses.one_versus_all().loss(g, y, h)) == pytest.approx((first + second) / 2)


def test_asymmetric_softmax_by_hand() -> None:
    """The expert's chance has the classes' sum less their larger one in its denominator (Cao et al. 2023)."""
    g, y, h, _ = outputs()
    e = np.exp(g.numpy())
    q = e[:, 2:] / (e[:, :2].sum(axis=1) - e[:, :2].max(axis=1) + e[:, 2:].T).T
    classes = e[:, :2] / e[:, :2].sum(axis=1, keepdims=True)
    rows = [
        -np.log(classes[0, 0]) - np.log(q[0, 0]) - np.log(1 - q[0, 1]),
        -np.log(classes[1, 1]) - np.log(q[1, 1]),
    ]
    assert float(losses.asymmetric_softmax().loss(g, y, h)) == pytest.approx(np.mean(rows))
    np.testing.assert_allclose(losses.asymmetric_softmax().read(g).right.numpy(), q)


def test_mixture_and_gambler_by_hand() -> None:
    """The likelihood of the gate's mixture, and the stake kept at a payoff of 1.5."""
    g, y, h, p = outputs()
    gate = np.exp(np.column_stack([np.zeros(2), g.numpy()[:, 2:]]))
    gate /= gate.sum(axis=1, keepdims=True)
    classes = p[:, :2] / p[:, :2].sum(axis=1, keepdims=True)
    rows = [
        -np.log(gate[0, 0] * classes[0, 0] + gate[0, 1]),
        -np.log(gate[1, 0] * classes[1, 1] + gate[1, 2]),
    ]
    assert float(losses.mixture_of_experts().loss(g, y, h)) == pytest.approx(np.mean(rows))
    three = p[:, :3] / p[:, :3].sum(axis=1, keepdims=True)
    bets = [-np.log(three[0, 0] + three[0, 2] / 1.5), -np.log(three[1, 1] + three[1, 2] / 1.5)]
    assert float(losses.deep_gambler(1.5).loss(g[:, :3], y, h)) == pytest.approx(np.mean(bets))


def test_selective_net_by_hand() -> None:
    """Selective risk, the penalty for keeping too few, and the auxiliary head, half and half."""
    g = torch.tensor([[1.0, 0.0, 2.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0, 0.0]], dtype=torch.float64)
    kept = 1 / (1 + np.exp([2.0, -1.0]))
    entropy = np.log1p(np.exp(-1.0))
    expected = 0.5 * (entropy + 32 * (0.8 - kept.mean()) ** 2) + 0.5 * np.log(2)
    assert float(losses.selective_net(0.8).loss(g, torch.tensor([0, 1]), None)) == pytest.approx(expected)


@pytest.mark.parametrize("surrogate", ["one_versus_all", "asymmetric_softmax"])
def test_calibrated_surrogates_know_when_the_human_is_right(surrogate: str) -> None:
    """On either side of the second input their chance is near 95 and 60 %, what the expert was made with."""
    X, y, expert = patients(6000)
    model = ChanceNetwork(surrogate, random_state=1).fit(X, y, expert=expert)
    asked = patients(2000, seed=1)[0]
    chance = model.human_right(asked)
    assert chance[asked[:, 1] > 0.3].mean() == pytest.approx(0.95, abs=0.03)
    assert chance[asked[:, 1] < -0.3].mean() == pytest.approx(0.60, abs=0.05)


@pytest.mark.parametrize(
    "model",
    [
        CompareConfidence(),
        TwoStageRejector(),
        DeferringNetwork("cross_entropy", {"alpha": 1.0}),
        DeferringNetwork("realisable"),
        DeferringNetwork("mixture_of_experts"),
        ChanceNetwork("one_versus_all"),
        Triage(),
    ],
    ids=lambda model: f"{type(model).__name__} {getattr(model, 'surrogate', '')}".strip(),
)
def test_who_is_handed_over_is_whom_the_human_knows(model: Any) -> None:
    """Each method that sees decisions hands over unsure patients of the expert's own kind before sure ones of the other."""
    X, y, expert = patients(4000)
    extra = {"cost": np.zeros((4000, 1))} if isinstance(model, CompareConfidence) else {}
    model.fit(X, y, expert=expert, **extra)
    known, strange = np.array([[0.1, 1.5, 0.0]]), np.array([[2.5, -1.5, 0.0]])
    assert model.defer_score(known)[0] > model.defer_score(strange)[0]


def test_exact_team_is_perfect_where_perfection_is_linear() -> None:
    """On the realisable plane the programme finds a team without training error and proves it; few test errors follow."""
    world, train, test = simulate(2100, 2, 0.3, 0), slice(0, 100), slice(100, None)
    model = LinearTeam(rows=100, nodes=1000).fit(
        world.x[train], world.y[train], expert=world.human[train, None]
    )
    assert model.training_error_ == pytest.approx(0, abs=1e-9)
    assert model.optimality_gap_ == 0
    assert system_error(model, world, train) == 0
    assert system_error(model, world, test) < 0.08


def test_surrogates_stay_above_the_exact_team_in_the_published_order() -> None:
    """Linear teams trained long on two planes: realisable surrogate near 0, the consistent ones far above (Mozannar 2023)."""
    recipe = Recipe(
        hidden=(), dropout=0, learning_rate=0.05, weight_decay=0, batch=1000, epochs=400, patience=400
    )
    errors: dict[str, list[float]] = {"realisable": [], "cross_entropy": [], "one_versus_all": []}
    for seed, name in itertools.product((1, 2), errors):
        world = simulate(2000, 2, 0.3, seed)
        X, right = 4 * (world.x - 0.5), (world.human == world.y)[:, None].astype(np.float32)
        surrogate = getattr(losses, name)(**({"alpha": 1.0} if name == "cross_entropy" else {}))
        network = train(X, (world.y.astype(np.int64), right), surrogate.loss, 3, recipe, seed=0)
        said = surrogate.read(network.outputs(X))
        alone, handed = said.risk.numpy() > 0.5, said.prefer[:, 0].numpy() > 0
        errors[name].append(float(np.mean(np.where(handed, right[:, 0] == 0, alone != world.y))))
    means = {name: float(np.mean(found)) for name, found in errors.items()}
    assert 0 < means["realisable"] < 0.03
    assert 2 * means["realisable"] < min(means["cross_entropy"], means["one_versus_all"])


def test_exact_team_declines_many_columns_and_reports_its_gap() -> None:
    """Beyond its columns it says so; stopped at once on noise it reports a gap above 0."""
    X, y, expert = patients(60)
    with pytest.raises(Unsuited, match="at most 40 columns"):
        LinearTeam().fit(np.zeros((60, 41)), y, expert=expert)
    noise = np.random.default_rng(0).integers(0, 2, 60).astype(np.int8)
    assert LinearTeam(nodes=1).fit(X, noise, expert=1 - noise[:, None]).optimality_gap_ > 0


def test_confusion_matrix_is_bayes_rule() -> None:
    """With risk .3, sensitivity .8 and specificity .9 the event has .3 x .8 / (.3 x .8 + .7 x .1) after a 1."""
    model = ConfusionMatrix()
    model._matrix = np.array([[0.9, 0.1], [0.2, 0.8]])
    model._before = lambda score: np.full(len(score), 0.3)  # type: ignore[method-assign]
    assert model._after(np.zeros(1), 1)[0] == pytest.approx(0.24 / 0.31)
    assert model._after(np.zeros(1), 0)[0] == pytest.approx(0.06 / 0.69)
    assert model._says(np.zeros(1), 1)[0] == pytest.approx(0.31)


@pytest.mark.parametrize("kind", [ConfusionMatrix, LogisticOnBoth])
def test_a_further_opinion_never_lowers_expected_confidence(kind: type[ConfusionMatrix]) -> None:
    """The worth of the human's word is at least 0, and his word moves the risk in its own direction."""
    X, y, expert = patients(2000)
    model = kind().fit(X, y, expert=expert)
    assert model.defer_score(X).min() >= -2e-6
    after = model.predict_with_human(X)
    before = model.predict_proba(X)[:, 1]
    assert np.all((after[:, 0] <= before) & (before <= after[:, 1]))


def test_conformal_sets_cover_each_outcome() -> None:
    """At the chosen level the set misses the true outcome of at most that share of new patients, within four errors."""
    X, y, expert = patients(3000)
    model = ConformalSets().fit(X, y, expert=expert)
    new, truth, _ = patients(3000, seed=1)
    risk = model.predict_proba(new)[:, 1]
    own = [np.sort(scores[~np.isnan(scores)]) for scores in model._calibration]
    for outcome in (0, 1):
        rows = truth == outcome
        score = risk[rows] if outcome else 1 - risk[rows]
        missed = np.mean(
            (np.searchsorted(own[outcome], score, side="right") + 1) / (len(own[outcome]) + 1) <= model._level
        )
        assert missed <= model._level + 4 * np.sqrt(model._level * (1 - model._level) / rows.sum()) + 0.01


def test_advantage_by_score_equals_a_weighted_mean() -> None:
    """At one score it is the kernel mean of human right less model right, written out a second time."""
    X, y, expert = patients(800)
    model = AdvantageByScore(width=0.1).fit(X, y, expert=expert)
    from carebench_plugins.defer.classifiers import classifier, held_out_risk

    risk = held_out_risk(classifier("logistic", 0), X, y, 0)
    weight = np.exp(-0.5 * ((risk - 0.5) / 0.1) ** 2)
    gained = (expert[:, 0] == y).astype(float) - ((risk > 0.5) == y)
    assert model._advantage[50] == pytest.approx(np.average(gained, weights=weight), abs=1e-9)


def test_prices_are_the_duals_of_the_assignment() -> None:
    """One expert with room for half of four: his price lies between the second and third gain."""
    gains = np.array([[0.4], [0.3], [0.2], [0.1]])
    assert 0.2 <= _prices(gains, np.array([0.5]))[0] <= 0.3
    assert _prices(gains, np.array([1.0]))[0] == pytest.approx(0)


def test_assignment_keeps_each_expert_near_his_capacity() -> None:
    """Two experts, one better than the other: the better is chosen by no more patients than he takes, within a tenth."""
    X, y, expert = patients(3000)
    both = np.column_stack([expert[:, 0], patients(3000, seed=4)[2][:, 0]]).astype(np.int8)
    capacity = np.tile([0.2, 0.3], (3000, 1))
    model = CapacityAssignment().fit(X, y, expert=both, cost=np.zeros((3000, 2)), capacity=capacity)
    handed = model.defer_score(X) > 0
    shares = [np.mean(handed & (model.expert_choice(X) == number)) for number in (0, 1)]
    assert shares[0] <= 0.2 + 0.03
    assert shares[1] <= 0.3 + 0.03


def test_a_price_is_taken_from_the_chance() -> None:
    """The cost-sensitive rule's score is that of comparing confidence, less the cost."""
    X, y, expert = patients(500)
    cost = np.full((500, 1), 0.07)
    free, paid = (CompareConfidence(pays=pays).fit(X, y, expert=expert, cost=cost) for pays in (False, True))
    np.testing.assert_allclose(free.defer_score(X) - 0.07, paid.defer_score(X))


def test_self_training_uses_rows_without_decision() -> None:
    """With few decisions known the model of the human differs from one that drops the others, and still learns his side."""
    X, y, expert = patients(2000)
    few = np.where(np.arange(2000)[:, None] % 20 == 0, expert, -1).astype(np.int8)
    free = np.zeros((2000, 1))
    semi = FewDecisions().fit(X, y, expert=few, cost=free)
    plain = CompareConfidence().fit(X, y, expert=few, cost=free)
    assert not np.allclose(semi.human_right(X), plain.human_right(X))
    assert semi.human_right(X)[X[:, 1] > 0].mean() > semi.human_right(X)[X[:, 1] < 0].mean()


def test_abstaining_networks_abstain_from_their_share() -> None:
    """Of its own each abstains from a fifth of the training rows."""
    X, y, _ = patients(1000)
    for name, settings, count in (
        ("selective_net", {"coverage": 0.8}, 5),
        ("deep_gambler", {"payoff": 1.5}, 3),
    ):
        model = AbstainingNetwork(name, settings, count).fit(X, y)
        assert np.mean(model.defer_score(X) > 0) == pytest.approx(0.2, abs=0.01)


def test_dropout_passes_are_the_same_for_every_row() -> None:
    """A row's disagreement does not depend on who else is asked, and passes do disagree."""
    X, y, _ = patients(500)
    model = MonteCarloDropout(members=10).fit(X, y)
    np.testing.assert_allclose(model.defer_score(X[:3]), model.defer_score(X)[:3], atol=1e-12)
    assert model._risks(X).std(axis=0).max() > 0.001


def test_entropy_margin_and_confidence_order_alike() -> None:
    """With two outcomes the three usual scores of selective prediction are one order, so that one model stands for all."""
    risk = np.random.default_rng(0).random(500)
    table = np.column_stack([1 - risk, risk])
    entropy = -(table * np.log(table)).sum(axis=1)
    margin = -np.abs(table[:, 1] - table[:, 0])
    order = np.argsort(entropy)
    assert np.array_equal(order, np.argsort(margin))
    assert np.array_equal(order, np.argsort(-table.max(axis=1)))


def test_methods_that_need_decisions_say_so() -> None:
    """Without a single known decision each declines with the reason."""
    X, y, expert = patients(100)
    none = np.full_like(expert, -1)
    for model in (ConfusionMatrix(), ConformalSets(), AdvantageByScore(), Triage(), LinearTeam()):
        with pytest.raises(Unsuited, match="no decision of the expert is known"):
            model.fit(X, y, expert=none)
