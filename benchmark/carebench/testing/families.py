"""The contract of a family; separate because it tests how answers are judged, with no model and no data."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from carebench.names import RULE, is_word
from carebench.seeds import order
from carebench.splits import take_rows
from carebench.task import Truth
from carebench.testing import toy
from carebench.testing.expectations import expect, expect_answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench.family import Family, Scores

    Arrays = Mapping[str, NDArray[Any]]

ROWS = 300
#: How far a figure may be from its anchor, or move when rows change places: sums round.
TOLERANCE = 1e-8


class FamilyContract:
    """What a family must keep. Inherit it as `Test...` and set `family`.

    As it stands it knows families whose answer holds `risk` and whose truth holds `event` and `weight`; for another
    family override `truth`, `perfect_answer`, `no_skill_answer` and `ordinary_answer`.

    Attributes:
        family: the family under test.
        replicated: True where each cell of its tasks is one replication, so that there is no unit to contribute.

    Example:
        >>> class TestMyFamily(FamilyContract):  # doctest: +SKIP
        ...     family = MY_FAMILY
    """

    family: ClassVar[Family]
    replicated: ClassVar[bool] = False

    def truth(self) -> Truth:
        """Test answers with rows of every kind: here, who of 300 simulated patients died."""
        import numpy as np

        self._need_risk()
        died = toy.simulate(ROWS).died
        return Truth(units=np.arange(ROWS, dtype=np.uint64), answers={"event": died, "weight": np.ones(ROWS)})

    def perfect_answer(self) -> Arrays:
        """The answer that cannot be bettered: here, what happened."""
        import numpy as np

        return {"risk": self.truth().answers["event"].astype(np.float64)}

    def no_skill_answer(self) -> Arrays:
        """The answer that knows nothing of any patient: here, the share of events, for everybody."""
        import numpy as np

        event = self.truth().answers["event"].astype(np.float64)
        return {"risk": np.full(len(event), event.mean())}

    def ordinary_answer(self) -> Arrays:
        """An answer with some skill and some ties: here, the true risk, rounded."""
        import numpy as np

        self._need_risk()
        return {"risk": np.clip(np.round(toy.simulate(ROWS).risk, 2), 0.01, 0.99)}

    def test_name_is_allowed(self) -> None:
        """The name keeps the one rule for names, and holds no slash, since tasks begin with it."""
        name = self.family.name
        expect(is_word(name), f"the family's name {name!r} is not allowed; use {RULE}")

    def test_is_described_for_people(self) -> None:
        """Title, question and contract are there, and every array and metric says what it means."""
        family = self.family
        expect(
            family.title and family.question and family.contract, f"{self._me}: say title, question, contract"
        )
        silent = [each.name for each in family.answers if not each.meaning]
        silent += [each.name for each in family.metrics if not each.summary or not each.label]
        expect(not silent, f"{self._me}: {silent} lack a meaning, a label or a summary")

    def test_names_within_it_are_unique(self) -> None:
        """No two metrics, and no two arrays, share a name; a name is a word."""
        for kind, found in (("metrics", self.family.metrics), ("answers", self.family.answers)):
            names = [each.name for each in found]
            twice = sorted({name for name in names if names.count(name) > 1 or not is_word(name)})
            expect(names and not twice, f"{self._me}: {kind} {names}; give each a name of its own ({twice})")

    def test_anchors_fit_the_primary_metric(self) -> None:
        """No skill and perfection lie within the primary metric's range, in its direction, further apart than the ROPE."""
        family, primary = self.family, self.family.primary
        if family.no_skill is None or family.perfect is None:
            expect(
                family.no_skill is family.perfect,
                f"{self._me}: give both anchors no_skill and perfect, or neither",
            )
            expect(family.rope >= 0, f"{self._me}: rope is {family.rope}; 0 or more was expected")
            return
        low = -math.inf if primary.low is None else primary.low
        high = math.inf if primary.high is None else primary.high
        inside = all(low <= anchor <= high for anchor in (family.no_skill, family.perfect))
        expect(inside, f"{self._me}: the anchors leave the range {low:g} to {high:g} of {primary.name!r}")
        expect(
            family.perfect == primary.ideal, f"{self._me}: perfect is {family.perfect}, ideal {primary.ideal}"
        )
        gap = family.perfect - family.no_skill
        right = {"higher": gap > 0, "lower": gap < 0, "nearer": gap != 0}[primary.better]
        expect(
            right,
            f"{self._me}: {primary.name!r} is better {primary.better}, yet perfect - no_skill is {gap:g}",
        )
        expect(
            0 <= family.rope < abs(gap), f"{self._me}: rope is {family.rope}; from 0 to below {abs(gap):g}"
        )

    def test_a_perfect_answer_scores_perfect(self) -> None:
        """The primary metric of the perfect answer is the anchor `perfect`, or, without anchors, its ideal."""
        anchor = self.family.perfect
        self._expect_primary(
            self.perfect_answer(), self.family.primary.ideal if anchor is None else anchor, "perfect"
        )

    def test_an_answer_without_skill_scores_no_skill(self) -> None:
        """The primary metric of the answer without skill is the anchor `no_skill`, where the family has one."""
        if self.family.no_skill is not None:
            self._expect_primary(self.no_skill_answer(), self.family.no_skill, "no-skill")

    def test_an_ordinary_answer_has_every_metric(self) -> None:
        """Nothing is left out, the primary metric is a number, and every number lies within its range."""
        scores = self._score(self.truth(), self.ordinary_answer())
        self._expect_numbers_or_reasons(scores)
        primary = self.family.primary.name
        expect(scores.metrics[primary] is not None, f"{self._me}: no {primary!r} for an ordinary answer")
        for metric in self.family.metrics:
            value = scores.metrics[metric.name]
            low, high = metric.low, metric.high
            good = value is None or ((low is None or low <= value) and (high is None or value <= high))
            expect(good, f"{self._me}: {metric.name} is {value}; {low} to {high} was declared")

    def test_what_cannot_be_computed_has_a_reason(self) -> None:
        """With a single test row every metric is a finite number, or None with a reason; nothing is raised."""
        self._expect_numbers_or_reasons(self._score(*self._rows([0])))

    def test_contributions_have_one_number_a_row(self) -> None:
        """The primary metric has contributions; each is of shape (n_test,), or of the replicates', finite, and of a metric.

        Where the family is `replicated` there may be none.
        """
        import numpy as np

        truth = self.truth()
        scores = self._score(truth, self.ordinary_answer())
        found, units = scores.contributions, truth.units if scores.units is None else scores.units
        known = self.replicated or self.family.primary.name in found
        expect(known, f"{self._me}: no contributions to the primary metric")
        for name, values in found.items():
            expect(name in self._metric_names, f"{self._me}: contributions to {name!r}, which is no metric")
            good = values.shape == units.shape and np.isfinite(values).all()
            expect(good, f"{self._me}: contributions to {name!r} have shape {values.shape} or are not finite")

    def test_order_of_rows_does_not_matter(self) -> None:
        """Rows in another order give the same metrics, and the same contributions in that order."""
        import numpy as np

        rows = order("another order", size=len(self.truth().units))
        plain, moved = self._score(self.truth(), self.ordinary_answer()), self._score(*self._rows(rows))
        for name in self._metric_names:
            expect(
                _near(plain.metrics[name], moved.metrics[name]),
                f"{self._me}: {name} is {plain.metrics[name]}, and {moved.metrics[name]} with the rows in another order",
            )
        for name, values in plain.contributions.items():
            expected = values[rows] if plain.units is None else values
            good = np.allclose(expected, moved.contributions[name], rtol=TOLERANCE, atol=TOLERANCE)
            expect(good, f"{self._me}: the contributions to {name} do not follow their rows")

    def test_scoring_leaves_the_answer_alone(self) -> None:
        """Scoring changes neither truth nor answer in place."""
        truth, arrays = self.truth(), self.ordinary_answer()
        parts = {**truth.answers, **arrays}
        before = {name: values.tobytes() for name, values in parts.items()}
        self._score(truth, arrays)
        changed = [name for name, values in parts.items() if values.tobytes() != before[name]]
        expect(not changed, f"{self._me}: score() changed {changed} in place; work on a copy")

    def test_modules_that_decide_scores_are_named(self) -> None:
        """`modules` names importable modules, that of `score` among them: their digest keys the scores."""
        for module in self.family.modules:
            importlib.import_module(module)
        home = self.family.score.__module__
        expect(home in self.family.modules, f"{self._me}: add {home!r}, which holds `score`, to modules")

    @property
    def _me(self) -> str:
        return f"family {self.family.name!r}"

    @property
    def _metric_names(self) -> list[str]:
        return [metric.name for metric in self.family.metrics]

    def _need_risk(self) -> None:
        known = any(answer.name == "risk" and answer.rows == "test" for answer in self.family.answers)
        expect(
            known,
            f"{self._me} has no answer `risk`: override truth, perfect_answer, no_skill_answer and ordinary_answer",
        )

    def _score(self, truth: Truth, arrays: Arrays) -> Scores:
        rows = {"test": len(truth.units), "train": len(truth.units), "one": 1}
        expect_answer(arrays, self.family, rows, f"{self._me}, the answer of this test")
        return self.family.score(truth, arrays)

    def _expect_primary(self, arrays: Arrays, anchor: float, which: str) -> None:
        scores, name = self._score(self.truth(), arrays), self.family.primary.name
        value = scores.metrics[name]
        reason = scores.undefined.get(name, "")
        expect(
            _near(value, anchor), f"{self._me}: the {which} answer has {name} {value} {reason}; not {anchor}"
        )

    def _expect_numbers_or_reasons(self, scores: Scores) -> None:
        expect(
            sorted(scores.metrics) == sorted(self._metric_names),
            f"{self._me}: score() gave {sorted(scores.metrics)}; {sorted(self._metric_names)} were declared",
        )
        for name, value in scores.metrics.items():
            good = scores.undefined.get(name) if value is None else math.isfinite(value)
            expect(good, f"{self._me}: {name} is {value}; give a finite number, or None with a reason")

    def _rows(self, rows: Sequence[int]) -> tuple[Truth, Arrays]:
        """Truth and ordinary answer of some test rows, in the order given."""
        truth, arrays = self.truth(), self.ordinary_answer()
        tested = {answer.name for answer in self.family.answers if answer.rows == "test"}
        some = replace(
            truth,
            units=take_rows(truth.units, rows),
            answers={name: take_rows(values, rows) for name, values in truth.answers.items()},
            groups={name: take_rows(values, rows) for name, values in truth.groups.items()},
        )
        return some, {
            name: take_rows(values, rows) if name in tested else values for name, values in arrays.items()
        }


def _near(value: float | None, other: float | None) -> bool:
    if value is None or other is None:
        return value is other
    return math.isclose(value, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
