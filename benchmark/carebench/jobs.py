"""What a worker does: prepare a split, get one answer, score a batch; separate from the executors, which only place jobs.

A worker runs our code alone. It sends a child to do the plugin's part, checks what came back, and
publishes it before it reports, so that a dead driver loses only what was still running.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import secrets
import shutil
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.answers import check_answer
from carebench.arrays import read_header
from carebench.canonical import dump, file_digest, load
from carebench.catalogue import FamilyEntry, ModelEntry, TaskEntry
from carebench.errors import InvalidAnswer
from carebench.records import Record, Score, answer_digest, cell_key, scorer_key, split_key
from carebench.seeds import derive
from carebench.store import Store
from carebench.text import one_line, printable
from carebench.warden import Ending, Limits, supervise, workplace

if TYPE_CHECKING:
    from numpy.typing import NDArray

MANIFEST = "manifest.json"
_LIBRARIES = ("carebench", "numpy", "scipy", "scikit-learn", "pandas", "torch", "ray")
Cancelled = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folders that the driver and all workers share."""

    store: str
    cache: str


@dataclass(frozen=True, kw_only=True)
class PrepareJob:
    """Make the split of a task for a seed, unless it is in the cache."""

    task: TaskEntry
    seed: int
    limits: Limits
    places: Places
    cpus: int = 1
    gpus: float = 0

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} seed {self.seed}: prepare"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A split in the cache, or why there is none.

    Attributes:
        folder: where it is; empty when it could not be made.
        manifest: rows, files and digest.
        reason: why it could not be made.
    """

    folder: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerJob:
    """Get a model's answer to a task for a seed."""

    task: TaskEntry
    model: ModelEntry
    family: FamilyEntry
    seed: int
    split: Prepared
    limits: Limits
    places: Places

    @property
    def cpus(self) -> int:
        """Cores that the cell gets."""
        return self.model.cpus

    @property
    def gpus(self) -> float:
        """Accelerators that the cell gets."""
        return self.model.gpus

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} x {self.model.name} x {self.seed}"


@dataclass(frozen=True, kw_only=True)
class ScoreJob:
    """Score stored answers to a task for a seed: `answers` maps each answer's digest to its arrays."""

    task: TaskEntry
    family: FamilyEntry
    seed: int
    answers: Mapping[str, Mapping[str, str]]
    limits: Limits
    places: Places
    cpus: int = 1
    gpus: float = 0

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} seed {self.seed}: score {len(self.answers)} answers"


Job = PrepareJob | AnswerJob | ScoreJob
Result = Prepared | Record | Sequence[Score]


def perform(job: Job, cancelled: Cancelled = lambda: False) -> Result:
    """Do one job.

    Raises:
        StoreError: when its result could not be kept.
    """
    if isinstance(job, PrepareJob):
        return prepare(job, cancelled)
    if isinstance(job, AnswerJob):
        return answer(job, cancelled)
    return score(job, cancelled)


def prepare(job: PrepareJob, cancelled: Cancelled) -> Prepared:
    """The split in the cache, made by a preparing child when it is not there or is damaged."""
    folder = Path(job.places.cache) / "splits" / split_key(job.task, job.seed)
    manifest = _intact_manifest(folder)
    if manifest is not None:
        return Prepared(folder=str(folder), manifest=manifest)
    order = {"origin": asdict(job.task.origin), "task": job.task.name, "seed": job.seed}
    with workplace() as work:
        ending = supervise("prepare", order, work, job.limits, extra_environment=_data_environment(), cancelled=cancelled)
        if ending.outcome.get("status") != "ok":
            return Prepared(reason=f"the task could not be prepared: {_reason(ending)}")
        _move_into_cache(work / "split", folder, ending.outcome["manifest"])
    return Prepared(folder=str(folder), manifest=ending.outcome["manifest"])


def answer(job: AnswerJob, cancelled: Cancelled) -> Record:
    """The record of one attempt, published with its arrays."""
    store = Store(Path(job.places.store))
    with workplace() as work:
        ending = supervise("answer", _answer_order(job), work, job.limits, threads=job.cpus, cancelled=cancelled)
        record = _record(job, ending)
        if record.status == "ok":
            record = _keep_answer(job, record, work, store)
    store.publish([record])
    return record


def score(job: ScoreJob, cancelled: Cancelled) -> list[Score]:
    """The scores of a batch, published with their contributions."""
    store = Store(Path(job.places.store))
    key = scorer_key(job.task, job.family.code, job.seed)
    with workplace() as work:
        ending = supervise(
            "score",
            _score_order(job, store),
            work,
            job.limits,
            extra_environment=_data_environment(),
            cancelled=cancelled,
        )
        scores = _keep_scores(job, ending, work, store, key)
    if ending.status != "cancelled":
        store.publish(scores)
    return scores


def unsettled(task: TaskEntry, model: ModelEntry, seed: int, status: Any, reason: str) -> Record:
    """A record for a cell that no child was started for."""
    return Record(
        key=cell_key(task, model, seed),
        task=task.name,
        model=model.name,
        seed=seed,
        status=status,
        reason=one_line(reason),
        plugin=model.origin.label,
    )


def _answer_order(job: AnswerJob) -> dict[str, Any]:
    return {
        "origin": asdict(job.model.origin),
        "model": job.model.name,
        "families": list(job.model.families),
        "family_origin": asdict(job.family.origin),
        "family": job.family.name,
        "answers": [asdict(entry) for entry in job.family.answers],
        "split": job.split.folder,
        "rows": dict(job.split.manifest["rows"]),
        "seed": derive("answer", job.task.name, job.task.version, job.model.name, job.seed),
        "threads": job.cpus,
    }


def _score_order(job: ScoreJob, store: Store) -> dict[str, Any]:
    answers = [
        {"digest": digest, "arrays": {name: str(store.array_path(array).resolve()) for name, array in arrays.items()}}
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


def _record(job: AnswerJob, ending: Ending) -> Record:
    outcome = ending.outcome
    seconds = {name: float(value) for name, value in outcome.get("seconds", {}).items()}
    return Record(
        key=cell_key(job.task, job.model, job.seed),
        task=job.task.name,
        model=job.model.name,
        seed=job.seed,
        status=outcome.get("status", "crashed") if ending.status == "ok" else ending.status,
        reason=one_line(_reason(ending)),
        phase=ending.phase,
        split=job.split.manifest["digest"],
        rows=dict(job.split.manifest["rows"]),
        plugin=job.model.origin.label,
        limits={"wall": job.limits.wall, "memory": job.limits.memory},
        cost={"wall_s": ending.wall_s, "cpu_s": ending.cpu_s, "peak_bytes": ending.peak_bytes, **seconds},
        environment={**_environment(), "threads": job.cpus},
        output=ending.output,
        traceback=printable(str(outcome.get("traceback", "")), 16_384),
        strays=ending.strays,
    )


def _reason(ending: Ending) -> str:
    return ending.reason or str(ending.outcome.get("reason", ""))


def _keep_answer(job: AnswerJob, record: Record, work: Path, store: Store) -> Record:
    """Check the arrays again, as the parent, and publish them; an answer that fails is `invalid`."""
    try:
        files = _answer_files(job, work)
    except InvalidAnswer as error:
        return Record(**{**_fields(record), "status": "invalid", "reason": one_line(str(error))})
    arrays = {name: store.publish_array(data) for name, data in files.items()}
    return Record(**{**_fields(record), "arrays": arrays, "answer": answer_digest(arrays)})


def _answer_files(job: AnswerJob, work: Path) -> dict[str, bytes]:
    files = {
        entry.name: _read_handed_over(work / f"{entry.name}.npy")
        for entry in job.family.answers
        if (work / f"{entry.name}.npy").exists()
    }
    arrays = {name: _as_array(name, data) for name, data in files.items()}
    check_answer(arrays, job.family.answers, job.split.manifest["rows"])
    return files


def _read_handed_over(path: Path) -> bytes:
    """The bytes of a regular file that a child left; a link or a device is refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InvalidAnswer(f"{path.name} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidAnswer(f"{path.name} is no regular file")
        return stream.read()


def _as_array(name: str, data: bytes) -> NDArray[Any]:
    import numpy as np

    header = read_header(data, len(data), name)
    return np.frombuffer(data, dtype=header.dtype, offset=header.offset).reshape(header.shape)


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _keep_scores(job: ScoreJob, ending: Ending, work: Path, store: Store, key: str) -> list[Score]:
    outcome = ending.outcome
    if outcome.get("status") != "ok":
        reason = one_line(f"the scorer failed: {_reason(ending)}")
        return [Score(answer=digest, scorer=key, status="failed", reason=reason) for digest in sorted(job.answers)]
    units = store.publish_array(_read_handed_over(work / "units.npy"))
    return [_keep_score(entry, key, units, work, store) for entry in outcome["scores"]]


def _keep_score(entry: Mapping[str, Any], key: str, units: str, work: Path, store: Store) -> Score:
    if entry["status"] != "ok":
        reason = one_line(f"the scorer failed: {entry['reason']}")
        return Score(answer=entry["digest"], scorer=key, status="failed", reason=reason)
    files = {name: work / Path(file).name for name, file in entry["files"].items()}
    return Score(
        answer=entry["digest"],
        scorer=key,
        status="ok",
        metrics=entry["metrics"],
        undefined={name: one_line(reason) for name, reason in entry["undefined"].items()},
        facts=entry["facts"],
        notes=[one_line(note) for note in entry["notes"]],
        units=units,
        contributions={name: store.publish_array(_read_handed_over(path)) for name, path in files.items()},
    )


def _intact_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a cached split whose files all have the digests that it names, else None."""
    try:
        manifest: dict[str, Any] = load((folder / MANIFEST).read_bytes())
        intact = all(file_digest(folder / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return manifest if intact else None


def _move_into_cache(made: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Publish a split whole: copy beside its place, then rename; another worker's equal split may win."""
    (made / MANIFEST).write_bytes(dump(dict(manifest)))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}")
    shutil.copytree(made, beside)
    try:
        beside.rename(folder)
    except OSError:
        if _intact_manifest(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
        else:
            shutil.rmtree(beside, ignore_errors=True)


def _data_environment() -> dict[str, str]:
    """What preparing and scoring children see beside the allow-list: where a user's data are."""
    return {name: value for name, value in os.environ.items() if name == "CAREBENCH_DATA"}


@functools.cache
def _environment() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
