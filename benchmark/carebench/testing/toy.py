"""A simulated cohort on which models and families are tried; separate so that its equation stands in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from carebench.images import Images
from carebench.seeds import derive
from carebench.series import Series
from carebench.task import Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMPARATORS = ("surv",)
DEMOGRAPHICS = ("age", "sex")
STATIC = ("age", "sex")
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


def simulate_series(cohort: Cohort, seed: int = 0) -> Series:
    """Two days of measurements of a cohort; equal arguments give equal series.

    Heart rate is measured 0 to 24 times and temperature 0 to 6 times, each number alike, at hours uniform over 48.
    Heart rate is normal with mean 80 + 8 l + .3 h l and standard deviation 8, where h is the hour and l the logit of the
    patient's true risk, and temperature normal with mean 37 and standard deviation .5. A third channel is never measured.

    Example:
        >>> series = simulate_series(simulate(rows=100))
        >>> len(series), series.names, series.window
        (100, ('heart rate', 'temperature', 'lactate'), 48.0)
    """
    import numpy as np

    rows = len(cohort.risk)
    draw = np.random.default_rng(derive("toy series", rows, seed))
    times = np.column_stack([draw.integers(0, 25, rows), draw.integers(0, 7, rows)])
    unit = np.repeat(np.repeat(np.arange(rows), 2), times.reshape(-1))
    channel = np.repeat(np.tile([0, 1], rows), times.reshape(-1))
    hour = draw.uniform(0, 48, len(unit))
    logit = np.log(cohort.risk / (1 - cohort.risk))[unit]
    mean = np.where(channel == 0, 80 + (8 + 0.3 * hour) * logit, 37)
    value = draw.normal(mean, np.where(channel == 0, 8, 0.5))
    order = np.lexsort((hour, unit))
    return Series(
        names=("heart rate", "temperature", "lactate"),
        window=48.0,
        starts=np.concatenate([[0], np.cumsum(times.sum(axis=1))]).astype(np.int64),
        hours=hour[order].astype(np.float32),
        channels=channel[order].astype(np.int16),
        values=value[order].astype(np.float32),
        static=np.empty((rows, 0), np.float32),
    )


def simulate_images(cohort: Cohort, seed: int = 0) -> Images:
    """A picture of 16 by 16 pixels of each patient of a cohort; equal arguments give equal pictures.

    Every pixel of every colour is an integer from 60 to 179, each alike; red has 15 l added, where l is the logit of the
    patient's true risk, within -4 and 4.

    Example:
        >>> simulate_images(simulate(rows=100))[:].shape
        (100, 16, 16, 3)
    """
    import numpy as np

    rows = len(cohort.risk)
    draw = np.random.default_rng(derive("toy images", rows, seed))
    pixels = draw.integers(60, 180, (rows, 16, 16, 3))
    logit = np.clip(np.log(cohort.risk / (1 - cohort.risk)), -4, 4)
    pixels[..., 0] += (15 * logit).astype(np.int64)[:, None, None]
    return Images.of(pixels.astype(np.uint8))


def cut() -> Split:
    """160 patients to train on and 60 others to test, with what was measured of each over two days, and a picture.

    Example:
        >>> len(cut().train), len(cut().test), list(cut().reveals)
        (160, 60, ['y'])
    """
    trained, tested = simulate(TRAINING_ROWS, seed=1), simulate(TEST_ROWS, seed=2)
    return Split(
        train=trained.inputs,
        test=tested.inputs,
        reveals={"y": trained.died},
        train_series=simulate_series(trained, seed=1),
        test_series=simulate_series(tested, seed=2),
        train_images=simulate_images(trained, seed=1),
        test_images=simulate_images(tested, seed=2),
    )


def with_surprises(split: Split) -> Split:
    """The same split, with what test rows bring that training rows never had.

    In the first quarter of the test rows every number is missing, and in the second every level is one that no
    training row has; where training rows have no missing value, missing values are new as well. Of the patients of
    the first quarter nothing was measured over time, and of those of the second temperature alone. Pictures of the first
    quarter are black, and of the second white.
    """
    test = split.test.copy()
    quarter = len(test) // 4 + 1
    for name in test.columns:
        if test[name].dtype.kind in "fiub":
            test[name] = test[name].astype("float64").mask(test.index < quarter)
        else:
            unseen = (test.index >= quarter) & (test.index < 2 * quarter)
            test[name] = test[name].astype("object").mask(unseen, "never seen before")
    series = split.test_series
    if series is not None:
        unit = series.units()
        series = series.keep((unit >= 2 * quarter) | ((unit >= quarter) & (series.channels == 1)))
    images = split.test_images
    if images is not None:
        pixels = images[:]
        pixels[:quarter], pixels[quarter : 2 * quarter] = 0, 255
        images = Images.of(pixels)
    return replace(split, test=test, test_series=series, test_images=images)
