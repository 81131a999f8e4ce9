"""`tabular`: one clinical split from raw table to scores, beside the script that one would write with scikit-learn.

Separate from the benchmarks of the runner: here the pipeline itself is timed, step by step, in a process of its own with
one thread.
"""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING, Any

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench_tasks.horizon_task import HorizonTask
    from tests.performance.timing import Effort

#: The task, and a smaller one for a look.
TASK, SMALL = "mortality/support2-60d", "mortality/prostate-36mo"
STEPS = ("load and cut", "inputs", "fit and ask", "score")
TREES = 100


def tabular(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    task = SMALL if effort.quick else TASK
    contenders = {name: functools.partial(in_process, "tabular", name, task) for name in CONTENDERS}
    turns = in_turn(contenders, effort.rounds)
    times = {
        name: [median([turn["seconds"][step] for turn in found]) for step in range(len(STEPS))]
        for name, found in turns.items()
    }
    plain = sum(times["plain scikit-learn"])
    return Section(
        name="tabular",
        title=f"one split of {task.partition('/')[2]} from raw table to scores",
        headings=("pipeline", *(f"{step} s" for step in STEPS), "all s", "times plain", "AUROC"),
        rows=[
            [
                name,
                *(f"{each:.2f}" for each in found),
                f"{sum(found):.2f}",
                f"{sum(found) / plain:.2f}",
                _area(turns[name]),
            ]
            for name, found in times.items()
        ],
        sentences=[
            f"The same rows to train and to test, a random forest of {TREES} trees with the same seed, one thread, imports made before.",
            (
                "Ours holds every column against its declaration, reads the data again to score, and gives all metrics of the "
                "board, by subgroup as well, with DeLong's influences; the script gives AUROC, average precision, Brier score and log loss."
            ),
            "Inputs: medians with flags, levels one-hot, columns standardised, all fitted on the training rows.",
        ],
    )


def ours(task: HorizonTask) -> tuple[list[float], float]:
    """What preparing, answering and scoring children do, without the processes."""
    from carebench.views import numeric_view
    from carebench_tasks.families import mortality

    found: dict[str, Any] = {}
    steps: list[Callable[[], Any]] = [
        lambda: found.update(split=task.split(0)),
        lambda: found.update(view=numeric_view(found["split"], task.comparators)),
        lambda: found.update(
            risk=_forest(found["view"].train, found["split"].reveals["y"], found["view"].test)
        ),
        lambda: found.update(scores=mortality.score(task.truth(0), {"risk": found["risk"]})),
    ]
    return [seconds(step) for step in steps], float(found["scores"].metrics["auroc"])


def plain(task: HorizonTask) -> tuple[list[float], float]:
    """The script: load, cut, impute, encode, standardise, fit, ask, score."""
    patients, outcome = task._patients()
    train, test = task._cut(0, patients, outcome)
    died = outcome.event
    found: dict[str, Any] = {}
    steps: list[Callable[[], Any]] = [
        lambda: found.update(zip(("train", "test"), _tables(task, train, test), strict=True)),
        lambda: found.update(zip(("X", "new"), _inputs(found["train"], found["test"]), strict=True)),
        lambda: found.update(risk=_forest(found["X"], died[train], found["new"])),
        lambda: found.update(scores=_scores(died[test], found["risk"])),
    ]
    return [seconds(step) for step in steps], float(found["scores"][0])


def _tables(task: HorizonTask, train: Any, test: Any) -> tuple[Any, Any]:
    from SurvSet.data import SurvLoader

    cohort = task.population
    table = SurvLoader().load_dataset(ds_name=cohort.dataset)["df"]
    unwanted = {"pid", "event", "time", *cohort.comparators, *cohort.left_out}
    kept = table.drop(columns=[name for name in table if name in unwanted or name[4:] in unwanted])
    return kept.iloc[train], kept.iloc[test]


def _inputs(train: Any, test: Any) -> tuple[Any, Any]:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = list(train.select_dtypes("number"))
    levels = [name for name in train if name not in numbers]
    prepare = make_pipeline(
        make_column_transformer(
            (SimpleImputer(strategy="median", add_indicator=True), numbers),
            (OneHotEncoder(handle_unknown="ignore", sparse_output=False), levels),
        ),
        StandardScaler(),
    )
    return prepare.fit_transform(train), prepare.transform(test)


def _forest(X: Any, y: Any, new: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, min_samples_leaf=5, random_state=0, n_jobs=1)
    return forest.fit(X, y).predict_proba(new)[:, 1]


def _scores(died: Any, risk: Any) -> list[float]:
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    return [
        float(score(died, risk))
        for score in (roc_auc_score, average_precision_score, brier_score_loss, log_loss)
    ]


CONTENDERS: dict[str, Callable[[Any], tuple[list[float], float]]] = {
    "plain scikit-learn": plain,
    "ours": ours,
}


def _area(turns: list[dict[str, Any]]) -> str:
    return f"{turns[0]['auroc']:.3f}"


def _timed(name: str, task: str) -> dict[str, Any]:
    """The second of two runs, so that nobody pays for imports."""
    import carebench_tasks

    found: Any = next(each for each in carebench_tasks.carebench_tasks() if each.name == task)
    small: Any = next(each for each in carebench_tasks.carebench_tasks() if each.name == SMALL)
    CONTENDERS[name](small)
    steps, area = CONTENDERS[name](found)
    return {"seconds": steps, "auroc": area}


if __name__ == "__main__":
    print(json.dumps(_timed(sys.argv[1], sys.argv[2])))  # noqa: T201 - what the parent reads
