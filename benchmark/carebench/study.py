"""The study of one tuned model on one task and seed: asks Optuna for parameters, hands out trials, is told their values.

Separate from the run, which only passes jobs on. Nothing is kept here that the store's Trial records do not hold: a
study that was interrupted replays them, and goes on with the same next suggestion as an undisturbed one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump
from carebench.jobs import TrialJob
from carebench.records import study_key
from carebench.search import distributions, values
from carebench.seeds import derive
from carebench.tuning import BATCH, Member, Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carebench.catalogue import FamilyEntry, ModelEntry, TaskEntry
    from carebench.jobs import Places, Prepared
    from carebench.tuning import Tuning
    from carebench.warden import Limits

#: A trial gets at most this share of its cell's time, so that one that hangs leaves room for the others.
SHARE_OF_TIME = 0.1


@dataclass(kw_only=True)
class Study:
    """Asks and tells.

    Args:
        task: of the cell.
        model: one of the tuned variants that share the study.
        family: of the task.
        seed: of the cell.
        inner: the inner splits.
        limits: of the whole cell.
        places: folders shared with the workers.
        known: trials that the store holds, by number.
    """

    task: TaskEntry
    model: ModelEntry
    family: FamilyEntry
    seed: int
    inner: Prepared
    limits: Limits
    places: Places
    known: Mapping[int, Trial]
    told: list[Trial] = field(default_factory=list, init=False)
    waiting: dict[int, Trial | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.key = study_key(self.task, self.model, self.family.asking, self.seed)
        self._fail = optuna.trial.TrialState.FAIL
        seed = derive("study", self.task.name, self.task.version, self.model.base, self.seed)
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
        self._optuna = optuna.create_study(direction="maximize", sampler=sampler)
        self._space = distributions(self._tuning.search)
        self._asked: dict[int, Any] = {}

    @property
    def _tuning(self) -> Tuning:
        assert self.model.tuning is not None  # noqa: S101 - only tuned variants have a study
        return self.model.tuning

    @property
    def best(self) -> Trial | None:
        """The trial with the largest value, the earliest of equals; None when none ended well."""
        well = [trial for trial in self.told if trial.value is not None]
        return max(well, key=lambda trial: (trial.value, -trial.number), default=None)

    @property
    def spent(self) -> float:
        """Seconds that the trials took together."""
        return sum(trial.cost.get("wall_s", 0.0) for trial in self.told)

    @property
    def exhausted(self) -> str:
        """Why the cell's time limit ends the tuning; empty while it does not."""
        if self._tuning.budget.seconds is None and self.spent > self.limits.wall:
            return f"passed the limit of {self.limits.wall:g} s in tuning"
        return ""

    def next_jobs(self) -> list[TrialJob]:
        """The trials of the next batch that are still to be made; empty when the study is over."""
        while not self.waiting and not self._over():
            jobs = self._batch()
            if jobs:
                return jobs
            self._tell()
        return []

    def take(self, trial: Trial) -> list[TrialJob]:
        """Note a trial that came back; returns the next batch once its own is complete."""
        self.waiting[trial.number] = trial
        if any(found is None for found in self.waiting.values()):
            return []
        self._tell()
        return self.next_jobs()

    def _over(self) -> bool:
        budget, made = self._tuning.budget, len(self.told)
        if budget.trials is not None:
            return made >= budget.trials or bool(self.exhausted)
        return made > 0 and self.spent >= (budget.seconds or 0.0)

    def _batch(self) -> list[TrialJob]:
        """Ask for a batch, and hand out what the store does not hold."""
        first, most = len(self.told), self._tuning.budget.trials or math.inf
        numbers = range(first, int(min(first + BATCH, most)))
        asked = {number: self._ask(number) for number in numbers}
        self.waiting = {number: self._replayed(number, params) for number, params in asked.items()}
        return [self._job(number, params) for number, params in asked.items() if self.waiting[number] is None]

    def _ask(self, number: int) -> dict[str, Any]:
        """What to try: first the model as it stands, then what Optuna suggests."""
        if number == 0:
            return {}
        self._asked[number] = trial = self._optuna.ask(self._space)
        return values(self._tuning.search, trial.params)

    def _replayed(self, number: int, params: Mapping[str, Any]) -> Trial | None:
        """The store's trial, if it tried the same and, unless it ended well, had as much room."""
        trial = self.known.get(number)
        if trial is None or dump(dict(trial.params)) != dump(dict(params)):
            return None
        roomy = all(trial.limits.get(name, 0) >= limit for name, limit in self._trial_limits().items())
        return trial if trial.state == "ok" or roomy else None

    def _tell(self) -> None:
        """Tell Optuna the batch, in the order of its numbers, and forget it."""
        for number, trial in sorted(self.waiting.items()):
            assert trial is not None  # noqa: S101 - the batch is complete
            self.told.append(trial)
            asked = self._asked.pop(number, None)
            if asked is not None and trial.value is not None:
                self._optuna.tell(asked, trial.value)
            elif asked is not None:
                self._optuna.tell(asked, state=self._fail)
        self.waiting = {}

    def _trial_limits(self) -> dict[str, float]:
        return {"wall": self.limits.wall * SHARE_OF_TIME, "memory": self.limits.memory}

    def _job(self, number: int, params: Mapping[str, Any]) -> TrialJob:
        return TrialJob(
            task=self.task,
            model=self.model,
            family=self.family,
            seed=self.seed,
            study=self.key,
            number=number,
            params=params,
            split=self.inner,
            limits=self.limits.scaled(SHARE_OF_TIME),
            places=self.places,
            progress=self._progress(number),
        )

    def _progress(self, number: int) -> str:
        budget, best = self._tuning.budget, self.best
        of = f" of {budget.trials}" if budget.trials else f", {self.spent:.0f} of {budget.seconds:g} s"
        return f"trial {number + 1}{of}" + (f", best so far {best.value:.4f}" if best else "")

    def tuned(self, members: list[Member]) -> dict[str, Any]:
        """What a cell's record says of its tuning."""
        best = self.best
        return {
            "study": self.key,
            "trials": len(self.told),
            "failed": sum(trial.value is None for trial in self.told),
            "value": best.value if best else None,
            "seconds": round(self.spent, 3),
            "members": [
                {"trial": each.trial, "weight": each.weight, "params": dict(each.params)} for each in members
            ],
        }
