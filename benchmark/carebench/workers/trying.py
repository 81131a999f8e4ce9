"""Trying parameters, and choosing an ensemble among what was tried: from jobs to Trial records that are on the disk."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.errors import InvalidAnswer
from carebench.jobs import Selected
from carebench.seeds import derive
from carebench.store import Store
from carebench.text import one_line
from carebench.tuning import Trial
from carebench.warden import supervise, workplace
from carebench.workers.answering import answer_files, model_order, send, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from carebench.jobs import SelectJob, TrialJob
    from carebench.warden import Ending
    from carebench.workers.slot import Slot


def attempt(job: TrialJob, cancelled: Callable[[], bool], slot: Slot) -> Trial:
    """One trial, judged; published unless it was cancelled, so that it is made again."""
    store = Store(Path(job.places.store))
    with workplace() as work:
        ending = send("attempt", _attempt_order(job), job, work, cancelled, slot)
        trial = _trial(job, ending)
        if trial.state == "ok":
            trial = _keep(job, trial, work, store)
    if trial.state == "ok":
        trial = _judged(job, trial, store, cancelled, slot)
    if trial.state != "cancelled":
        store.publish([trial])
    return trial


def choose(job: SelectJob, cancelled: Callable[[], bool], slot: Slot) -> Selected:
    """The ensemble among the job's trials."""
    store = Store(Path(job.places.store))
    ending = _judge(job, job.trials, store, cancelled, slot, select=True)
    weights = ending.outcome.get("weights")
    if ending.outcome.get("status") != "ok" or not isinstance(weights, dict):
        return Selected(reason=one_line(f"the ensemble could not be chosen: {ending.cause}"))
    return Selected(weights={int(number): float(weight) for number, weight in weights.items()})


def _attempt_order(job: TrialJob) -> dict[str, Any]:
    return model_order(job) | {
        "params": dict(job.params),
        "folds": job.split.manifest["folds"],
        "seed": derive("trial", job.task.name, job.task.version, job.model.base, job.seed),
    }


def _trial(job: TrialJob, ending: Ending) -> Trial:
    state, reason = verdict(ending)
    return Trial(
        study=job.study,
        number=job.number,
        params=dict(job.params),
        state="failed" if state == "irreproducible" else state,
        reason=one_line(reason),
        limits={"wall": job.limits.wall, "memory": job.limits.memory},
        cost={"wall_s": ending.wall_s, "cpu_s": ending.cpu_s, "peak_bytes": ending.peak_bytes},
    )


def _keep(job: TrialJob, trial: Trial, work: Path, store: Store) -> Trial:
    """Check the arrays again, as the parent, and publish them."""
    try:
        files = answer_files(job.family, job.split.manifest["rows"], work)
    except InvalidAnswer as error:
        return replace(trial, state="invalid", reason=one_line(str(error)))
    return replace(trial, arrays={name: store.publish_array(data) for name, data in files.items()})


def _judged(job: TrialJob, trial: Trial, store: Store, cancelled: Callable[[], bool], slot: Slot) -> Trial:
    """The trial with its value, or without one and the reason."""
    ending = _judge(job, [trial], store, cancelled, slot, select=False)
    value = ending.outcome.get("value")
    if ending.status == "cancelled":
        return replace(trial, state="cancelled")
    if ending.outcome.get("status") != "ok" or not isinstance(value, float):
        return replace(trial, state="failed", reason=one_line(f"could not be judged: {ending.cause}"))
    return replace(trial, value=value)


def _judge(
    job: TrialJob | SelectJob,
    trials: Sequence[Trial],
    store: Store,
    cancelled: Callable[[], bool],
    slot: Slot,
    *,
    select: bool,
) -> Ending:
    order = {
        "family_origin": asdict(job.family.origin),
        "family": job.family.name,
        "split": job.split.folder,
        "folds": job.split.manifest["folds"],
        "trials": {str(trial.number): _files(trial, store) for trial in trials},
        "select": select,
    }
    with workplace() as work:
        return supervise("judge", order, work, job.limits, cancelled=cancelled, template=slot.template())


def _files(trial: Trial, store: Store) -> Mapping[str, str]:
    return {name: str(store.array_path(digest).resolve()) for name, digest in trial.arrays.items()}
