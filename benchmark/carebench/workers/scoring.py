"""Scoring a batch of answers to one task and seed: from a job to scores that are on the disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.records import Score, scorer_key
from carebench.store import Store
from carebench.text import one_line
from carebench.warden import Ending, supervise, workplace
from carebench.workers.handover import read_handed_over
from carebench.workers.surroundings import data_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carebench.jobs import ScoreJob
    from carebench.workers.slot import Slot


def score(job: ScoreJob, cancelled: Callable[[], bool], slot: Slot) -> list[Score]:
    """The scores of a batch, published with their contributions."""
    store = Store(Path(job.places.store))
    key = scorer_key(job.task, job.family.code, job.seed)
    with workplace() as work:
        ending = supervise(
            "score",
            _score_order(job, store),
            work,
            job.limits,
            extra_environment=data_environment(),
            cancelled=cancelled,
            template=slot.template(),
        )
        scores = _keep_scores(job, ending, work, store, key)
    if ending.status != "cancelled":
        store.publish(scores)
    return scores


def _score_order(job: ScoreJob, store: Store) -> dict[str, Any]:
    answers = [
        {
            "digest": digest,
            "arrays": {name: str(store.array_path(array).resolve()) for name, array in arrays.items()},
        }
        for digest, arrays in sorted(job.answers.items())
    ]
    return {
        "origin": asdict(job.task.origin),
        "task": job.task.name,
        "family_origin": asdict(job.family.origin),
        "family": job.family.name,
        "seed": job.seed,
        "answers": answers,
    }


def _keep_scores(job: ScoreJob, ending: Ending, work: Path, store: Store, key: str) -> list[Score]:
    outcome = ending.outcome
    if outcome.get("status") != "ok":
        reason = one_line(f"the scorer failed: {ending.cause}")
        return [
            Score(answer=digest, scorer=key, status="failed", reason=reason) for digest in sorted(job.answers)
        ]
    units = store.publish_array(read_handed_over(work / "units.npy"))
    return [_keep_score(entry, key, units, work, store) for entry in outcome["scores"]]


def _keep_score(entry: Mapping[str, Any], key: str, units: str, work: Path, store: Store) -> Score:
    if entry["status"] != "ok":
        reason = one_line(f"the scorer failed: {entry['reason']}")
        return Score(answer=entry["digest"], scorer=key, status="failed", reason=reason)
    files = {name: work / Path(file).name for name, file in entry["files"].items()}
    own = Path(entry.get("units_file", "")).name
    return Score(
        answer=entry["digest"],
        scorer=key,
        status="ok",
        metrics=entry["metrics"],
        undefined={name: one_line(reason) for name, reason in entry["undefined"].items()},
        facts=entry["facts"],
        notes=[one_line(note) for note in entry["notes"]],
        units=store.publish_array(read_handed_over(work / own)) if own else units,
        resampled=bool(own),
        contributions={name: store.publish_array(read_handed_over(path)) for name, path in files.items()},
    )
