"""A cluster of two nodes on this machine: the same board, a lost node, and nodes that do not agree."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from carebench.discovery import discover
from carebench.errors import InfrastructureError, UsageError
from carebench.executors import Capacity, agreement
from carebench.executors.on_ray import RayExecutor
from carebench.plan import Plan, make_plan
from carebench.suite import Suite
from tests.benchmark.test_run import BOARD, SPAM, board_of, command, finish, records_in

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Starts a head of one core and a node of so many, says address and process id, and lives until told.
CLUSTER = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 << 20})
node = cluster.add_node(num_cpus=int(sys.argv[1]), object_store_memory=80 << 20)
raylets = [info.process.pid for kind, infos in node.all_processes.items() if kind == "raylet" for info in infos]
print(cluster.address, *raylets, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
#: By itself Ray asks a node every three seconds and takes it for dead after five refusals.
SOON = {"RAY_health_check_period_ms": "500", "RAY_health_check_failure_threshold": "3"}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[tuple[str, int]]:
    """Address of a two-node cluster, and the process id of the second node's raylet; its cores are the parameter, or 1."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    short = tempfile.mkdtemp(prefix="cb-", dir="/tmp")
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER, str(getattr(request, "param", 1))],
        env={**os.environ, **SOON, "TMPDIR": short, "RAY_TMPDIR": short},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        words = next(line.split() for line in process.stdout if line.startswith("127.0.0.1"))
        yield words[0], int(words[1])
        process.communicate("stop", timeout=60)
    shutil.rmtree(short, ignore_errors=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert finish(folder).returncode == 0
    return folder


@pytest.mark.ray
def test_a_node_may_be_lost_in_the_middle(
    cluster: tuple[str, int], undisturbed: Path, tmp_path: Path
) -> None:
    """With one of two nodes killed the run goes on where it can, and the board is the same to the byte."""
    address, raylet = cluster
    words = command(tmp_path, "--address", address, executor="ray")
    process = subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    deadline = time.monotonic() + 120
    while records_in(tmp_path) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(raylet, 9)
    output, _ = process.communicate(timeout=180)
    assert process.returncode == 0, output
    assert set(board_of(tmp_path)) == set(BOARD)
    assert board_of(tmp_path) == board_of(undisturbed)


#: A model for two cores, which says that it began and then takes its time.
WIDE = """
import time
from pathlib import Path

from carebench import Model, hookimpl
from sklearn.dummy import DummyClassifier


class Wide(DummyClassifier):
    def fit(self, X, y):
        Path({began!r}).touch()
        time.sleep(120)
        return super().fit(X, y)


@hookimpl
def carebench_models():
    yield Model("wide", families=["mortality"], build=Wide, cpus=2)
"""


@pytest.mark.ray
@pytest.mark.parametrize("cluster", [2], indirect=True)
def test_a_cell_that_only_the_dead_node_could_hold_is_unavailable(
    cluster: tuple[str, int], tmp_path: Path
) -> None:
    """With the only node of two cores killed, a cell for two cores ends as `unavailable` with the reason, and the others run."""
    address, raylet = cluster
    plugin, began = tmp_path / "wide.py", tmp_path / "began"
    plugin.write_text(WIDE.format(began=str(began)), encoding="utf-8")
    models = ("--model", "wide", "--model", "prevalence")
    more = ("--plugin", str(plugin), *models, "--out", "board", "--address", address)
    process = subprocess.Popen(
        command(tmp_path, *more, executor="ray"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not began.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(raylet, 9)
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 1, output
    cells = json.loads((tmp_path / "board" / "results.json").read_bytes())["cells"]
    assert {(cell["model"], cell["status"]) for cell in cells} == {
        ("wide", "unavailable"),
        ("prevalence", "ok"),
    }
    reasons = {cell["reason"] for cell in cells if cell["model"] == "wide"}
    assert reasons == {
        "no node that could hold it is left in the cluster: asks for 2 cores and 0 GPUs; here are 1 cores and 0 GPUs"
    }


def test_a_cell_fits_if_one_node_has_all_that_it_asks_for() -> None:
    """Cores of one node and memory of another are no place for a cell; the largest node is not the only one."""
    many, roomy = Capacity(cpus=8, gpus=0, memory=2**30), Capacity(cpus=1, gpus=0, memory=2**34)
    both = Capacity(cpus=9, gpus=0, memory=2**34 + 2**30, nodes=(many, roomy))
    assert both.why_not(8, 0, 0) == both.why_not(1, 0, 2**33) == ""
    assert both.why_not(8, 0, 2**33) == "asks for 8192 MiB of memory; here are 1024 MiB"
    assert both.why_not(9, 0, 0) == "asks for 9 cores and 0 GPUs; here are 8 cores and 0 GPUs"


def test_an_address_where_nothing_listens_answers_at_once(tmp_path: Path) -> None:
    """A dead cluster is refused in seconds with what to do, and nothing is run."""
    began = time.monotonic()
    outcome = finish(tmp_path, "--address", "127.0.0.1:9", executor="ray")
    assert outcome.returncode == 3
    assert "nothing answers at 127.0.0.1:9" in outcome.stderr
    assert time.monotonic() - began < 60


@pytest.fixture
def nonce(tmp_path: Path) -> Iterator[str]:
    """The path of a random word in a store of this test."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as path:
        yield path


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory, workplaces: Path) -> Plan:
    """A plan of an installed task and model, a file plugin's task and model, and an estimator by its dotted name."""
    plugin = tmp_path_factory.mktemp("plugin") / SPAM.name
    plugin.write_bytes(SPAM.read_bytes())
    dotted = "sklearn.svm.LinearSVC"
    suite = Suite(
        name="tiny",
        tasks=["mortality/spam-toy", "mortality/rhc-30d"],
        models=["prevalence", "spam-naive-bayes", dotted],
    )
    return make_plan(suite, discover([str(plugin)], [dotted]))


def test_nodes_that_see_what_the_driver_sees_are_accepted(nonce: str, plan: Plan) -> None:
    """A node with the same plugins says the same of all that the plan needs, and the nonce is gone afterwards."""
    there = agreement.facts_there(nonce, agreement.needed_by(plan))
    here = agreement.facts_here(nonce, plan)
    agreement.insist(here, {"node": there})
    assert here == there
    assert {"version of SurvSet", "version of scikit-learn", "code of the model prevalence"} <= set(here)
    assert {"code of the task mortality/rhc-30d", "code of the family mortality"} <= set(here)


def test_the_nonce_does_not_stay(tmp_path: Path) -> None:
    """The random word lies in the store only while nodes are asked."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as path:
        assert Path(path).exists()
    assert not list((tmp_path / "unfinished").iterdir())


@pytest.mark.parametrize(
    "differing",
    [
        *("version of numpy", "code of carebench", "version of Python", "version of SurvSet"),
        *(
            "code of the model prevalence",
            "code of the task mortality/rhc-30d",
            "code of the family mortality",
        ),
    ],
)
def test_a_node_with_another_environment_is_refused(nonce: str, plan: Plan, differing: str) -> None:
    """The message names the node and what differs."""
    here = agreement.facts_here(nonce, plan)
    with pytest.raises(UsageError, match="the node abc does not agree") as caught:
        agreement.insist(here, {"abc": {**here, differing: "0.0"}, "abd": here})
    assert f"{differing}: 0.0 there" in str(caught.value)


@pytest.mark.parametrize("kind", ["families", "tasks", "models"])
def test_a_node_whose_plugin_has_other_code_is_refused(
    nonce: str, plan: Plan, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed plugin of the same version whose module differs is found out by its digest."""
    found = discover(agreement.needed_by(plan).plugins, agreement.needed_by(plan).dotted)
    edited = replace(found, **{kind: [replace(entry, code="0" * 64) for entry in getattr(found, kind)]})
    monkeypatch.setattr(agreement, "discover", lambda plugins, dotted: edited)
    there = agreement.facts_there(nonce, agreement.needed_by(plan))
    with pytest.raises(UsageError, match=r"code of the .*: 0000000000000000 there"):
        agreement.insist(agreement.facts_here(nonce, plan), {"abc": there})


def test_a_node_with_another_plugin_file_is_refused(nonce: str, plan: Plan) -> None:
    """The bytes of a single-file plugin are compared; a file that is not there is said so."""
    here = agreement.facts_here(nonce, plan)
    (file,) = [Path(model.origin.target) for model in plan.models if model.origin.kind == "file"]
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(UsageError, match=r"plugin file .*carebench_spam.py: [0-9a-f]{16} there"):
        agreement.insist(here, {"abc": agreement.facts_there(nonce, agreement.needed_by(plan))})
    file.rename(file.with_suffix(".away"))
    with pytest.raises(UsageError, match=r"plugins of the plan: .*there is no such file there, usable here"):
        agreement.insist(here, {"abc": agreement.facts_there(nonce, agreement.needed_by(plan))})
    file.with_suffix(".away").rename(file)
    file.write_bytes(SPAM.read_bytes())


def test_a_node_that_differs_in_much_is_told_in_few_words(nonce: str, plan: Plan) -> None:
    """Five differences are named, the others counted."""
    with pytest.raises(UsageError, match=r"; and \d+ more; install the same environment"):
        agreement.insist(agreement.facts_here(nonce, plan), {"abc": {}})


def test_a_node_without_the_shared_folder_is_refused(tmp_path: Path, plan: Plan) -> None:
    """A node that cannot read the nonce does not share the store."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as nonce:
        here = agreement.facts_here(nonce, plan)
    elsewhere = agreement.facts_here(nonce, plan)
    with pytest.raises(UsageError, match=r"shared folder .*: nothing there"):
        agreement.insist(here, {"abc": elsewhere})


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        ("GetTimeoutError", r"the node alpha did not say within 90 s"),
        ("WorkerCrashedError", r"the node alpha could not say .*WorkerCrashedError: it crashed"),
    ],
)
def test_a_node_that_cannot_be_asked_is_named(raised: str, said: str) -> None:
    """Whatever Ray raises when a node is asked becomes one line with the node's name and what to do."""
    from ray import exceptions

    executor = RayExecutor.__new__(RayExecutor)

    def get(reference: object, timeout: float) -> None:
        raise type(
            raised, (getattr(exceptions, raised),), {"__str__": lambda error: "a traceback\nit crashed"}
        )

    executor._ray = SimpleNamespace(exceptions=exceptions, get=get)
    with pytest.raises(InfrastructureError, match=said) as caught:
        executor._told_by("alpha", object())
    assert "\n" not in str(caught.value)
