"""Answering a cell: from a job to a record that is on the disk."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.answers import FLAGS, MOST_COLUMNS, check_answer
from carebench.arrays import from_bytes
from carebench.errors import InvalidAnswer
from carebench.handover import read_handed_over
from carebench.lastline import place_of
from carebench.records import Record, Status, answer_digest, cell_key
from carebench.seeds import derive
from carebench.store import Store
from carebench.text import one_line, printable
from carebench.warden import Ending, supervise, workplace
from carebench.workers.surroundings import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carebench.catalogue import FamilyEntry
    from carebench.family import Answer
    from carebench.jobs import AnswerJob, TrialJob
    from carebench.workers.slot import Slot

_SAID_BY_CHILDREN: tuple[Status, ...] = ("ok", "failed", "invalid", "oom", "unsuited", "unavailable")


def answer(job: AnswerJob, cancelled: Callable[[], bool], slot: Slot) -> Record:
    """The record of one attempt, published with its arrays."""
    store = Store(Path(job.places.store))
    with workplace() as work:
        ending = send("answer", _answer_order(job), job, work, cancelled, slot)
        record = _record(job, ending)
        if record.status == "ok":
            record = _keep_answer(job, record, work, store)
    store.publish([record])
    return record


def send(
    program: str,
    order: Mapping[str, Any],
    job: AnswerJob | TrialJob,
    work: Path,
    cancelled: Callable[[], bool],
    slot: Slot,
) -> Ending:
    """Send a child in which a model's plugin works, with the cores and accelerators that the model asked for."""
    return supervise(
        program,
        order,
        work,
        job.limits,
        threads=job.cpus,
        cancelled=cancelled,
        template=None if job.gpus else slot.template(job.model.libraries),
        line=place_of(job.places.store, job.label),
        extra_environment={
            "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "") if job.gpus else ""
        },
    )


def model_order(job: AnswerJob | TrialJob) -> dict[str, Any]:
    """What a child must know to build the job's model and to answer as its family declares."""
    return {
        "origin": asdict(job.model.origin),
        "model": job.model.registered,
        "code": job.model.code,
        "families": list(job.model.families),
        "family_origin": asdict(job.family.origin),
        "family": job.family.name,
        "asking": job.family.asking,
        "answers": [asdict(entry) for entry in job.family.answers],
        "split": job.split.folder,
        "threads": job.cpus,
    }


def _answer_order(job: AnswerJob) -> dict[str, Any]:
    return model_order(job) | {
        "members": [[each.weight, dict(each.params)] for each in job.members],
        "rows": dict(job.split.manifest["rows"]),
        "seed": derive("answer", job.task.name, job.task.version, job.model.name, job.seed),
        "probe": job.repeat,
    }


def _record(job: AnswerJob, ending: Ending) -> Record:
    outcome = ending.outcome
    status, reason = verdict(ending)
    return Record(
        key=cell_key(job.task, job.model, job.family.asking, job.seed),
        task=job.task.name,
        model=job.model.name,
        seed=job.seed,
        status=status,
        reason=one_line(reason),
        phase=ending.phase,
        split=job.split.manifest["digest"],
        rows=dict(job.split.manifest["rows"]),
        plugin=job.model.origin.label,
        limits={"wall": job.limits.wall, "memory": job.limits.memory},
        cost={
            "wall_s": ending.wall_s,
            "cpu_s": ending.cpu_s,
            "peak_bytes": ending.peak_bytes,
            **_seconds(outcome),
        },
        environment={**environment(), "threads": job.cpus},
        output=ending.output,
        traceback=printable(str(outcome.get("traceback", "")), 16_384),
        strays=ending.strays,
        probed=job.repeat,
        tuned=job.tuned,
        flags=tuple(flag for flag in FLAGS if flag in _list(outcome.get("flags"))),
    )


def verdict(ending: Ending) -> tuple[Status, str]:
    """How the attempt ended; a plugin may have written an outcome of its own, so only known words are taken."""
    if ending.status != "ok":
        return ending.status, ending.reason
    for status in _SAID_BY_CHILDREN:
        if ending.outcome.get("status") == status:
            return status, ending.cause
    return "invalid", "left an outcome that is none of the answering program's"


def _seconds(outcome: Mapping[str, Any]) -> dict[str, float]:
    """The times that the child took, where they are numbers."""
    said = outcome.get("seconds")
    times = said if isinstance(said, dict) else {}
    return {name: float(times[name]) for name in ("fit_s", "predict_s") if isinstance(times.get(name), float)}


def _list(said: object) -> list[object]:
    return said if isinstance(said, list) else []


def _keep_answer(job: AnswerJob, record: Record, work: Path, store: Store) -> Record:
    """Check the arrays again, as the parent, and publish them; an answer that fails is `invalid`."""
    try:
        files = answer_files(job.family, job.split.manifest["rows"], work)
    except InvalidAnswer as error:
        return replace(record, status="invalid", reason=one_line(str(error)))
    arrays = {name: store.publish_array(data) for name, data in files.items()}
    return replace(record, arrays=arrays, answer=answer_digest(arrays))


def answer_files(family: FamilyEntry, rows: Mapping[str, int], work: Path) -> dict[str, bytes]:
    """The bytes of each array that the child left, checked against the family's declaration.

    Raises:
        InvalidAnswer: with what was expected and what came.
    """
    files = {
        entry.name: read_handed_over(work / f"{entry.name}.npy", _most_bytes(entry, rows))
        for entry in family.answers
        if (work / f"{entry.name}.npy").exists()
    }
    arrays = {name: from_bytes(data, name) for name, data in files.items()}
    check_answer(arrays, family.answers, rows)
    return files


def _most_bytes(entry: Answer, rows: Mapping[str, int]) -> int:
    """The size of the array that the family declares, in the widest type, with its header."""
    columns = MOST_COLUMNS if entry.columns == "any" else entry.columns or 1
    return rows[entry.rows] * columns * 8 + 8192
