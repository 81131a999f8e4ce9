"""A plugin whose only purpose is to be timed: five toy tasks, twenty short models, ten models that burn a fixed loop.

Its family scores one metric alone, so that a plain loop does the same work as carebench.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from carebench import (
    Answer,
    Family,
    Metric,
    Model,
    Scores,
    Split,
    Task,
    Truth,
    derive_seed,
    hookimpl,
    positive_class_answer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]

TRAINED, TESTED, COLUMNS, TASKS = 400, 100, 8, 5
LOOPS = {"burn": 10_000_000, "glow": 3_000_000}
KINDS = {
    "extra-trees": ("sklearn.ensemble.ExtraTreesClassifier", "n_estimators", 10),
    "forest": ("sklearn.ensemble.RandomForestClassifier", "n_estimators", 8),
    "boosting": ("sklearn.ensemble.GradientBoostingClassifier", "n_estimators", 9),
    "histograms": ("sklearn.ensemble.HistGradientBoostingClassifier", "max_iter", 12),
}


@hookimpl
def carebench_families() -> Iterator[Family]:
    """One family with one metric."""
    yield FAMILY


@hookimpl
def carebench_tasks() -> Iterator[Task]:
    """Five tasks that differ by their draws."""
    for number in range(TASKS):
        fields = {"name": f"speed/toy-{number}", "cohort": f"toy-{number}"}
        yield type(f"Toy{number}", (Toy,), fields)()


@hookimpl
def carebench_models() -> Iterator[Model]:
    """Short models of about 15 ms, those that burn about one second, those that burn .3 s, and one that does nothing."""
    for number in range(20):
        kind = list(KINDS)[number % len(KINDS)]
        build, parameter, least = KINDS[kind]
        params = {parameter: least + number // len(KINDS), "random_state": 0}
        yield Model(f"short-{number:02d}-{kind}", families=["speed"], build=build, params=params)
    for name, loops in LOOPS.items():
        for number in range(10):
            params = {"loops": loops + number}
            yield Model(f"{name}-{number:02d}", families=["speed"], build=Burner, params=params)
    yield Model("idle", families=["speed"], build="sklearn.dummy.DummyClassifier")


class Burner:
    """A classifier whose fit runs a loop of integer arithmetic and learns nothing.

    Args:
        loops: number of passes; ten million take about a second.
    """

    def __init__(self, loops: int) -> None:
        self.loops = loops

    def fit(self, X: Any, y: Any) -> Burner:
        """Burn."""
        state = 1
        for step in range(self.loops):
            state = (state * 31 + step) & 0xFFFFFFFF
        self.state_ = state
        return self

    def predict_proba(self, X: Any) -> Any:
        """The logistic function of the first column, for every model the same."""
        import numpy as np

        risk = 1 / (1 + np.exp(-np.asarray(X, dtype=np.float64)[:, 0]))
        return np.column_stack([1 - risk, risk])


class Toy(Task):
    """Who of 100 simulated patients has the outcome?

    Input: eight standard normal columns. Answer: the outcome, with probability 1 / (1 + exp(-(x0 - x1))).
    """

    family: ClassVar[str] = "speed"
    title: ClassVar[str] = "Outcome of simulated patients"
    flags: ClassVar[tuple[str, ...]] = ("simulated",)

    def split(self, seed: int) -> Split:
        """400 patients to train on, 100 to test."""
        import pandas as pd

        inputs, outcome = self._draw(seed)
        table = pd.DataFrame(inputs, columns=[f"x{number}" for number in range(COLUMNS)])
        return Split(
            train=table.iloc[:TRAINED].reset_index(drop=True),
            test=table.iloc[TRAINED:].reset_index(drop=True),
            reveals={"y": outcome[:TRAINED]},
        )

    def truth(self, seed: int) -> Truth:
        """Which of the tested patients have the outcome."""
        import numpy as np

        _, outcome = self._draw(seed)
        return Truth(units=np.arange(TESTED, dtype=np.uint64), answers={"event": outcome[TRAINED:]})

    def _draw(self, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        import numpy as np

        draw = np.random.default_rng(derive_seed("draw", self.name, seed))
        inputs = draw.normal(size=(TRAINED + TESTED, COLUMNS))
        risk = 1 / (1 + np.exp(-(inputs[:, 0] - inputs[:, 1])))
        return inputs, (draw.random(TRAINED + TESTED) < risk).astype(np.int8)


def fit(estimator: Any, split: Split) -> Any:
    """Fit as scikit-learn does."""
    return estimator.fit(split.train, split.reveals["y"])


def ask(fitted: Any, split: Split) -> Arrays:
    """Ask for the risk."""
    return positive_class_answer(fitted, split.test)


def auroc(event: NDArray[np.generic], risk: NDArray[np.generic]) -> float:
    """Probability that a patient with the outcome is ranked above one without, from scikit-learn."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(event, risk))


def score(truth: Truth, arrays: Arrays) -> Scores:
    """The AUROC."""
    return Scores(metrics={"auroc": auroc(truth.answers["event"], arrays["risk"])})


FAMILY = Family(
    name="speed",
    title="Speed",
    question="Who has the outcome?",
    contract="fit(X, y), then predict_proba(X).",
    answers=(Answer(name="risk", meaning="probability of the outcome", low=0, high=1),),
    metrics=(
        Metric(
            name="auroc",
            label="AUROC",
            better="higher",
            low=0,
            high=1,
            ideal=1,
            summary="Mann-Whitney statistic.",
        ),
    ),
    no_skill=0.5,
    perfect=1.0,
    rope=0.01,
    fit=fit,
    ask=ask,
    score=score,
    modules=(__name__,),
)
