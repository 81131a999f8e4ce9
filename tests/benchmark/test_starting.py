"""Forked and exec'd children give the same bits; templates that die are renewed, and not for ever."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from carebench.commands import completing
from carebench.commands.run import Request, run_suite
from carebench.errors import LostChild
from carebench.executors.local import LocalExecutor
from carebench.plugins import named_origin
from carebench.starting import Executed, Forked, Template, start
from carebench.store import Store
from carebench.warden import Limits, supervise, workplace
from carebench.workers.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are forked on Linux only")
HANGS = Path(__file__).parents[1] / "faults" / "plugins" / "hangs_at_import.py"
SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"


#: One model of each library that templates import or leave to the child.
EACH_LIBRARY = ("hist-gradient-boosting", "lightgbm", "mlp", "random-forest", "ridge-logistic", "xgboost")


def once(folder: Path, models: Sequence[str]) -> str:
    """A suite of the toy task and these models that asks nobody twice."""
    folder.mkdir(exist_ok=True)
    suite = folder / "once.toml"
    named = json.dumps(list(models))
    suite.write_text(
        f'name = "once"\ntasks = ["mortality/spam-toy"]\nmodels = {named}\nrepeats = false\n', "utf-8"
    )
    return str(suite)


def answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, models: Sequence[str], *, warm: bool
) -> dict[str, str]:
    """The models' answers to the toy task, by digest."""
    monkeypatch.setattr(completing, "_start", lambda _request: LocalExecutor(2, warm=warm))
    request = Request(
        suite=once(folder, models),
        models=models,
        plugins=[str(SPAM)],
        seeds=1,
        executor="local",
        store=folder / "store",
        out=folder / "board",
    )
    assert run_suite(request) == 0
    table = json.loads((folder / "board" / "results.json").read_bytes())
    return {cell["model"]: cell["answer"] for cell in table["cells"]}


@pytest.mark.parametrize(
    "models",
    [
        pytest.param(EACH_LIBRARY, id="one-of-each-library"),
        pytest.param(("*",), marks=[pytest.mark.slow, pytest.mark.timeout(1800)], id="every-model"),
    ],
)
def test_a_forked_child_answers_as_an_execd_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Sequence[str]
) -> None:
    """Models give the same bits, whether their libraries were imported before them or by them."""
    warm = answers(tmp_path / "warm", monkeypatch, models, warm=True)
    cold = answers(tmp_path / "cold", monkeypatch, models, warm=False)
    assert warm == cold
    assert set(EACH_LIBRARY) <= set(warm)


@pytest.fixture(scope="module")
def template() -> Template:
    """A template with the core libraries."""
    return Template()


def test_a_template_is_single_threaded(template: Template) -> None:
    """Only then may it fork."""
    assert template.usable
    assert len(list(Path(f"/proc/{template.pid}/task").iterdir())) == 1


def test_a_template_hands_back_what_the_child_left(template: Template) -> None:
    """Outcome, cost and end of a forked child arrive as those of an exec'd one; a bad order fails alike."""
    endings = []
    for chosen in (template, None):
        with workplace() as work:
            endings.append(supervise("answer", {}, work, Limits(), template=chosen))
    forked, executed = endings
    assert (forked.status, forked.outcome["status"]) == (executed.status, executed.outcome["status"])
    assert forked.outcome["reason"] == executed.outcome["reason"]
    assert forked.peak_bytes > 2**20


@pytest.mark.parametrize(("threads", "kind"), [(1, Forked), (2, Executed)])
def test_only_children_of_one_thread_are_forked(template: Template, threads: int, kind: type) -> None:
    """A child that may start threads gets a clean interpreter of its own."""
    with workplace() as work:
        (work / "order.json").write_text("{}", encoding="ascii")
        child = start("answer", work, threads=threads, extra={}, template=template)
        assert isinstance(child, kind)
        child.end(wait=True)
        child.close()


def test_a_large_library_has_a_template_of_its_own() -> None:
    """Torch is mapped only where a model declares it."""
    slot = Slot()
    try:
        core, large = slot.template(["scikit-learn"]), slot.template(["torch"])
        assert core is not None
        assert large is not None
        assert b"libtorch" not in Path(f"/proc/{core.pid}/maps").read_bytes()
        assert b"libtorch" in Path(f"/proc/{large.pid}/maps").read_bytes()
        assert slot.template(["pandas"]) is core
    finally:
        slot.close()


def test_a_dead_template_is_renewed_and_not_for_ever() -> None:
    """After its template was killed a slot makes another; after a few it starts every child anew."""
    slot = Slot()
    seen = set()
    while (made := slot.template()) is not None:
        seen.add(made.pid)
        os.kill(made.pid, signal.SIGKILL)
        with workplace() as work:
            ending = supervise("answer", {}, work, Limits(), template=made)
        assert ending.outcome["reason"] == "KeyError: 'seed'"
        assert not made.usable
    assert len(seen) == 5
    slot.close()


def test_a_child_whose_template_is_killed_is_lost() -> None:
    """Nobody can say how such a child ended, so its end is put to nobody; the child is gone too."""
    template = Template()
    order = {"origins": [asdict(named_origin(str(HANGS)))], "dotted": [], "families": [], "tuning": []}
    killer = threading.Timer(1.0, os.kill, (template.pid, signal.SIGKILL))
    killer.start()
    began = time.monotonic()
    with workplace() as work, pytest.raises(LostChild, match="the template process was killed"):
        supervise("discover", order, work, Limits(wall=60), template=template)
    assert time.monotonic() - began < 20
    assert not template.usable
    template.close()


#: A model that kills the process that forked it, the first times that it is fitted.
KILLER = """
import os, signal, time
from pathlib import Path

from carebench import Model, hookimpl
from sklearn.dummy import DummyClassifier

TALLY = Path({tally!r})


class Killer(DummyClassifier):
    def fit(self, X, y):
        with TALLY.open("a") as tally:
            tally.write("x")
        if TALLY.stat().st_size <= {times}:
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        return super().fit(X, y)


@hookimpl
def carebench_models():
    yield Model("killer", families=["mortality"], build=Killer)
"""


@pytest.mark.parametrize(("times", "status", "attempts"), [(1, "ok", 2), (9, "lost", 3)])
def test_a_lost_cell_is_tried_three_times(tmp_path: Path, times: int, status: str, attempts: int) -> None:
    """A cell whose template is killed is tried again, and after the third time it is `lost`, never `crashed`."""
    plugin, tally = tmp_path / "killer.py", tmp_path / "tally"
    plugin.write_text(KILLER.format(tally=str(tally), times=times), encoding="utf-8")
    request = Request(
        suite=once(tmp_path, ["killer"]),
        plugins=[str(SPAM), str(plugin)],
        models=["killer"],
        seeds=1,
        executor="local",
        cpus=1,
        store=tmp_path / "store",
        out=tmp_path / "board",
    )
    assert run_suite(request) == (0 if status == "ok" else 1)
    (kept,) = Store(tmp_path / "store").read().attempts.values()
    assert [record.status for record in kept] == [status]
    assert tally.stat().st_size == attempts
