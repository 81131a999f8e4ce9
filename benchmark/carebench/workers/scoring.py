"""Scoring a batch of answers to one task and seed: from a job to scores that are on the disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.errors import InvalidAnswer
from carebench.handover import read_handed_over
from carebench.pinning import data_environment
from carebench.records import Score, scorer_key
from carebench.store import Store, checked
from carebench.text import one_line
from carebench.warden import Ending, supervise, workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from carebench.jobs import ScoreJob
    from carebench.workers.slot import Slot


_MOST_BYTES = 2**30


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
        "code": job.task.code,
        "family_origin": asdict(job.family.origin),
        "family": job.family.name,
        "seed": job.seed,
        "answers": answers,
    }


def _keep_scores(job: ScoreJob, ending: Ending, work: Path, store: Store, key: str) -> list[Score]:
    """The scores that came back; whatever a task's code left that is none of ours fails the batch, not the run."""
    if ending.outcome.get("status") != "ok":
        return _all_failed(job, key, ending.cause)
    try:
        scores = _read_scores(ending, work, store, key)
    except (InvalidAnswer, KeyError, TypeError, AttributeError, ValueError) as error:
        return _all_failed(job, key, f"left no scores that can be read ({type(error).__name__}: {error})")
    if sorted(score.answer for score in scores) != sorted(job.answers):
        return _all_failed(job, key, "gave scores for other answers than those that it was asked for")
    return scores


def _read_scores(ending: Ending, work: Path, store: Store, key: str) -> list[Score]:
    units = _publish(work / "units.npy", store)
    return [_keep_score(entry, key, units, work, store) for entry in ending.outcome["scores"]]


def _all_failed(job: ScoreJob, key: str, cause: str) -> list[Score]:
    reason = one_line(f"the scorer failed: {cause}")
    return [
        Score(answer=digest, scorer=key, status="failed", reason=reason) for digest in sorted(job.answers)
    ]


def _keep_score(entry: Mapping[str, Any], key: str, units: str, work: Path, store: Store) -> Score:
    if entry["status"] != "ok":
        reason = one_line(f"the scorer failed: {entry['reason']}")
        return checked(Score(answer=entry["digest"], scorer=key, status="failed", reason=reason))
    own = Path(entry.get("units_file", "")).name
    score = Score(
        answer=entry["digest"],
        scorer=key,
        status="ok",
        metrics=entry["metrics"],
        undefined={name: one_line(reason) for name, reason in entry["undefined"].items()},
        facts=entry["facts"],
        subgroups=entry["subgroups"],
        notes=[one_line(note) for note in entry["notes"]],
        units=_publish(work / own, store) if own else units,
        resampled=bool(own),
        contributions={
            name: _publish(work / Path(file).name, store) for name, file in entry["files"].items()
        },
    )
    return checked(score)


def _publish(path: Path, store: Store) -> str:
    return store.publish_array(read_handed_over(path, _MOST_BYTES))
