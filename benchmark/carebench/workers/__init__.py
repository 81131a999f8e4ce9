"""What a worker does with a job: it sends a child to do the plugin's part, checks what came back, and publishes it.

A worker runs our code alone, on Ray or in a thread. It publishes before it reports, so that a dead
driver loses only what was still running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.jobs import AnswerJob, PrepareJob, SelectJob, TrialJob
from carebench.workers.answering import answer
from carebench.workers.preparing import prepare
from carebench.workers.scoring import score
from carebench.workers.trying import attempt, choose

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench.jobs import Job, Result
    from carebench.workers.slot import Slot


def perform(job: Job, cancelled: Callable[[], bool], slot: Slot) -> Result:
    """Do one job.

    Raises:
        StoreError: when its result could not be kept.
    """
    if isinstance(job, PrepareJob):
        return prepare(job, cancelled, slot)
    if isinstance(job, AnswerJob):
        return answer(job, cancelled, slot)
    if isinstance(job, TrialJob):
        return attempt(job, cancelled, slot)
    if isinstance(job, SelectJob):
        return choose(job, cancelled, slot)
    return score(job, cancelled, slot)
