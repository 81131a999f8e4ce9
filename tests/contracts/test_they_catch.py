"""The contracts fail where they should: each broken model, task and family below is caught by the check named."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from carebench import FloatRange, InvalidAnswer, Model, Scores, Split, Truth, Unsuited
from carebench.testing import FamilyContract, ModelContract, TaskContract, check_names, cut, simulate
from carebench_tasks.families.mortality import FAMILY
from tests.contracts.registry import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPAM: Any = TASKS["mortality/spam-toy"]


class Sound:
    """The share of events, for everybody: a sound model, from which the broken ones differ in one way."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Sound:
        self.share = float(np.mean(y))
        return self

    def predict_proba(self, X: Any) -> Floats:
        return np.full(len(X), self.share)


class Infinite(Sound):
    def predict_proba(self, X: Any) -> Floats:
        return np.full(len(X), np.inf)


class Unseeded(Sound):
    def fit(self, X: Any, y: Any) -> Sound:
        self.share = int.from_bytes(os.urandom(4)) / 2**32
        return self


class Overwriting(Sound):
    def fit(self, X: Any, y: Any) -> Sound:
        X[0] = 7
        return super().fit(X, y)


class ByPosition(Sound):
    def predict_proba(self, X: Any) -> Floats:
        return np.arange(len(X)) / len(X)


class ByCompany(Sound):
    def predict_proba(self, X: Any) -> Floats:
        return np.full(len(X), 1 / (1 + np.exp(-X.mean())))


class Forgetful(Sound):
    def __init__(self, random_state: int = 0) -> None:
        self.random_state = 3


class Brittle(Sound):
    def predict_proba(self, X: Any) -> Floats:
        if X["age"].isna().any():
            raise ValueError("age is missing")
        return super().predict_proba(X)


class Proud(Sound):
    def fit(self, X: Any, y: Any) -> Sound:
        self.column = X["surv"]
        return super().fit(X, y)


class Declining(Sound):
    def fit(self, X: Any, y: Any) -> Sound:
        raise Unsuited("only pigs")


def model(build: Any = Sound, **changes: Any) -> Model:
    """A model of the mortality family."""
    return replace(Model("sound", families=["mortality"], build=build), **changes)


BROKEN_MODELS = {
    "test_name_is_allowed": model(name="Sound Model"),
    "test_view_and_families_are_declared": model(families=[]),
    "test_params_are_plain_json": model(params={"penalty": {1, 2}}),
    "test_build_can_be_imported_anew": model("Sound"),
    "test_search_space_can_be_drawn_from_and_fitted": model(search={"penalty": FloatRange(0, 1)}),
    "test_seed_is_left_to_the_engine": model(Forgetful),
    "test_answers_as_its_family_declares": model(Infinite),
    "test_same_seed_gives_the_same_bits": model(Unseeded),
    "test_inputs_are_left_alone": model(Overwriting),
    "test_order_of_test_rows_does_not_matter": model(ByPosition),
    "test_company_of_test_rows_does_not_matter": model(ByCompany),
    "test_missing_values_and_unseen_levels_are_survived": model(Brittle, inputs="raw"),
    "test_declines_what_it_cannot_use": model(Proud, inputs="comparators"),
}


def checked(contract: type, check: str, **attributes: Any) -> Any:
    """The check of a contract whose subclass has these attributes."""
    return getattr(type("Contract", (contract,), attributes)(), check)


@pytest.mark.parametrize("check", check_names(ModelContract))
def test_each_check_catches_a_broken_model(check: str) -> None:
    """For every check of the contract there is a model that fails it, and the sound one does not."""
    with pytest.raises((AssertionError, ValueError), match=r"sound|Sound|age is missing"):
        checked(ModelContract, check, model=BROKEN_MODELS[check])()
    if check != "test_declines_what_it_cannot_use":
        checked(ModelContract, check, model=model())()


def test_fixed_seed_is_refused() -> None:
    """A seed among the parameters would make all seeds one."""
    with pytest.raises(AssertionError, match="params fix"):
        checked(ModelContract, "test_seed_is_left_to_the_engine", model=model(params={"random_state": 1}))()


@pytest.mark.parametrize(
    ("left_out", "why"),
    [
        (model(Declining), "only pigs"),
        (model(requires=["no-such-distribution"]), "not installed"),
        (model(families=["nobody-asks-this"]), "no installed plugin"),
        (model(modality="sound"), "takes sound inputs"),
    ],
)
def test_what_cannot_be_tried_is_skipped_with_the_reason(left_out: Model, why: str) -> None:
    """A check that does not apply is neither passed nor failed, and pytest shows why."""
    with pytest.raises(Exception, match=why) as caught:
        checked(ModelContract, "test_answers_as_its_family_declares", model=left_out)()
    assert caught.type.__name__ == "SkipTest"


def test_author_gives_inputs_of_his_own() -> None:
    """The sample that the author sets is the one that the model meets."""
    seen: list[Any] = []

    class Watching(Sound):
        def fit(self, X: Any, y: Any) -> Sound:
            seen.append(X.columns.tolist())
            return super().fit(X, y)

    split = cut()
    own = Split(train=split.train[["ward"]], test=split.test[["ward"]], reveals=split.reveals)
    attributes = {"inputs": own, "comparators": (), "demographics": ()}
    watched = model(Watching, inputs="raw")
    checked(ModelContract, "test_answers_as_its_family_declares", model=watched, **attributes)()
    assert seen == [["ward"]]


def test_toy_cohort_follows_its_equation() -> None:
    """Without missing lactate the true risk equals the formula, and deaths are as many as expected."""
    cohort = simulate(rows=2000)
    table = cohort.inputs
    z = -0.5 + 0.08 * (table["age"] - 65) + 0.8 * (table["sex"] == "male") + 2 * np.log(table["lactate"] / 2)
    whole = (table["lactate"].notna() & table["ward"].notna()).to_numpy()
    expected = 1 / (1 + np.exp(-(z + 0.5 * (table["ward"] == "c"))))
    np.testing.assert_allclose(cohort.risk[whole], expected[whole], rtol=1e-12)
    error = np.sqrt((cohort.risk * (1 - cohort.risk)).sum())
    assert abs(cohort.died.sum() - cohort.risk.sum()) < 4 * error


class Broken(type(SPAM)):  # type: ignore[misc]
    """The third party's toy task, changed in one way a test."""

    def __init__(
        self,
        split: Callable[[Split, int], Split] = lambda split, _: split,
        truth: Callable[[Truth, int], Truth] = lambda truth, _: truth,
        **declared: Any,
    ) -> None:
        self.change_split, self.change_truth = split, truth
        self.__dict__.update(declared)

    def split(self, seed: int) -> Split:
        """The toy's split, changed."""
        return self.change_split(super().split(seed), seed)

    def truth(self, seed: int) -> Truth:
        """The toy's truth, changed."""
        return self.change_truth(super().truth(seed), seed)

    @property
    def card(self) -> str:
        """The toy's card, unless another was declared."""
        return str(vars(self).get("text", SPAM.card))


def answers(**changed: Any) -> Callable[[Truth, int], Truth]:
    """A truth with other answers."""
    return lambda truth, _: replace(truth, answers={**truth.answers, **changed})


def reordered(split: Split, seed: int) -> Split:
    """Test rows sorted by outcome, as when two tables are stacked."""
    rows = np.argsort(SPAM.truth(seed).answers["event"], kind="stable")
    return replace(split, test=split.test.iloc[rows].reset_index(drop=True))


def sorted_truth(truth: Truth, seed: int) -> Truth:
    """The truth of `reordered`."""
    rows = np.argsort(truth.answers["event"], kind="stable")
    found = {name: values[rows] for name, values in truth.answers.items()}
    return Truth(units=truth.units[rows], answers=found)


def with_column(make: Callable[[int], Any]) -> Callable[[Split, int], Split]:
    """A further column of the test rows, and noise in the training rows."""
    return lambda split, seed: replace(
        split,
        train=split.train.assign(further=np.arange(len(split.train), dtype=float)),
        test=split.test.assign(further=make(seed)),
    )


def trained_on_tested(split: Split, seed: int) -> Split:
    """A split whose training rows hold its test rows."""
    rows = len(split.test)
    train = split.train.copy()
    train.iloc[:rows] = split.test.to_numpy()
    return replace(split, train=train)


def random_bytes(split: Split, _seed: int) -> Split:
    """A split with a number that nobody can draw again."""
    return replace(split, train=split.train.assign(age=int.from_bytes(os.urandom(4))))


def event_of(seed: int) -> Floats:
    """Who of the test rows died."""
    return np.asarray(SPAM.truth(seed).answers["event"], dtype=float)


BROKEN_TASKS: dict[str, Broken] = {
    "test_name_begins_with_its_family": Broken(family="shift"),
    "test_is_described_for_people": Broken(version=0),
    "test_data_card_has_every_heading": Broken(text="Who dies?\n\nInput: age."),
    "test_fingerprint_is_text": Broken(fingerprint=object),
    "test_split_is_in_form": Broken(lambda split, _: replace(split, reveals={"y": np.zeros(3)})),
    "test_declared_columns_exist": Broken(demographics=("birth weight",)),
    "test_series_belong_to_the_rows": Broken(modalities=("tabular", "series")),
    "test_images_belong_to_the_rows": Broken(modalities=("tabular", "image")),
    "test_truth_has_one_row_a_test_row": Broken(truth=answers(event=np.zeros(3))),
    "test_units_are_opaque_ids": Broken(
        truth=lambda truth, _: replace(truth, units=truth.units.astype(np.int64))
    ),
    "test_weights_are_not_negative": Broken(truth=answers(weight=np.linspace(-1, 1, 80))),
    "test_truth_follows_the_test_rows": Broken(reordered),
    "test_no_unit_is_trained_and_tested_on": Broken(trained_on_tested),
    "test_no_test_answer_is_in_the_split": Broken(with_column(event_of)),
    "test_no_input_ranks_the_answer_perfectly": Broken(with_column(lambda seed: 3 - 2 * event_of(seed))),
    "test_order_of_rows_tells_nothing": Broken(reordered, sorted_truth),
    "test_same_seed_gives_the_same_bytes": Broken(random_bytes),
    "test_seeds_do_what_the_design_says": Broken(design="fixed"),
}


@pytest.mark.parametrize("check", check_names(TaskContract))
def test_each_check_catches_a_broken_task(check: str) -> None:
    """For every check of the contract there is a task that fails it, and the toy unchanged does not."""
    with pytest.raises(AssertionError, match="task 'mortality/spam-toy'"):
        checked(TaskContract, check, task=BROKEN_TASKS[check])()
    checked(TaskContract, check, task=Broken())()


def scored(change: Callable[[Scores, Mapping[str, Any]], Scores]) -> Callable[..., Scores]:
    """The mortality family's `score` with its result changed."""
    return lambda truth, arrays: change(FAMILY.score(truth, arrays), arrays)


def with_auroc(make: Callable[[Any], float | None]) -> Callable[..., Scores]:
    """A `score` whose AUROC is another function of the risk."""
    return scored(
        lambda scores, arrays: replace(scores, metrics={**scores.metrics, "auroc": make(arrays["risk"])})
    )


def sorts_in_place(truth: Truth, arrays: Mapping[str, Any]) -> Scores:
    """Scores, and leaves the answer sorted."""
    scores = FAMILY.score(truth, arrays)
    arrays["risk"].sort()
    return scores


BROKEN_FAMILIES = {
    "test_name_is_allowed": {"name": "mortality/all"},
    "test_is_described_for_people": {"question": ""},
    "test_names_within_it_are_unique": {"metrics": (*FAMILY.metrics, FAMILY.primary)},
    "test_anchors_fit_the_primary_metric": {"no_skill": 1.5},
    "test_a_perfect_answer_scores_perfect": {"score": with_auroc(lambda _: 0.9)},
    "test_an_answer_without_skill_scores_no_skill": {"no_skill": 0.4},
    "test_an_ordinary_answer_has_every_metric": {"score": with_auroc(lambda _: 1.1)},
    "test_what_cannot_be_computed_has_a_reason": {"score": with_auroc(lambda _: float("nan"))},
    "test_contributions_have_one_number_a_row": {
        "score": scored(lambda scores, _: replace(scores, contributions={"auroc": np.zeros(3)}))
    },
    "test_order_of_rows_does_not_matter": {"score": with_auroc(lambda risk: float(risk[0]))},
    "test_scoring_leaves_the_answer_alone": {"score": sorts_in_place},
    "test_modules_that_decide_scores_are_named": {"modules": ()},
}


@pytest.mark.parametrize("check", check_names(FamilyContract))
def test_each_check_catches_a_broken_family(check: str) -> None:
    """For every check of the contract there is a family that fails it."""
    family = replace(FAMILY, **BROKEN_FAMILIES[check])  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="family"):
        checked(FamilyContract, check, family=family)()


def test_family_without_risk_is_told_what_to_override() -> None:
    """A family of another kind of answer gets the list of what its author writes."""
    family = replace(FAMILY, answers=FAMILY.answers[1:])
    with pytest.raises(AssertionError, match="override truth, perfect_answer"):
        checked(FamilyContract, "test_a_perfect_answer_scores_perfect", family=family)()


def test_contracts_speak_of_the_package_and_not_of_pytest() -> None:
    """An invalid answer reaches the author as a failed assertion that keeps the cause."""
    with pytest.raises(AssertionError, match="NaN or infinite in 60 of 60 rows") as caught:
        checked(ModelContract, "test_answers_as_its_family_declares", model=model(Infinite))()
    assert isinstance(caught.value.__cause__, InvalidAnswer)


class TestInherited(ModelContract):
    """What an author writes, whole: pytest finds the inherited checks, and this sound model passes them."""

    model: ClassVar[Model] = Model("inherited", families=["mortality"], build=Sound)
