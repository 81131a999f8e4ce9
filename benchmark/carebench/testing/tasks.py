"""The contract of a task; separate because what it guards is the data: alignment, leaks, and who is tested."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar

from carebench.errors import DataAbsent, PluginError
from carebench.images_on_disk import check_images
from carebench.names import RULE, is_task_name
from carebench.series_view import series_view
from carebench.splits import followed
from carebench.task import Split, Task, Truth
from carebench.testing.evidence import (
    aurocs,
    bytes_of,
    halves,
    is_outcome,
    numbers,
    outcomes,
    shared,
    shares_with_an_equal,
)
from carebench.testing.expectations import digest_of, expect, skip
from carebench.views import numeric_view

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Headings of a data card; either word of a pair will do.
HEADINGS = ("Input", "Answer|Outcome", "Cohort", "Left out", "Source", "Access", "Licence", "Citation")
#: An input that ranks the answer better than this by itself is taken for the answer.
LEAK = 0.999
#: So many standard errors from one half may the position of a row rank the answer, and no more.
ERRORS = 4


class TaskContract:
    """What a task must keep. Inherit it as `Test...` and set `task`.

    Attributes:
        task: the task under test.
        seeds: three seeds to cut; the first and the last should test some of the same rows, as two repeats of a
            cross-validation do.

    Example:
        >>> class TestMyTask(TaskContract):  # doctest: +SKIP
        ...     task = MyTask()
    """

    task: ClassVar[Task]
    seeds: ClassVar[tuple[int, int, int]] = (0, 1, 5)

    def training_units(self, seed: int) -> NDArray[np.uint64] | None:
        """Override it to return the ids of the units trained on: overlap is then found exactly, not by likeness."""
        del seed
        return None

    def test_name_begins_with_its_family(self) -> None:
        """The name is `family/name`, by the one rule for names, and the family is the task's."""
        name = self.task.name
        expect(is_task_name(name), f"the task's name {name!r} is not allowed; use {RULE}")
        expect(
            name.partition("/")[0] == self.task.family,
            f"{self._me} says family {self.task.family!r}; its name must begin with it",
        )

    def test_is_described_for_people(self) -> None:
        """It has a title, a cohort and a version from 1 up."""
        expect(self.task.title, f"{self._me} has no title")
        expect(self.task.cohort, f"{self._me} names no cohort; tasks that share patients share it")
        expect(self.task.version >= 1, f"{self._me} has version {self.task.version}; begin with 1")

    def test_data_card_has_every_heading(self) -> None:
        """The docstring says input, answer, cohort, what was left out, source, access, licence and citation."""
        starts = [line.strip().partition(":")[0] for line in self.task.card.splitlines() if ":" in line]
        absent = [heading for heading in HEADINGS if not set(heading.split("|")) & set(starts)]
        expect(not absent, f"the card of {self._me} lacks {absent}; begin a line of its docstring with each")

    def test_fingerprint_is_text(self) -> None:
        """The fingerprint of the data is text, the same when asked twice."""
        first, second = self.task.fingerprint(), self.task.fingerprint()
        expect(
            isinstance(first, str) and first == second,
            f"{self._me}: fingerprint() gave {first!r}, then {second!r}",
        )

    def test_split_is_in_form(self) -> None:
        """Training and test inputs have the same columns; what is revealed has one row a training, or unlabelled, row."""
        split, _ = self._cut()
        expect(
            list(split.train.columns) == list(split.test.columns),
            f"{self._me}: train and test columns differ",
        )
        long = {
            name: len(values)
            for name, values in split.reveals.items()
            if len(values) != len(followed(split, name))
        }
        rows = f"{len(split.train)} training and {0 if split.unlabelled is None else len(split.unlabelled)} unlabelled"
        expect(not long, f"{self._me} reveals {long} rows for {rows} rows")
        for part, table in (("train", split.train), ("test", split.test)):
            numbered = table.index.tolist() == list(range(len(table)))
            expect(
                numbered,
                f"{self._me}: the index of {part} tells where rows came from; reset_index(drop=True)",
            )

    def test_declared_columns_exist(self) -> None:
        """Comparators, demographics and static columns are columns of the split."""
        split, _ = self._cut()
        absent = [
            name
            for name in (*self.task.comparators, *self.task.demographics, *self.task.static)
            if name not in split.test.columns
        ]
        expect(not absent, f"{self._me} declares {absent}; the split has {list(split.test.columns)}")

    def test_series_belong_to_the_rows(self) -> None:
        """A task of series gives them for all rows, in form and within the window, and no other task gives any."""
        split = self._carrying("series", "series")
        try:
            series_view(split, self.task.static)
        except PluginError as error:
            raise AssertionError(f"{self._me}: {error}") from error

    def test_images_belong_to_the_rows(self) -> None:
        """A task of images gives one for each row, in form, and no other task gives any."""
        split = self._carrying("image", "images")
        try:
            for part in ("train", "test") if split.train_images is not None else ():
                check_images(getattr(split, f"{part}_images"), len(getattr(split, part)), part)
        except PluginError as error:
            raise AssertionError(f"{self._me}: {error}") from error

    def test_truth_has_one_row_a_test_row(self) -> None:
        """Units, answers and groups are as long as the test rows, and the answers are finite numbers."""
        import numpy as np

        split, truth = self._cut()
        arrays = {"units": truth.units, **truth.answers, **truth.groups}
        long = {name: len(values) for name, values in arrays.items() if len(values) != len(split.test)}
        expect(not long, f"the truth of {self._me} has {long} rows for {len(split.test)} test rows")
        odd = [name for name, values in truth.answers.items() if not np.isfinite(numbers(values)).all()]
        expect(not odd, f"the truth of {self._me} is not finite in {odd}; give unknown outcomes weight 0")

    def test_units_are_opaque_ids(self) -> None:
        """Units are unsigned 64-bit integers."""
        _, truth = self._cut()
        dtype = str(truth.units.dtype)
        expect(dtype == "uint64", f"the units of {self._me} are {dtype}; uint64 was expected")

    def test_weights_are_not_negative(self) -> None:
        """Weights, where there are any, are at least 0, and some are more."""
        _, truth = self._cut()
        if "weight" not in truth.answers:
            skip(f"{self._me} weights no row")
        weight = numbers(truth.answers["weight"])
        expect(weight.min() >= 0, f"{self._me} has a weight of {weight.min():g}; 0 is for unknown outcomes")
        expect(weight.max() > 0, f"every weight of {self._me} is 0: nothing can be scored")

    def test_truth_follows_the_test_rows(self) -> None:
        """A row that two seeds test has the same id and the same answers in both.

        Rows are known by their values. Two patients may be alike, so half of the rows that agree will do; of rows
        out of step hardly one would. Each answer is held against the ids by itself, since some may be drawn anew; where a
        seed is a replication they all are, and only ids are compared.
        """
        (first, answers), (second, others) = self._cut(self.seeds[0]), self._cut(self.seeds[-1])
        here, there = shared(first.test, second.test)
        if not len(here):
            skip(f"seeds {self.seeds[0]} and {self.seeds[-1]} of {self._me} test no row in common")
        alike = answers.units[here] == others.units[there]
        agree = [alike] + [
            alike & (values[here] == others.answers[name][there])
            for name, values in answers.answers.items()
            if is_outcome(values) and self.task.unit != "replication"
        ]
        least = min(float(each.mean()) for each in agree)
        expect(
            least >= 0.5,
            f"{self._me}: {1 - least:.0%} of the rows that two seeds test have another id or answer in each: "
            "truth() must give the answers in the order of the test rows of split()",
        )

    def test_no_unit_is_trained_and_tested_on(self) -> None:
        """Nobody is on both sides.

        By `training_units` where that is given; else by likeness: test rows have an equal among the training rows
        no oftener, within four standard errors, than training rows have among themselves.
        """
        import numpy as np

        split, truth = self._cut()
        if not len(split.test):
            skip(f"{self._me} tests nobody")
        trained = self.training_units(self.seeds[0])
        if trained is not None:
            both = np.intersect1d(trained, truth.units)
            expect(not len(both), f"{self._me} trains and tests on {len(both)} units, {both[:1]} among them")
            return
        tested, alike = shares_with_an_equal(split)
        slack = ERRORS * np.sqrt(max(alike * (1 - alike), 1 / len(split.test)) / len(split.test))
        expect(
            tested <= alike + slack,
            f"{self._me}: {tested:.1%} of the test rows equal a training row, and {alike:.1%} of the training rows "
            "another: are some units on both sides?",
        )

    def test_no_test_answer_is_in_the_split(self) -> None:
        """No column of the test inputs, and nothing revealed, equals an answer of the truth."""
        import numpy as np

        split, truth = self._cut()
        columns = split.test.select_dtypes(["number", "bool"]).astype("float64")
        seen = {**{name: columns[name].to_numpy() for name in columns}, **split.reveals}
        for answer, values in truth.answers.items():
            same = [name for name, column in seen.items() if np.array_equal(numbers(column), numbers(values))]
            varies = len(np.unique(values)) > 1
            expect(not (varies and same), f"{self._me}: {same} in the split equal the test answer {answer!r}")

    def test_no_input_ranks_the_answer_perfectly(self) -> None:
        """No number, level or missing flag has an AUROC over .999, either way, for an outcome: that would be a leak."""
        import numpy as np

        split, truth = self._cut()
        view = numeric_view(Split(train=split.test, test=split.test, reveals={}))
        for name, outcome in outcomes(truth):
            areas = aurocs(outcome, view.test)
            leaks = [view.names[place] for place in np.flatnonzero(np.maximum(areas, 1 - areas) > LEAK)]
            expect(not leaks, f"{self._me}: {leaks} tell {name!r} by themselves; leave them out of the split")

    def test_order_of_rows_tells_nothing(self) -> None:
        """The position of a test row ranks each answer no better than chance, within four standard errors.

        The standard error of an AUROC without skill is sqrt((a + b + 1) / (12 a b)), with a rows of one kind and b of
        the other. An answer of many values is cut at its median.
        """
        import numpy as np

        for seed in self.seeds:
            split, truth = self._cut(seed)
            for name, high in halves(truth):
                some, others = int(high.sum()), int((~high).sum())
                error = np.sqrt((some + others + 1) / (12 * some * others))
                (area,) = aurocs(high, np.arange(len(split.test), dtype=np.float64)[:, None])
                expect(
                    abs(area - 0.5) <= ERRORS * error,
                    f"{self._me}, seed {seed}: the position of a row has an AUROC of {area:.3f} for {name!r}; put "
                    "the test rows in an order that tells nothing, for instance by carebench.hashed_order",
                )

    def test_same_seed_gives_the_same_bytes(self) -> None:
        """Split and truth of one seed are the same, byte for byte, when made twice."""
        seed = self.seeds[0]
        kept, again = self._cut(seed), (self.task.split(seed), self.task.truth(seed))
        expect(
            self._digest(kept[0]) == self._digest(again[0]), f"{self._me}: two splits of seed {seed} differ"
        )
        expect(bytes_of(kept[1]) == bytes_of(again[1]), f"{self._me}: two truths of seed {seed} differ")

    def test_seeds_do_what_the_design_says(self) -> None:
        """With `folds` seeds test different rows, with the other designs the same; `all-rows` trains on none."""
        (split, truth), (_, other) = self._cut(self.seeds[0]), self._cut(self.seeds[1])
        same = sorted(truth.units.tolist()) == sorted(other.units.tolist())
        wanted = self.task.design != "folds"
        said = "the same" if same else "different"
        expect(
            same == wanted, f"{self._me} is of design {self.task.design!r}, yet two seeds test {said} units"
        )
        if self.task.design == "all-rows":
            expect(
                not len(split.train),
                f"{self._me} trains on {len(split.train)} rows; `all-rows` trains on none",
            )

    @property
    def _me(self) -> str:
        return f"task {self.task.name!r}"

    def _cut(self, seed: int | None = None) -> tuple[Split, Truth]:
        if "tabular" not in self.task.modalities:
            skip(f"{self._me} gives {', '.join(self.task.modalities)}; this contract reads tables")
        return _cut(self.task, self.seeds[0] if seed is None else seed)

    def _carrying(self, modality: str, what: str) -> Split:
        """The split, once it carries `what` exactly when the task declares the modality."""
        split, _ = self._cut()
        given = getattr(split, f"train_{what}") is not None
        expect(
            (modality in self.task.modalities) == given,
            f"{self._me} has the modalities {self.task.modalities}, and its split carries {'' if given else 'no '}{what}",
        )
        return split

    def _digest(self, split: Split) -> str:
        return digest_of(split, self.task)


@functools.lru_cache(maxsize=8)
def _cut(task: Task, seed: int) -> tuple[Split, Truth]:
    """Split and truth, kept for the checks that only read them; skipped where a user's data are not here."""
    try:
        return task.split(seed), task.truth(seed)
    except DataAbsent as reason:
        skip(str(reason))
