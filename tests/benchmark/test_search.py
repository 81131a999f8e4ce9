"""Search spaces: plain, checked before anything runs, and understood by Optuna as they are meant."""

from __future__ import annotations

import math
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from carebench import Choice, FloatRange, IntRange, Model
from carebench.canonical import dump
from carebench.describe import check_parameters, describe_model
from carebench.errors import PluginError
from carebench.search import distributions, plain_space, random_points, values
from tests.benchmark.entries import ORIGIN

SPACE = {
    "C": FloatRange(1e-3, 10, log=True),
    "depth": IntRange(1, 8),
    "hidden": Choice([[32], [64, 32], None]),
}


def test_a_space_is_plain_json_and_sorted_by_name() -> None:
    """It is shown, hashed and sent as JSON, whatever the order in which it was written."""
    plain = plain_space(SPACE)
    assert list(plain) == ["C", "depth", "hidden"]
    assert dump(plain) == dump(plain_space(dict(reversed(SPACE.items()))))


def test_optunas_distributions_are_those_meant() -> None:
    """Ends, scales and choices survive; choices that are lists come back as lists."""
    made = distributions(plain_space(SPACE))
    assert made["C"] == FloatDistribution(1e-3, 10, log=True)
    assert made["depth"] == IntDistribution(1, 8)
    assert values(plain_space(SPACE), {"hidden": made["hidden"].choices[1]}) == {"hidden": [64, 32]}


def test_optunas_own_distributions_are_understood() -> None:
    """An author who has imported Optuna may use its classes: the same space comes out."""
    theirs = {"C": FloatDistribution(1e-3, 10, log=True), "depth": IntDistribution(1, 8)}
    assert plain_space(theirs) == plain_space({name: SPACE[name] for name in theirs})
    assert plain_space({"k": CategoricalDistribution([1, 2])}) == plain_space({"k": Choice([1, 2])})


def test_random_points_lie_in_the_space_and_repeat() -> None:
    """The same seed gives the same points; all lie within the ends; a logarithmic scale favours the small."""
    points = random_points(plain_space(SPACE), 60, seed=1)
    assert points == random_points(plain_space(SPACE), 60, seed=1)
    assert all(1e-3 <= point["C"] <= 10 and point["depth"] in range(1, 9) for point in points)
    assert {str(point["hidden"]) for point in points} == {"[32]", "[64, 32]", "None"}
    assert sum(point["C"] < math.sqrt(1e-3 * 10) for point in points) in range(15, 46)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (FloatRange(2, 1), "the smaller first"),
        (FloatRange(1, 1), "the smaller first"),
        (FloatRange(0, math.inf), "two finite numbers"),
        (FloatRange(math.nan, 1), "two finite numbers"),
        (FloatRange(0, 1, log=True), "a low end above 0"),
        (IntRange(1, 2.5), "of kind int"),  # type: ignore[arg-type]
        (IntRange(False, True), "two finite numbers"),  # noqa: FBT003
        (Choice([1]), "two or more different"),
        (Choice([1, 1]), "two or more different"),
        (Choice([1, object()]), "plain JSON"),
        ((0, 1), "searched over tuple"),
    ],
)
def test_an_impossible_range_is_refused_when_the_model_is_described(entry: Any, words: str) -> None:
    """The message names plugin, model and parameter, and says what was expected."""
    model = Model("m", families=["mortality"], build="sklearn.svm.SVC", search={"C": entry})
    with pytest.raises(PluginError, match=f"model 'm': .*'C'.*{words}"):
        describe_model(model, ORIGIN)


def test_a_parameter_that_build_does_not_take_is_refused() -> None:
    """At once where `build` is at hand, and where it is a dotted name when somebody asks for the check."""

    def make(C: float = 1.0) -> None:
        """Nothing."""

    model = Model("m", families=["mortality"], build=make, search={"D": FloatRange(0, 1)})
    with pytest.raises(PluginError, match=r"model 'm' searches 'D'; its build .*make takes no such argument"):
        describe_model(model, ORIGIN)
    dotted = Model("m", families=["mortality"], build="sklearn.svm.SVC", search={"D": FloatRange(0, 1)})
    with pytest.raises(PluginError, match="model 'm' searches 'D'"):
        check_parameters(dotted, ORIGIN)
