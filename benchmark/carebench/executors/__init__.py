"""Where jobs run: one signature, two places; an answer is byte-identical whichever is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.jobs import Job, Result
    from carebench.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Done:
    """A job that came back.

    Attributes:
        job: what was asked.
        result: what came; None when `trouble` says why not.
        trouble: `store` when a result could not be kept, `lost` when the worker, or the template of its child, died, `cancelled`, or
            `unavailable` when nothing is left that could hold it, `bug` for an error of our own; empty when all is well.
        message: the trouble in words.
    """

    job: Job
    result: Result | None = None
    trouble: Literal["", "store", "lost", "cancelled", "unavailable", "bug"] = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What the executor has to give: cores, accelerators, and bytes of memory.

    Attributes:
        nodes: what each node has, when there are several; a cell never spans nodes.
    """

    cpus: int
    gpus: float
    memory: int
    nodes: tuple[Capacity, ...] = ()

    @property
    def largest(self) -> Capacity:
        """The node for the largest cells: accelerators first, then cores, then memory."""
        return max(self.nodes or (self,), key=lambda node: (node.gpus, node.cpus, node.memory))

    def why_not(self, cpus: int, gpus: float, memory: int) -> str:
        """Why no node can hold a cell that asks for so much; empty when one can.

        Example:
            >>> Capacity(cpus=2, gpus=0, memory=2**30).why_not(4, 0, 0)
            'asks for 4 cores and 0 GPUs; here are 2 cores and 0 GPUs'
        """
        if any(
            cpus <= node.cpus and gpus <= node.gpus and memory <= node.memory
            for node in self.nodes or (self,)
        ):
            return ""
        largest = self.largest
        if cpus > largest.cpus or gpus > largest.gpus:
            here = f"{largest.cpus} cores and {largest.gpus:g} GPUs"
            return f"asks for {cpus} cores and {gpus:g} GPUs; here are {here}"
        return f"asks for {memory >> 20} MiB of memory; here are {largest.memory >> 20} MiB"


class Executor(Protocol):
    """Runs jobs side by side, within its capacity.

    Attributes:
        capacity: what it has to give.
        ahead: cores' worth of jobs that it likes to hold beyond its capacity, so that none idles while it reports.
    """

    capacity: Capacity
    ahead: int

    def submit(self, job: Job) -> None:
        """Start a job; it comes back from `wait`."""

    def wait(self, seconds: float) -> list[Done]:
        """Jobs that came back, waiting at most `seconds` for the first."""

    def insist_that_nodes_agree(self, store: Path, plan: Plan) -> None:
        """Refuse to run where a node has another environment, other plugins, or other folders, than the driver."""

    def cancel(self) -> None:
        """End all running jobs now; they come back from `wait` as cancelled."""

    def close(self) -> None:
        """Leave nothing behind."""
