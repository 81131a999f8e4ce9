"""The executor without Ray: the same children, started from threads of this process; for debugging and small machines."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil

from carebench.errors import LostChild, StoreError
from carebench.executors import Capacity, Done
from carebench.workers import perform
from carebench.workers.slot import Slot

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.jobs import Job
    from carebench.plan import Plan


class LocalExecutor:
    """Runs each job in a thread that waits on its child.

    Args:
        cpus: number of jobs side by side.
        warm: whether children are forked from templates where that is possible.
    """

    def __init__(self, cpus: int, *, warm: bool = True) -> None:
        self.capacity = Capacity(cpus=cpus, gpus=0.0, memory=psutil.virtual_memory().total)
        self._finished: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._stop = threading.Event()
        self.ahead = 0
        self._slots: queue.SimpleQueue[Slot] = queue.SimpleQueue()
        for _ in range(cpus):
            self._slots.put(Slot(warm=warm))
        self._pool = ThreadPoolExecutor(max_workers=cpus, thread_name_prefix="carebench")

    def submit(self, job: Job) -> None:
        """Start a job; it comes back from `wait`."""
        self._pool.submit(self._run, job)

    def wait(self, seconds: float) -> list[Done]:
        """Jobs that came back, waiting at most `seconds` for the first."""
        try:
            found = [self._finished.get(timeout=seconds)]
        except queue.Empty:
            return []
        while not self._finished.empty():
            found.append(self._finished.get())
        return found

    def insist_that_nodes_agree(self, store: Path, plan: Plan) -> None:
        """There is one node, this one."""

    def cancel(self) -> None:
        """End all running jobs now; they come back from `wait` as cancelled."""
        self._stop.set()

    def close(self) -> None:
        """Wait until every thread has ended."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        while not self._slots.empty():
            self._slots.get().close()

    def _run(self, job: Job) -> None:
        slot = self._slots.get()
        self._finished.put(outcome(job, self._stop, slot))
        self._slots.put(slot)


def outcome(job: Job, stop: threading.Event, slot: Slot) -> Done:
    """Do one job; whatever it raises becomes its trouble."""
    try:
        result = perform(job, stop.is_set, slot)
    except StoreError as error:
        return Done(job=job, trouble="store", message=str(error))
    except LostChild as error:
        return Done(job=job, trouble="lost", message=str(error))
    except Exception as error:  # noqa: BLE001 - one job's bug must not end the others
        return Done(job=job, trouble="bug", message=f"{type(error).__name__}: {error}")
    return Done(job=job, result=result)
