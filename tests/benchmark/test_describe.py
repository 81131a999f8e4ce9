"""What a plugin declares is checked when it is described: wrong words are refused by name."""

from __future__ import annotations

import importlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from carebench import Model, describe
from carebench.children import answer
from carebench.describe import asking_code, describe_family, describe_task, model_code
from carebench.errors import ChangedPlugin, PluginError
from carebench.family import Figure
from carebench_tasks.families.mortality import FAMILY
from carebench_tasks.mortality.trace import Death1Year
from tests.benchmark.entries import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from carebench import Task

CURVE = Figure(
    name="ranks", title="Ranks", kind="over-metrics", x_label="x", y_label="y", points=((1, "auroc"),)
)


def declared(**changes: Any) -> Task:
    """The task of TRACE with other declarations."""
    kind: type[Task] = type("Declared", (Death1Year,), {"__module__": Death1Year.__module__, **changes})
    return kind()


def test_a_familys_figures_are_described() -> None:
    """A figure that draws the family's own metrics goes to the board as it stands."""
    assert describe_family(replace(FAMILY, figures=(CURVE,)), ORIGIN).figures == [CURVE]


@pytest.mark.parametrize("points", [(), ((1.0, "no-such-metric"),)])
def test_a_figure_of_no_metric_is_refused(points: Any) -> None:
    """A figure that draws nothing, or a metric that the family lacks, is named with what was expected."""
    with pytest.raises(PluginError, match=r"figure 'ranks' of family 'mortality' draws .*auroc"):
        describe_family(replace(FAMILY, figures=(replace(CURVE, points=points),)), ORIGIN)


def test_lines_of_another_kind_of_figure_are_refused() -> None:
    """Level lines go with metrics along one answer alone."""
    drawn = replace(CURVE, kind="over-levels", metric="auroc", lines=(("Human alone", "human_alone"),))
    with pytest.raises(PluginError, match="'ranks' of family 'mortality' is 'over-levels' and has lines"):
        describe_family(replace(FAMILY, figures=(drawn,)), ORIGIN)


def test_an_oracle_level_of_another_kind_of_figure_is_refused() -> None:
    """Only a figure over levels has one for the oracle to stand at."""
    drawn = replace(CURVE, oracle_at=0.0)
    with pytest.raises(PluginError, match=r"has `oracle_at`, 0\.0; it goes with `over-levels` alone"):
        describe_family(replace(FAMILY, figures=(drawn,)), ORIGIN)


def test_series_and_level_come_together() -> None:
    """Neither for most tasks, both for one of a series, never one alone."""
    assert (describe_task(declared(), ORIGIN).series, describe_task(declared(), ORIGIN).level) == ("", None)
    described = describe_task(declared(series="noise", level=0.0), ORIGIN)
    assert (described.series, described.level) == ("noise", 0.0)
    for lone in ({"series": "noise"}, {"level": 0.2}):
        with pytest.raises(PluginError, match="give both or neither"):
            describe_task(declared(**lone), ORIGIN)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes the source of a module that can be imported, as an editor would between two runs."""
    monkeypatch.syspath_prepend(tmp_path)

    def to(module: str, source: str) -> None:
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        describe._module_digest.cache_clear()

    return to


def test_an_edited_metric_moves_the_scores_key_and_edited_asking_both(
    write: Callable[[str, str], None],
) -> None:
    """The digest of `fit`, `ask` and what they use knows no metric, so that an edited metric re-fits nothing."""
    write("spam_asking", "def fit(estimator, split): ...\ndef ask(fitted, split): ...")
    write("spam_used", "")
    write("spam_metric", "")
    home = importlib.import_module("spam_asking")
    modules = ("spam_asking", "spam_metric")
    family = replace(FAMILY, fit=partial(home.fit), ask=home.ask, modules=modules, asking=("spam_used",))
    first = describe_family(family, ORIGIN)
    write("spam_metric", "# edited")
    rescored = describe_family(family, ORIGIN)
    assert rescored.code != first.code
    assert rescored.asking == first.asking
    for module in ("spam_asking", "spam_used"):
        before = describe_family(family, ORIGIN)
        write(module, "# edited")
        assert describe_family(family, ORIGIN).asking != before.asking


def test_a_model_built_by_a_partial_is_known_by_the_code_that_it_wraps(
    write: Callable[[str, str], None],
) -> None:
    """An edit of the module behind `functools.partial` is another model."""
    write("spam_model", "class Spam: ...")
    model = Model("spam", families=["mortality"], build=partial(importlib.import_module("spam_model").Spam))
    before = model_code(model, ORIGIN)
    write("spam_model", "# edited")
    assert model_code(model, ORIGIN) != before


def test_an_answer_is_not_kept_under_the_key_of_other_asking() -> None:
    """A family whose code was edited after the plan was made leaves its cells to the next run."""
    answer.insist_on_the_asking(FAMILY, asking_code(FAMILY))
    with pytest.raises(
        ChangedPlugin, match="by which 'mortality' asks models was changed while the run was on"
    ):
        answer.insist_on_the_asking(FAMILY, "another")


def test_what_stands_beside_the_headline_is_a_metric_of_the_family() -> None:
    """It goes to the board in its order; a name that the family lacks is refused."""
    beside = ("calibration_slope", "brier_skill")
    assert describe_family(replace(FAMILY, beside=beside), ORIGIN).beside == list(beside)
    with pytest.raises(PluginError, match=r"family 'mortality' puts \['briar'\] beside the headline"):
        describe_family(replace(FAMILY, beside=("briar",)), ORIGIN)
