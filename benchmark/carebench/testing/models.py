"""The contract of a model; separate from the other two because authors of models write neither tasks nor families."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from carebench import pinning
from carebench.canonical import dump
from carebench.describe import MODALITIES
from carebench.errors import Unsuited
from carebench.estimators import build, parameters, resolve, takes
from carebench.images import Images
from carebench.model import Inputs, Model
from carebench.names import RULE, is_dotted, is_word
from carebench.search import plain_space, random_points
from carebench.seeds import order
from carebench.series import Series
from carebench.splits import take_rows
from carebench.testing import toy
from carebench.testing.expectations import (
    as_given_to_models,
    expect,
    expect_answer,
    installed_families,
    skip,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from carebench.family import Family
    from carebench.task import Split

    Arrays = Mapping[str, NDArray[Any]]

#: The engine derives seeds of 32 bits without sign; a small one would hide that an estimator takes only 31.
SEED = 4_000_000_000
#: How far an answer may move, absolutely and relatively, when other rows are asked with it: float32 batches round.
TOLERANCE = 1e-6


class ModelContract:
    """What a model must keep. Inherit it as `Test...` and set `model`.

    Every check runs for each family of the model that an installed plugin registers, once for families that fit, ask and
    declare answers alike.

    Attributes:
        model: the model under test.
        inputs: a tabular split to try it on, in place of the simulated cohort of `carebench.testing.simulate`,
            for a model that needs other columns, or a family that reveals more than `y`.
        comparators: columns of `inputs` that hold published scores.
        demographics: columns of `inputs` that hold age and sex.
        points: how many random points of the search space are fitted.
        static: columns of `inputs` that a model of series sees beside the measurements.

    Example:
        >>> class TestForest(ModelContract):
        ...     model = Model("forest", families=["mortality"], build="sklearn.ensemble.ExtraTreesClassifier")
        >>> TestForest().test_order_of_test_rows_does_not_matter()
    """

    model: ClassVar[Model]
    inputs: ClassVar[Split | None] = None
    comparators: ClassVar[Sequence[str]] = toy.COMPARATORS
    demographics: ClassVar[Sequence[str]] = toy.DEMOGRAPHICS
    points: ClassVar[int] = 3
    static: ClassVar[Sequence[str]] = toy.STATIC

    def test_name_is_allowed(self) -> None:
        """The name keeps the one rule for names."""
        name = self.model.name
        expect(is_word(name), f"the model's name {name!r} is not allowed; use {RULE}")

    def test_view_and_families_are_declared(self) -> None:
        """The view is a known one and belongs to the modality, and each family is named as a family can be."""
        model, views = self.model, get_args(Inputs)
        expect(model.inputs in views, f"{self._me}: inputs={model.inputs!r}; give one of {', '.join(views)}")
        for kind in MODALITIES:
            expect(
                (model.inputs == kind) == (model.modality == kind),
                f"{self._me}: inputs={model.inputs!r} with modality={model.modality!r}; {kind!r} is of both or of neither",
            )
        odd = [name for name in model.families if not is_word(name)]
        expect(model.families and not odd, f"{self._me}: families={model.families!r}; give names of families")

    def test_params_are_plain_json(self) -> None:
        """The parameters are JSON values, since they are shown, hashed and sent as JSON."""
        try:
            dump(dict(self.model.params))
        except (TypeError, ValueError) as error:
            raise AssertionError(
                f"{self._me}: params must be plain JSON values; build objects inside `build`: {error}"
            ) from error

    def test_build_can_be_imported_anew(self) -> None:
        """A child process finds `build` again by its name."""
        make = self.model.build
        if isinstance(make, str):
            expect(is_dotted(make), f"{self._me}: build={make!r}; give a dotted name such as 'package.Class'")
            resolve(make)
        else:
            expect(
                callable(make), f"{self._me}: build is {make!r}; give a class, a function or a dotted name"
            )

    def test_search_space_can_be_drawn_from_and_fitted(self) -> None:
        """`build` takes every parameter of the search space, and random points of it answer as the family declares."""
        unknown = [name for name in self.model.search if not takes(self.model.build, name)]
        expect(not unknown, f"{self._me}: search has {unknown}, which build does not take")
        points = (
            random_points(plain_space(self.model.search), self.points, seed=0) if self.model.search else []
        )
        for family, split in self._cases() if points else ():
            for point in points:
                pinning.seed_everything(SEED, 1)
                params = {**self.model.params, **point}
                fitted = family.fit(build(self.model.build, params, seed=SEED, threads=1), split)
                self._ask(family, fitted, split)

    def test_seed_is_left_to_the_engine(self) -> None:
        """The parameters fix no seed, and the estimator gets the one that the engine derives."""
        fixed = sorted({"random_state", "seed"} & set(self.model.params))
        expect(not fixed, f"{self._me}: params fix {fixed}; leave it out: every cell gets a seed of its own")
        self._need_libraries()
        accepted, estimator = parameters(self.model.build), self._build()
        name = next((name for name in ("random_state", "seed") if name in accepted), "")
        kept = getattr(estimator, name, SEED) if name else SEED
        expect(kept == SEED, f"{self._me}: the estimator was built with {name}={SEED} and holds {kept!r}")

    def test_answers_as_its_family_declares(self) -> None:
        """Every array has its name, shape and range, and finite numbers only."""
        for family, split in self._cases():
            self._ask(family, self._fit(family, split), split)

    def test_same_seed_gives_the_same_bits(self) -> None:
        """Two fits with the same seed give the same answer to the last bit."""
        for family, split in self._cases():
            first, second = (self._ask(family, self._fit(family, split), split) for _ in range(2))
            moved = [name for name in first if first[name].tobytes() != second[name].tobytes()]
            expect(
                not moved,
                f"{self._about(family)}: {moved} differ between two fits with one seed; draw from `random_state`",
            )

    def test_inputs_are_left_alone(self) -> None:
        """Fitting and asking change neither inputs nor training answers in place: other models share them."""
        for family, split in self._cases():
            parts = {"train": split.train, "test": split.test, **split.reveals}
            parts |= {} if split.unlabelled is None else {"unlabelled": split.unlabelled}
            before = {name: _frames(part) for name, part in parts.items()}
            self._ask(family, self._fit(family, split), split)
            changed = [name for name, part in parts.items() if not _equal(_frames(part), before[name])]
            expect(not changed, f"{self._about(family)}: {changed} changed in place; work on a copy")

    def test_order_of_test_rows_does_not_matter(self) -> None:
        """A row's answer is the same wherever the row stands, within the tolerance."""
        self._expect_rows_stand_alone(
            {"the test rows came in another order": lambda size: order("another order", size=size)}
        )

    def test_company_of_test_rows_does_not_matter(self) -> None:
        """A row's answer is the same whichever other rows are asked with it, within the tolerance."""
        self._expect_rows_stand_alone(
            {
                "only every seventh test row was asked": lambda size: range(0, size, 7),
                "the first test row was asked alone": lambda _: [0],
            }
        )

    def test_missing_values_and_unseen_levels_are_survived(self) -> None:
        """Test rows with missing numbers, levels that no training row has, or no measurement, are answered all the same."""
        split = self._seen(toy.with_surprises(self._sample))
        for family in self._families():
            self._ask(family, self._fit(family, split), split)

    def test_declines_what_it_cannot_use(self) -> None:
        """Columns that it does not know, none at all, or absurd values: it answers soundly, or raises `Unsuited`."""
        if self.model.inputs not in ("comparators", "demographics"):
            skip("only models that read a task's declared columns may meet some that they cannot use")
        for family, split in self._cases():
            for strange in _strange(split):
                try:
                    self._ask(family, family.fit(self._build(), strange), strange)
                except Unsuited as reason:
                    expect(
                        str(reason), f"{self._about(family)}: declines without a reason; say what it needs"
                    )
                except Exception as error:
                    columns = list(strange.test.columns)
                    raise AssertionError(
                        f"{self._about(family)}: with the columns {columns} it fails ({error!r}); raise "
                        "carebench.Unsuited with the reason instead"
                    ) from error

    @property
    def _me(self) -> str:
        return f"model {self.model.name!r}"

    def _about(self, family: Family) -> str:
        return f"{self._me}, family {family.name!r}"

    @property
    def _sample(self) -> Split:
        return toy.cut() if self.inputs is None else self.inputs

    def _seen(self, split: Split) -> Split:
        static = () if split.train_series is None else self.static
        return as_given_to_models(split, self.model.inputs, self.comparators, self.demographics, static)

    def _cases(self) -> Iterator[tuple[Family, Split]]:
        """Each family with a fresh copy of the sample, in the model's view."""
        for family in self._families():
            yield family, self._seen(self._sample)

    def _families(self) -> list[Family]:
        if self.model.modality not in ("tabular", *MODALITIES):
            skip(
                f"{self._me} takes {self.model.modality} inputs; this contract tries tables, series and images"
            )
        self._need_libraries()
        known = installed_families()
        asked = {
            (known[name].fit, known[name].ask, known[name].answers): known[name]
            for name in self.model.families
            if name in known
        }
        found = list(asked.values())
        return found or skip(f"no installed plugin registers a family of {self._me}")

    def _need_libraries(self) -> None:
        from importlib.metadata import PackageNotFoundError, version

        for needed in self.model.requires:
            try:
                version(needed)
            except PackageNotFoundError:
                skip(f"{self._me} needs {needed}, which is not installed")

    def _build(self) -> Any:
        pinning.seed_everything(SEED, 1)
        return build(self.model.build, self.model.params, seed=SEED, threads=1)

    def _fit(self, family: Family, split: Split) -> Any:
        try:
            return family.fit(self._build(), split)
        except Unsuited as reason:
            skip(
                f"{self._about(family)} declines the sample: {reason}; set `inputs` to a split that it takes"
            )

    def _ask(self, family: Family, fitted: Any, split: Split) -> Arrays:
        arrays = family.ask(fitted, split)
        expect_answer(
            arrays,
            family,
            {"train": len(split.train), "test": len(split.test), "one": 1},
            self._about(family),
        )
        return arrays

    def _expect_rows_stand_alone(self, choices: Mapping[str, Callable[[int], Sequence[int]]]) -> None:
        """A row's answer stays when other rows, or the same in another order, are asked; one fit for all choices."""
        for family, split in self._cases():
            fitted = self._fit(family, split)
            whole = self._ask(family, fitted, split)
            for how, choose in choices.items():
                rows = list(choose(len(split.test)))
                part = self._ask(family, fitted, replace(split, test=take_rows(split.test, rows)))
                for name in _arrays_of_test_rows(family, whole):
                    self._expect_near(part[name], whole[name][rows], f"{self._about(family)}: {name}", how)

    def _expect_near(self, moved: NDArray[Any], kept: NDArray[Any], what: str, how: str) -> None:
        import numpy as np

        furthest = float(np.abs(moved - kept).max(initial=0))
        expect(
            np.allclose(moved, kept, rtol=TOLERANCE, atol=TOLERANCE),
            f"{what} moved by up to {furthest:.3g} when {how}; each row is one patient: answer it from itself and "
            f"the training rows alone (tolerance {TOLERANCE:g})",
        )


def _arrays_of_test_rows(family: Family, arrays: Arrays) -> list[str]:
    return [answer.name for answer in family.answers if answer.rows == "test" and answer.name in arrays]


def _frames(part: Any) -> list[Any]:
    """Copies of a table, of an array of any dimension with one row a row, of each array of a series, or of the pixels of images."""
    import pandas as pd

    if isinstance(part, Images):
        return _frames(part[:])
    if isinstance(part, Series):
        return [
            frame
            for name in ("starts", "hours", "channels", "values", "static")
            for frame in _frames(getattr(part, name))
        ]
    return [
        pd.DataFrame(part if getattr(part, "ndim", 2) <= 2 else part.reshape(len(part), -1)).copy(deep=True)
    ]


def _equal(now: Sequence[Any], before: Sequence[Any]) -> bool:
    return all(each.equals(kept) for each, kept in zip(now, before, strict=True))


def _strange(split: Split) -> Iterator[Split]:
    """The split with one unknown column, with none, and with numbers a thousand times too large."""

    def each(change: Callable[[Any], Any]) -> Split:
        return replace(split, train=change(split.train), test=change(split.test))

    yield each(lambda table: table.iloc[:, :0].assign(stranger=1.5))
    yield each(lambda table: table.iloc[:, :0])
    yield each(
        lambda table: table.assign(
            **{name: table[name] * 1000 for name in table.select_dtypes("number").columns}
        )
    )
