"""Simulated clinicians: who says "event" of whom, with the sensitivity and specificity that each declares.

Separate from the tasks because a reader is an equation, and any cohort may be read by it. Every reader says of each
patient its sensitivity s_i (chance of saying 1 if the event comes) and specificity c_i (chance of saying 0 if it does
not); one draw u_i, uniform on 0 to 1, then decides: 1 if u_i < s_i for an event, 1 if u_i >= c_i otherwise. Draws
depend on names alone, never on an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from carebench import derive_seed

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Reader(Protocol):
    """A simulated clinician."""

    @property
    def profile(self) -> str:
        """The kind of reader, in one word; names the stream of draws together with what the task adds."""
        ...

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,), 0 to 1."""
        ...


def decisions(
    reader: Reader, columns: pd.DataFrame, event: NDArray[np.generic], *names: str | int
) -> NDArray[np.int8]:
    """What the reader says of n patients, shape (n,), 0 or 1; the same for the same names and order of rows."""
    sensitivity, specificity = reader.accuracies(columns)
    draw = np.random.default_rng(derive_seed("reader", reader.profile, *names)).random(len(columns))
    return np.where(event == 1, draw < sensitivity, draw >= specificity).astype(np.int8)


@dataclass(frozen=True, kw_only=True)
class Steady:
    """The same for everybody: s_i = sensitivity, c_i = specificity.

    Equal ones make errors independent of everything (constant accuracy); unequal ones make them depend on the class.
    """

    sensitivity: float
    specificity: float
    profile: str = "steady"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,)."""
        return np.full(len(columns), self.sensitivity), np.full(len(columns), self.specificity)


@dataclass(frozen=True, kw_only=True)
class Specialist:
    """At home among some patients: s_i = c_i = `home` where the column holds one of `levels`, or lies in `within`; else `away`.

    Attributes:
        column: what decides; a missing value is away.
        levels: levels of a factor.
        within: lower limit, included, and upper limit, excluded, of a number.
        home: accuracy at home.
        away: accuracy elsewhere.
    """

    column: str
    levels: tuple[str, ...] = ()
    within: tuple[float, float] | None = None
    home: float
    away: float
    profile: str = "specialist"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,)."""
        values = columns[self.column]
        if self.within is None:
            at_home = values.isin(self.levels).to_numpy()
        else:
            at_home = ((values >= self.within[0]) & (values < self.within[1])).to_numpy()
        accuracy = np.where(at_home, self.home, self.away)
        return accuracy, accuracy


@dataclass(frozen=True, kw_only=True)
class Biased:
    """Misses events in one group: s_i = `sensitivity_there` where the column holds `level`, else `sensitivity`; c_i = `specificity`."""

    column: str
    level: str
    sensitivity_there: float
    sensitivity: float
    specificity: float
    profile: str = "biased"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,)."""
        there = columns[self.column].astype("object").eq(self.level).to_numpy()
        return np.where(there, self.sensitivity_there, self.sensitivity), np.full(
            len(columns), self.specificity
        )


@dataclass(frozen=True, kw_only=True)
class Bayesian:
    """Weighs a prior risk against evidence of its own, which no column holds.

    The prior log-odds are l_i = intercept + slope (x_i - centre), x the column. The reader sees z_i, normal with mean d y_i
    and variance 1, whose log-likelihood ratio is d z_i - d^2 / 2, and says 1 if bias + l_i + d z_i - d^2 / 2 > 0, that is
    if z_i > k_i = d / 2 - (bias + l_i) / d. Hence s_i = Phi(d - k_i) and c_i = Phi(k_i).

    Source: Green and Swets 1966, Signal Detection Theory and Psychophysics.

    Attributes:
        column: x, a number without missing values.
        intercept: prior log-odds at the centre.
        slope: change of the prior log-odds for one unit of x.
        centre: in the unit of x.
        evidence: d, what the private evidence is worth; 0 is not allowed.
        bias: log-odds added by habit; above 0 for who calls too often.
    """

    column: str
    intercept: float
    slope: float
    centre: float
    evidence: float
    bias: float = 0.0
    profile: str = "bayesian"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,)."""
        from scipy.special import ndtr

        prior = self.intercept + self.slope * (columns[self.column].to_numpy(float) - self.centre)
        cut = self.evidence / 2 - (self.bias + prior) / self.evidence
        return np.asarray(ndtr(self.evidence - cut)), np.asarray(ndtr(cut))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Follows a published score without thought: says 1 where the column is below `below`; s_i = 1 and c_i = 0 there, else 0 and 1.

    A missing score counts as not below.
    """

    column: str
    below: float
    profile: str = "rule"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,), 0 or 1."""
        called = (columns[self.column] < self.below).to_numpy().astype(float)
        return called, 1.0 - called


@dataclass(frozen=True, kw_only=True)
class Tired:
    """Grows worse over a shift: s_i = c_i = 1 / (1 + exp(-(logit(fresh) - hourly t_i))), t_i the hour of the shift.

    Attributes:
        column: the hour at which the patient comes, from 0.
        fresh: accuracy at hour 0.
        hourly: log-odds of being right that each hour takes.
    """

    column: str
    fresh: float
    hourly: float
    profile: str = "tired"

    def accuracies(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Sensitivity and specificity of n patients, each of shape (n,)."""
        from scipy.special import expit, logit

        accuracy = np.asarray(expit(logit(self.fresh) - self.hourly * columns[self.column].to_numpy(float)))
        return accuracy, accuracy
