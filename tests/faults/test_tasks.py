"""Tasks that misbehave: their cells say so, and a sound task in the same run is not touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carebench.commands.run import Request, run_suite

PLUGIN = Path(__file__).parent / "plugins" / "forging_task.py"
SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The cells of one model on all of the tasks, by task."""
    folder = tmp_path_factory.mktemp("tasks")
    request = Request(
        tasks=["mortality/forges-*", "mortality/spam-toy"],
        models=["prevalence"],
        plugins=[str(PLUGIN), str(SPAM)],
        seeds=1,
        executor="local",
        store=folder / "store",
        out=folder / "board",
    )
    assert run_suite(request) == 1
    table = json.loads((folder / "board" / "results.json").read_bytes())
    return {cell["task"]: cell for cell in table["cells"]}


def test_a_sound_task_is_not_touched(cells: dict[str, dict[str, str]]) -> None:
    """Beside three forging tasks the good one is scored."""
    assert cells["mortality/spam-toy"]["status"] == "ok"


def test_a_forged_manifest_makes_the_task_unavailable(cells: dict[str, dict[str, str]]) -> None:
    """It is no fault of the model."""
    cell = cells["mortality/forges-manifest"]
    assert cell["status"] == "unavailable"
    assert "left no manifest that can be read" in cell["reason"]


@pytest.mark.parametrize("task", ["mortality/forges-scores", "mortality/forges-metrics"])
def test_forged_scores_give_no_number_and_are_not_put_to_the_model(
    cells: dict[str, dict[str, str]], task: str
) -> None:
    """The answer is kept, the score is not, and the run goes on."""
    assert cells[task]["status"] == "missing"
    assert "the scorer failed" in cells[task]["reason"]
    assert not cells[task]["metrics"]
