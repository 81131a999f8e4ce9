"""A third party's plugin in one file: one model and one task, with nothing but carebench's public names.

It lives in carebench's tests, which install it, so that what plugin authors are promised is kept. Its task
takes milliseconds and its truth is known in closed form.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from carebench import Model, Split, Task, Truth, derive_seed, hashed_order, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

PATIENTS = 400
FOLDS = 5


@hookimpl
def carebench_models() -> Iterator[Model]:
    """The models of this plugin."""
    yield Model(
        "spam-naive-bayes",
        families=["mortality"],
        build="sklearn.naive_bayes.GaussianNB",
        title="Gaussian naive Bayes",
        summary="Takes the columns as independent and normal within each class.",
    )


@hookimpl
def carebench_tasks() -> Iterator[Task]:
    """The tasks of this plugin."""
    yield SpamToy()


class SpamToy(Task):
    """Who of 400 simulated patients dies?

    Input: age in years, normal with mean 65 and standard deviation 12; sex, female or male alike; lactate in
    mmol/l, log-normal with median 2 and log-scale deviation .5; albumin in g/l, normal with mean 35 and
    deviation 6. Lactate is missing in a fifth and albumin in a tenth of the patients, at random. The
    comparator `surv` is a published score that knows age alone: 1 / (1 + exp(-1 + .06 (age - 65))).

    Answer: death, with probability 1 / (1 + exp(-z)), where z = -1 + .06 (age - 65) + .5 [male]
    + 1.2 ln(lactate / 2) - .08 (albumin - 35).

    Cohort: 400 patients, the same for every seed; seed s is fold s mod 5 of the s div 5-th repeat of
    5-fold cross-validation: 320 patients train, 80 test.

    Left out: nothing.

    Source: simulated here, by the formula above.

    Access: open; comes with this plugin.

    Licence: Apache-2.0, as carebench.

    Citation: none; cite carebench.
    """

    name: ClassVar[str] = "mortality/spam-toy"
    family: ClassVar[str] = "mortality"
    title: ClassVar[str] = "Death of simulated patients"
    cohort: ClassVar[str] = "spam-toy"
    comparators: ClassVar[tuple[str, ...]] = ("surv",)
    demographics: ClassVar[tuple[str, ...]] = ("age", "sex")
    libraries: ClassVar[tuple[str, ...]] = ("numpy",)
    flags: ClassVar[tuple[str, ...]] = ("simulated",)
    source: ClassVar[str] = "simulated"

    def split(self, seed: int) -> Split:
        """Four folds to train on, one to test."""
        patients, (train, test) = simulate(), fold(seed)
        return Split(
            train=patients.inputs.iloc[train].reset_index(drop=True),
            test=patients.inputs.iloc[test].reset_index(drop=True),
            reveals={"y": patients.died[train]},
        )

    def truth(self, seed: int) -> Truth:
        """Who of the tested fold died, with sex as a subgroup."""
        import numpy as np

        patients, (_, test) = simulate(), fold(seed)
        return Truth(
            units=np.array([patient_id(number) for number in test], np.uint64),
            answers={"event": patients.died[test], "weight": np.ones(len(test))},
            groups={"sex": patients.inputs["sex"].iloc[test].to_numpy(dtype=np.str_)},
        )


class Patients(NamedTuple):
    """The simulated cohort: what is measured, the true risk, and who died."""

    inputs: pd.DataFrame
    risk: NDArray[np.float64]
    died: NDArray[np.int8]


def simulate() -> Patients:
    """Draw the cohort by the formula on the task's card; the same in every call."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(derive_seed("simulate", SpamToy.name, SpamToy.version))
    age, male = draw.normal(65, 12, PATIENTS), draw.random(PATIENTS) < 0.5
    lactate, albumin = 2 * np.exp(draw.normal(0, 0.5, PATIENTS)), draw.normal(35, 6, PATIENTS)
    by_age = -1 + 0.06 * (age - 65)
    risk = 1 / (1 + np.exp(-(by_age + 0.5 * male + 1.2 * np.log(lactate / 2) - 0.08 * (albumin - 35))))
    died = (draw.random(PATIENTS) < risk).astype(np.int8)
    measured = {
        "age": age,
        "sex": pd.Categorical(np.where(male, "male", "female")),
        "lactate": np.where(draw.random(PATIENTS) < 0.2, np.nan, lactate),
        "albumin": np.where(draw.random(PATIENTS) < 0.1, np.nan, albumin),
        "surv": 1 / (1 + np.exp(by_age)),
    }
    return Patients(pd.DataFrame(measured), risk, died)


def fold(seed: int) -> tuple[list[int], list[int]]:
    """Numbers of the training and of the test patients."""
    repeat, held_out = divmod(seed, FOLDS)
    order = hashed_order("fold", SpamToy.name, SpamToy.version, repeat, size=PATIENTS)
    train = [patient for place, patient in enumerate(order) if place % FOLDS != held_out]
    return train, order[held_out::FOLDS]


def patient_id(number: int) -> int:
    """An opaque 64-bit id."""
    return int.from_bytes(hashlib.sha256(f"{SpamToy.cohort} {number}".encode()).digest()[:8], "big")
