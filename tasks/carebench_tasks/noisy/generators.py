"""How labels go wrong: six documented models of noise for a yes-or-no label.

Separate from the tasks because each is an equation that can be tested alone. A generator says, for every training
row, the matrix T_i with T_i[a, b] = P(recorded label b | true label a, inputs x_i); one uniform number a row then
decides. The numbers belong to cohort, seed and kind but not to the rate, so that rows flipped at a low rate stay
flipped at a higher one: the curve over rates is paired.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from carebench import derive_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.int8]

Kind = Literal["clean", "symmetric", "asymmetric", "instance", "boundary", "group", "raters"]
NO_LABEL = -1
#: No row's label is wrong with a higher probability than this.
CEILING = 0.95
#: Spread of instance-dependent rates around the nominal one (Xia et al. 2020).
SPREAD = 0.1
#: How much likelier than the nominal rate each of five raters misses a case; the mean is 1.
RATER_ERRORS = (0.5, 0.75, 1.0, 1.25, 1.5)
#: The share of rows that each rater labels.
RATER_COVERAGE = 0.6
#: Under-diagnosis in the under-served group and among the others, in units of the nominal rate.
GROUP_ERRORS = (1.5, 0.5)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """A kind of noise and its nominal rate, from 0 to below 1/2."""

    kind: Kind
    rate: float


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What noise may depend on.

    Attributes:
        y: shape (n,), the true labels, 0 or 1.
        inputs: shape (n, p), standardised numbers.
        underserved: shape (n,), 1 for members of the group whose cases are missed oftener.
        names: what the draws belong to: cohort and seed.
    """

    y: Labels
    inputs: Floats
    underserved: Labels
    names: tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was written down.

    Attributes:
        y: shape (n,), the recorded labels.
        transition: shape (n, 2, 2), T_i of each row; for raters that of the majority of those who labelled it.
        raters: shape (n, R), each rater's label or -1; None where one label was recorded.
        rater_rates: shape (2 R,), sensitivities of the raters, then specificities; None likewise.
    """

    y: Labels
    transition: Floats
    raters: Labels | None = None
    rater_rates: Floats | None = None


def record(noise: Noise, subjects: Subjects) -> Recorded:
    """The labels that this kind of noise leaves of the true ones."""
    if noise.kind == "raters":
        return _rated(noise.rate, subjects)
    wrong = FLIPPING[noise.kind](noise.rate, subjects)
    transition = _transition(wrong)
    flip = _uniforms(subjects, noise.kind) < wrong[np.arange(len(subjects.y)), subjects.y]
    return Recorded(y=np.where(flip, 1 - subjects.y, subjects.y).astype(np.int8), transition=transition)


def clean(_: float, subjects: Subjects) -> Floats:
    """No label is wrong: T = I."""
    return np.zeros((len(subjects.y), 2))


def symmetric(rate: float, subjects: Subjects) -> Floats:
    """Either label is wrong with the same probability: P(1|0) = P(0|1) = rate.

    Source: Angluin and Laird 1988, Machine Learning 2:343-370.
    """
    return np.full((len(subjects.y), 2), rate)


def asymmetric(rate: float, subjects: Subjects) -> Floats:
    """Under-coding: a case goes unrecorded, none is invented: P(0|1) = rate, P(1|0) = 0.

    Source: class-conditional noise of Natarajan et al. 2013, NeurIPS.
    """
    return np.tile([0.0, rate], (len(subjects.y), 1))


def instance(rate: float, subjects: Subjects) -> Floats:
    """Errors that depend on the inputs: P(1-a | a, x_i) = min(2 q_i s(w_a . x_i), .95), s the logistic function.

    q_i is normal with mean `rate` and standard deviation .1, cut to [0, 1]; w_a is a random direction for each class
    a, so scaled that w_a . x has standard deviation 1. This is the generator of Xia et al. for two classes but for
    one thing: they give q_i to a softmax over the *other* classes, and with two classes only one is left, so that
    their errors would not depend on x at all.

    Source: Xia et al. 2020, NeurIPS (part-dependent label noise).
    """
    draw = np.random.default_rng(derive_seed("label noise directions", *subjects.names))
    own = np.clip(rate + SPREAD * draw.standard_normal(len(subjects.y)), 0, 1)
    along = subjects.inputs @ draw.standard_normal((subjects.inputs.shape[1], 2))
    along = (along - along.mean(axis=0)) / np.maximum(along.std(axis=0), 1e-12)
    return np.asarray(np.minimum(2 * own[:, None] / (1 + np.exp(-along)), CEILING))


def boundary(rate: float, subjects: Subjects) -> Floats:
    """Hard cases are mislabelled: P(1-a | a, x_i) = min(1/2, k (1 - 2 |p_i - 1/2|)), with mean `rate`.

    p_i is the chance of an event by a ridge logistic regression on the true training labels; k follows from the
    rate. Errors never outnumber right labels, so that the Bayes classifier is the same with and without them.

    Source: boundary-consistent noise of Menon, van Rooyen, Natarajan 2018, Machine Learning 107:1561-1595.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=0.1, max_iter=1000).fit(subjects.inputs, subjects.y)
    doubt = 1 - 2 * np.abs(fitted.predict_proba(subjects.inputs)[:, 1] - 0.5)
    low, high = 0.0, 1.0 / max(float(doubt[doubt > 0].min(initial=1.0)), 1e-12)
    for _ in range(200):
        scale = (low + high) / 2
        low, high = (scale, high) if np.minimum(0.5, scale * doubt).mean() < rate else (low, scale)
    return np.repeat(np.minimum(0.5, high * doubt)[:, None], 2, axis=1)


def group(rate: float, subjects: Subjects) -> Floats:
    """Under-diagnosis that depends on the group: P(0|1) = 1.5 rate in the under-served group, .5 rate elsewhere.

    P(1|0) = 0 in both. Source: group-dependent label noise of Wang, Liu, Levy 2021, FAccT.
    """
    more, less = GROUP_ERRORS
    missed = rate * np.where(subjects.underserved == 1, more, less)
    return np.column_stack([np.zeros(len(missed)), missed])


#: Each kind's probability that label a of row i is wrong, shape (n, 2).
FLIPPING: dict[str, Callable[[float, Subjects], Floats]] = {
    "clean": clean,
    "symmetric": symmetric,
    "asymmetric": asymmetric,
    "instance": instance,
    "boundary": boundary,
    "group": group,
}


def standardised(table: pd.DataFrame) -> Floats:
    """The numbers of a table, centred and scaled, medians for what is missing, and its levels as 0 and 1: (n, p)."""
    import pandas as pd

    coded = pd.get_dummies(table, dtype=float).astype(float)
    filled = coded.fillna(coded.median()).fillna(0.0).to_numpy("float64")
    return np.asarray((filled - filled.mean(axis=0)) / np.maximum(filled.std(axis=0), 1e-12))


def _rated(rate: float, subjects: Subjects) -> Recorded:
    """Five raters with P(0|1) = m rate and P(1|0) = m rate / 2, m from .5 to 1.5; each labels six rows in ten.

    Raters err independently, whatever the inputs. Every row has at least one rater; the recorded label is that of the
    majority, and at a tie that of the first who labelled the row.

    Source: the observer-error model of Dawid and Skene 1979, Applied Statistics 28:20-28.
    """
    missed = rate * np.asarray(RATER_ERRORS)
    invented = missed / 2
    draw = np.random.default_rng(derive_seed("label noise raters", *subjects.names))
    shape = (len(subjects.y), len(RATER_ERRORS))
    chance, asked, first = draw.random(shape), draw.random(shape), draw.integers(0, shape[1], shape[0])
    wrong = chance < np.where(subjects.y[:, None] == 1, missed, invented)
    labels = np.where(wrong, 1 - subjects.y[:, None], subjects.y[:, None])
    rated = (asked < RATER_COVERAGE) | (first[:, None] == np.arange(shape[1]))
    raters = np.where(rated, labels, NO_LABEL).astype(np.int8)
    by_row = np.where(rated, missed, 0).sum(axis=1) / rated.sum(axis=1)
    return Recorded(
        y=majority(raters),
        transition=_transition(np.column_stack([by_row / 2, by_row])),
        raters=raters,
        rater_rates=np.concatenate([1 - missed, 1 - invented]),
    )


def majority(raters: Labels) -> Labels:
    """The label of most raters of each row, at a tie that of the first who labelled it: shape (n,)."""
    ones, zeros = (raters == 1).sum(axis=1), (raters == 0).sum(axis=1)
    first = raters[np.arange(len(raters)), np.argmax(raters != NO_LABEL, axis=1)]
    return np.asarray(np.where(ones == zeros, first, ones > zeros), dtype=np.int8)


def _transition(wrong: Floats) -> Floats:
    """T of each row, shape (n, 2, 2), from the probabilities that labels 0 and 1 are wrong, shape (n, 2)."""
    return np.stack(
        [
            np.column_stack([1 - wrong[:, 0], wrong[:, 0]]),
            np.column_stack([wrong[:, 1], 1 - wrong[:, 1]]),
        ],
        axis=1,
    )


def _uniforms(subjects: Subjects, kind: str) -> Floats:
    draw = np.random.default_rng(derive_seed("label noise", *subjects.names, kind))
    return draw.random(len(subjects.y))
