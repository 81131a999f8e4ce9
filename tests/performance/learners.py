"""`learners`: S-, T- and DR-learners of effects of patients, ours beside EconML's with the same regressions.

Separate from `training` because no network is trained: it is cross-fitting and the fits themselves that are timed.
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

    import numpy as np
    from numpy.typing import NDArray

    from tests.performance.timing import Effort

    Floats = NDArray[np.float64]

ROWS, COLUMNS, FOLDS = 2000, 60, 5
KINDS = ("S", "T", "DR")


def learners(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    rows = 400 if effort.quick else ROWS
    contenders = {name: functools.partial(_seconds, name, rows) for name in CONTENDERS}
    spent = {name: median(turns) for name, turns in in_turn(contenders, effort.rounds).items()}
    return Section(
        name="learners",
        title="effects of patients from boosted trees",
        headings=("learner", "ours, seconds", "EconML's, seconds", "ours over EconML's"),
        rows=[
            [
                f"{kind}-learner",
                f"{spent[f'{kind} ours']:.2f}",
                f"{spent[f'{kind} EconML']:.2f}",
                f"{spent[f'{kind} ours'] / spent[f'{kind} EconML']:.2f}",
            ]
            for kind in KINDS
        ],
        sentences=[
            f"{rows:,} rows, {COLUMNS} columns, fit and effects of the same rows, one thread, each after one fit to warm up.",
            f"Both have the same gradient boosting and ridge propensity; DR-learners cross-fit over {FOLDS} folds.",
            "Ours has an outcome model for each arm there, EconML's one for both.",
        ],
    )


def ours(kind: str, X: Floats, y: Floats, treatment: Floats) -> None:
    """The suite's own learner."""
    from carebench_plugins.causal.learners import PseudoOutcome, SLearner, TLearner

    makers: dict[str, Callable[..., Any]] = {"S": SLearner, "T": TLearner}
    made = makers.get(kind, functools.partial(PseudoOutcome, "dr"))
    made(base="boosting").fit(X, y, treatment=treatment).effect(X)


def econml(kind: str, X: Floats, y: Floats, treatment: Floats) -> None:
    """EconML's learner over the same regressions."""
    from econml.dr import DRLearner
    from econml.metalearners import SLearner, TLearner
    from sklearn.linear_model import LogisticRegression

    from carebench_plugins.causal.nuisance import regressor

    boosting = regressor("boosting", 0)
    if kind == "DR":
        made = DRLearner(
            model_propensity=LogisticRegression(C=0.05, max_iter=2000),
            model_regression=boosting,
            model_final=boosting,
            cv=FOLDS,
            random_state=0,
        )
    else:
        made = SLearner(overall_model=boosting) if kind == "S" else TLearner(models=boosting)
    made.fit(y, treatment, X=X).effect(X)


CONTENDERS: dict[str, Callable[[Floats, Floats, Floats], None]] = {
    f"{kind} {name}": functools.partial(learner, kind)
    for kind in KINDS
    for name, learner in (("ours", ours), ("EconML", econml))
}


def _seconds(name: str, rows: int) -> float:
    return float(in_process("learners", name, str(rows))["seconds"])


def _timed(name: str, rows: int) -> float:
    import numpy as np

    draw = np.random.default_rng(0)
    X = draw.normal(size=(rows, COLUMNS))
    treatment = (draw.random(rows) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)
    y = X[:, 1] + treatment * (1 + X[:, 2]) + draw.normal(size=rows)
    some = slice(0, 300)
    CONTENDERS[name](X[some], y[some], treatment[some])
    return seconds(lambda: CONTENDERS[name](X, y, treatment))


if __name__ == "__main__":
    print(json.dumps({"seconds": _timed(sys.argv[1], int(sys.argv[2]))}))  # noqa: T201 - what the parent reads
