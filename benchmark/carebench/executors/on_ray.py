"""The executor on Ray: embedded on this machine, or on a cluster by its address.

Ray places jobs and nothing else. Each setting below answers a trap that was measured: a dead cluster
found in the environment, tokens in the home folder, sockets on every interface, notices on stdout,
paths too long for a socket, retries without end, and a memory monitor that kills the wrong process.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil

from carebench.errors import InfrastructureError, UsageError
from carebench.executors import Capacity, Done, agreement
from carebench.executors.local import outcome
from carebench.processes import owner_tag
from carebench.text import one_line
from carebench.workers.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from carebench.jobs import Job
    from carebench.plan import Plan

_KNOCK_SECONDS = 5.0
_NODE_SECONDS = 90.0
_STORE_BYTES = 80 * 2**20
_SETTINGS = {
    "RAY_AUTH_MODE": "token",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_task_oom_retries": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "20",
}


class RayExecutor:
    """Runs each job as one Ray task with the cores and accelerators that it asks for.

    Args:
        cpus: cores of an embedded instance; a cluster brings its own.
        address: `host:port` of a running cluster, or empty for an embedded instance.
    """

    def __init__(self, cpus: int, address: str = "") -> None:
        self._folder, self._address, self._knocked = "", address, time.monotonic()
        self._running: dict[Any, Job] = {}
        with _settings(embedded=not address):
            import ray

            self._ray: Any = ray
            with notices_aside():
                self._connect(cpus, address)
            self._daemons = {} if address else _daemons()
        self.capacity = self._capacity()
        self.ahead = 1
        self._remote = ray.remote(max_retries=0)(_on_worker)

    def insist_that_nodes_agree(self, store: Path, plan: Plan) -> None:
        """Refuse a cluster whose nodes have another environment, other plugins, or other folders, than the driver.

        Raises:
            UsageError: naming the node and the difference.
            InfrastructureError: naming a node that does not say what it has.
        """
        with agreement.nonce_in(store) as nonce:
            needed = agreement.needed_by(plan)
            asked = {_called(node): self._ask_node(node["NodeID"], nonce, needed) for node in self._living()}
            seen = {node: self._told_by(node, reference) for node, reference in asked.items()}
            agreement.insist(agreement.facts_here(nonce, plan), seen)

    def _capacity(self) -> Capacity:
        """What the nodes that live now have."""
        nodes = tuple(_capacity(node["Resources"]) for node in self._living())
        return Capacity(
            cpus=sum(node.cpus for node in nodes),
            gpus=sum(node.gpus for node in nodes),
            memory=sum(node.memory for node in nodes),
            nodes=nodes,
        )

    def _living(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _ask_node(self, node: str, nonce: str, needed: agreement.Needed) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
        remote = self._ray.remote(max_retries=0, num_cpus=0)(agreement.facts_there)
        return remote.options(scheduling_strategy=there).remote(nonce, needed)

    def _told_by(self, node: str, reference: Any) -> dict[str, str]:
        """What a node said, or one message that names it, whatever Ray raises."""
        try:
            told: dict[str, str] = self._ray.get(reference, timeout=_NODE_SECONDS)
        except self._ray.exceptions.GetTimeoutError as error:
            raise InfrastructureError(
                f"the node {node} did not say within {_NODE_SECONDS:g} s what is installed there; "
                "look at it with `ray status`, or take it out of the cluster"
            ) from error
        except self._ray.exceptions.RayError as error:
            raise InfrastructureError(
                f"the node {node} could not say what is installed there ({type(error).__name__}: {_last_line(error)}); "
                "install the same carebench there, or take the node out of the cluster"
            ) from error
        return told

    def submit(self, job: Job) -> None:
        """Start a job; it comes back from `wait`."""
        placed = self._remote.options(num_cpus=job.cpus, num_gpus=job.gpus, memory=job.memory or None)
        self._running[placed.remote(job)] = job

    def wait(self, seconds: float) -> list[Done]:
        """Jobs that came back, waiting at most `seconds` for the first."""
        self._insist_that_ray_lives()
        if not self._running:
            return []
        if stranded := self._stranded():
            return stranded
        ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=seconds)
        more, _ = self._ray.wait(list(self._running), num_returns=len(self._running), timeout=0)
        return [self._collect(reference) for reference in dict.fromkeys([*ready, *more])]

    def cancel(self) -> None:
        """End all running jobs now; they come back from `wait` as cancelled."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)

    def close(self) -> None:
        """Shut Ray down and remove its files."""
        with notices_aside():
            self._ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _insist_that_ray_lives(self) -> None:
        """Ray ends the driver without a word some time after its own processes die; say it before.

        Of a cluster the capacity is read again, since nodes come and go.
        """
        dead = [name for name, process in self._daemons.items() if not _alive(process)]
        if self._address and time.monotonic() - self._knocked > _KNOCK_SECONDS:
            self._knocked = time.monotonic()
            _knock(self._address)
            self.capacity = self._capacity()
        if dead:
            raise InfrastructureError(
                f"Ray's {' and '.join(dead)} ended; what was finished is kept: the same command again completes the rest"
            )

    def _stranded(self) -> list[Done]:
        """Jobs that no living node can hold: Ray would let them wait for ever."""
        asked = {
            reference: self.capacity.why_not(job.cpus, job.gpus, job.memory)
            for reference, job in self._running.items()
        }
        return [self._give_up(reference, reason) for reference, reason in asked.items() if reason]

    def _give_up(self, reference: Any, reason: str) -> Done:
        self._ray.cancel(reference, force=True)
        message = f"no node that could hold it is left in the cluster: {reason}"
        return Done(job=self._running.pop(reference), trouble="unavailable", message=message)

    def _connect(self, cpus: int, address: str) -> None:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": True}
        try:
            if address:
                _knock(address)
                self._ray.init(address=address, **quiet)
                return
            # Ray opens its own folder to everybody, so it gets one within a folder that is ours alone
            self._folder = tempfile.mkdtemp(prefix=f"cb-{owner_tag()}-", dir="/tmp")
            self._ray.init(
                address="local",
                num_cpus=cpus,
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                _temp_dir=f"{self._folder}/r",
                **quiet,
            )
        except (OSError, RuntimeError, ValueError) as error:
            remedy = (
                "check the address and the token" if address else "try --executor local, which needs no Ray"
            )
            raise UsageError(f"Ray did not start: {one_line(str(error))}; {remedy}") from error

    def _collect(self, reference: Any) -> Done:
        errors = self._ray.exceptions
        job = self._running.pop(reference)
        try:
            result: Done = self._ray.get(reference)
        except errors.TaskCancelledError:
            return Done(job=job, trouble="cancelled", message="stopped")
        except (
            errors.RayTaskError,
            errors.RaySystemError,
            errors.WorkerCrashedError,
            errors.RayError,
        ) as error:
            return Done(
                job=job, trouble="lost", message=one_line(f"the worker was lost: {type(error).__name__}")
            )
        return result


def _called(node: Mapping[str, Any]) -> str:
    """Name and address of a node, and the beginning of its id, by which `ray list nodes` finds it."""
    return f"{node['NodeManagerHostname']} ({node['NodeManagerAddress']}, {node['NodeID'][:12]})"


def _last_line(error: Exception) -> str:
    """The cause in Ray's text, which begins with the traceback of the worker."""
    lines = str(error).strip().splitlines()
    return one_line(lines[-1]) if lines else ""


def _capacity(resources: Mapping[str, float]) -> Capacity:
    return Capacity(
        cpus=int(resources.get("CPU", 0)),
        gpus=float(resources.get("GPU", 0)),
        memory=int(resources.get("memory", 0)),
    )


def _daemons() -> dict[str, psutil.Process]:
    """The processes without which an embedded Ray is lost, by name."""
    children = psutil.Process().children(recursive=True)
    return {child.name(): child for child in children if child.name() in ("gcs_server", "raylet")}


def _alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _on_worker(job: Job) -> Done:
    """What a Ray worker runs: our code, and no plugin."""
    return outcome(job, threading.Event(), _slot())


@functools.cache
def _slot() -> Slot:
    """The slot of this worker process, kept from job to job."""
    return Slot()


def _knock(address: str) -> None:
    """Ask whether anything listens, since Ray would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        raise InfrastructureError(
            f"nothing answers at {address}: {error}; start Ray there with `ray start --head`"
        ) from error


@contextlib.contextmanager
def _settings(*, embedded: bool) -> Iterator[None]:
    """Ray's settings, which it reads from the environment when it is imported and when it starts."""
    chosen = dict(_SETTINGS)
    if embedded:
        os.environ.pop("RAY_ADDRESS", None)
        chosen["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    else:
        del chosen["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"]
        chosen = {name: value for name, value in chosen.items() if name not in os.environ}
    os.environ.update(chosen)
    yield


@contextlib.contextmanager
def notices_aside(log: Path | None = None) -> Iterator[None]:
    """Send what native code writes to file descriptor 1 to stderr's place for a while."""
    sys.stdout.flush()
    kept = os.dup(1)
    target = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.dup2(target, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(target)
