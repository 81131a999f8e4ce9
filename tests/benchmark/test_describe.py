"""What a plugin declares is checked when it is described: wrong words are refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from carebench.describe import describe_family, describe_task
from carebench.errors import PluginError
from carebench.family import Figure
from carebench_tasks.families.mortality import FAMILY
from carebench_tasks.mortality.trace import Death1Year
from tests.benchmark.entries import ORIGIN

if TYPE_CHECKING:
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


def test_series_and_level_come_together() -> None:
    """Neither for most tasks, both for one of a series, never one alone."""
    assert (describe_task(declared(), ORIGIN).series, describe_task(declared(), ORIGIN).level) == ("", None)
    described = describe_task(declared(series="noise", level=0.0), ORIGIN)
    assert (described.series, described.level) == ("noise", 0.0)
    for lone in ({"series": "noise"}, {"level": 0.2}):
        with pytest.raises(PluginError, match="give both or neither"):
            describe_task(declared(**lone), ORIGIN)
