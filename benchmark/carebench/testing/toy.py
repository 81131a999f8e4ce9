"""A simulated cohort on which models and families are tried; separate so that its equation stands in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from carebench.seeds import derive
from carebench.task import Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPARATORS = ("surv",)
DEMOGRAPHICS = ("age", "sex")
TRAINING_ROWS, TEST_ROWS = 160, 60


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """n simulated patients.

    Attributes:
        inputs: pandas DataFrame, n rows.
        risk: shape (n,), the true probability of death.
        died: shape (n,), 1 for death and 0 otherwise.
    """

    inputs: Any
    risk: NDArray[np.float64]
    died: NDArray[np.int8]


def simulate(rows: int, seed: int = 0) -> Cohort:
    """Draw a cohort; equal arguments give equal patients.

    Age is normal with mean 65 and standard deviation 12; sex is female or male alike; lactate is log-normal with
    median 2 and log-scale deviation .5, missing in a fifth; the number of earlier visits is 0 to 3 alike; the ward
    is a, b or c alike, missing in a tenth. Death has probability 1 / (1 + exp(-z)) with

        z = -.5 + .08 (age - 65) + .8 [male] + 2 ln(lactate / 2) + .5 [ward c].

    The comparator `surv` is a published estimate of survival that knows age alone: 1 / (1 + exp(-.5 + .08 (age - 65))).

    Example:
        >>> cohort = simulate(rows=100)
        >>> list(cohort.inputs.columns), cohort.risk.shape
        (['age', 'sex', 'lactate', 'visits', 'ward', 'surv'], (100,))
    """
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(derive("toy cohort", rows, seed))
    age, male = draw.normal(65, 12, rows), draw.random(rows) < 0.5
    lactate, ward = 2 * np.exp(draw.normal(0, 0.5, rows)), draw.choice(["a", "b", "c"], rows)
    by_age = -0.5 + 0.08 * (age - 65)
    risk = 1 / (1 + np.exp(-(by_age + 0.8 * male + 2 * np.log(lactate / 2) + 0.5 * (ward == "c"))))
    measured = {
        "age": age,
        "sex": pd.Categorical(np.where(male, "male", "female")),
        "lactate": np.where(draw.random(rows) < 0.2, np.nan, lactate),
        "visits": draw.integers(0, 4, rows),
        "ward": pd.Categorical(pd.Series(ward).where(draw.random(rows) < 0.9)),
        "surv": 1 / (1 + np.exp(by_age)),
    }
    return Cohort(inputs=pd.DataFrame(measured), risk=risk, died=(draw.random(rows) < risk).astype(np.int8))


def cut() -> Split:
    """160 patients to train on and 60 others to test.

    Example:
        >>> len(cut().train), len(cut().test), list(cut().reveals)
        (160, 60, ['y'])
    """
    trained, tested = simulate(TRAINING_ROWS, seed=1), simulate(TEST_ROWS, seed=2)
    return Split(train=trained.inputs, test=tested.inputs, reveals={"y": trained.died})


def with_surprises(split: Split) -> Split:
    """The same split, with what test rows bring that training rows never had.

    In the first quarter of the test rows every number is missing, and in the second every level is one that no
    training row has; where training rows have no missing value, missing values are new as well.
    """
    test = split.test.copy()
    quarter = len(test) // 4 + 1
    for name in test.columns:
        if test[name].dtype.kind in "fiub":
            test[name] = test[name].astype("float64").mask(test.index < quarter)
        else:
            unseen = (test.index >= quarter) & (test.index < 2 * quarter)
            test[name] = test[name].astype("object").mask(unseen, "never seen before")
    return replace(split, test=test)
