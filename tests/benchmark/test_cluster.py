"""A cluster of two nodes on this machine: the same board, a lost node, and nodes that do not agree."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import pytest

from carebench.errors import UsageError
from carebench.executors import agreement
from tests.benchmark.test_run import BOARD, board_of, command, finish, records_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Starts a head without cores and two nodes of one core, says address and process ids, and lives until told.
CLUSTER = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": 80 << 20})
node = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
raylets = [info.process.pid for kind, infos in node.all_processes.items() if kind == "raylet" for info in infos]
print(cluster.address, *raylets, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Address of a two-node cluster, and the process id of the second node's raylet."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    short = tempfile.mkdtemp(prefix="cb-", dir="/tmp")
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        env={**os.environ, "TMPDIR": short, "RAY_TMPDIR": short},
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


def test_an_address_where_nothing_listens_answers_at_once(tmp_path: Path) -> None:
    """A dead cluster is refused in seconds with what to do, and nothing is run."""
    began = time.monotonic()
    outcome = finish(tmp_path, "--address", "127.0.0.1:9", executor="ray")
    assert outcome.returncode == 3
    assert "nothing answers at 127.0.0.1:9" in outcome.stderr
    assert time.monotonic() - began < 60


def test_nodes_that_see_what_the_driver_sees_are_accepted(tmp_path: Path) -> None:
    """Equal facts pass, and the nonce is gone afterwards."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as nonce:
        here = agreement.facts(nonce, [__file__])
        agreement.insist(here, {"node": agreement.facts(nonce, [__file__])})
    assert not list((tmp_path / "unfinished").iterdir())


@pytest.mark.parametrize("differing", ["version of numpy", "code of carebench", "version of Python"])
def test_a_node_with_another_environment_is_refused(tmp_path: Path, differing: str) -> None:
    """The message names the node and what differs."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as nonce:
        here = agreement.facts(nonce, [])
        with pytest.raises(UsageError, match="the node abc does not agree") as caught:
            agreement.insist(here, {"abc": {**here, differing: "0.0"}, "abd": here})
    assert f"{differing}: 0.0 there" in str(caught.value)


def test_a_node_without_the_shared_folder_is_refused(tmp_path: Path) -> None:
    """A node that cannot read the nonce does not share the store."""
    (tmp_path / "unfinished").mkdir()
    with agreement.nonce_in(tmp_path) as nonce:
        here = agreement.facts(nonce, [])
    elsewhere = agreement.facts(nonce, [])
    with pytest.raises(UsageError, match=r"shared folder .*: nothing there"):
        agreement.insist(here, {"abc": elsewhere})
