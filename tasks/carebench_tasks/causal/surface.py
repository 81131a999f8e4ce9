"""The noun `Surface`: outcomes that are simulated over real patients, so that every effect is known exactly.

Separate from the tasks because two boards ask of the same replication: the effects of patients, and their average.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from carebench import derive_seed, hashed_order
from carebench_tasks.causal import patients as cohorts
from carebench_tasks.metrics.balance import in_overlap

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.causal.patients import Patients

    Floats = NDArray[np.float64]

MODULES = ("carebench_tasks.causal.surface", "carebench_tasks.metrics.balance", *cohorts.MODULES)
#: Replications train on so many patients and test on so many others.
SIZES = {"rhc": (2000, 1000), "nhefs": (1000, 629)}


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who is treated in one replication, and what goes with it.

    Attributes:
        treatment: shape (N,), 0 or 1.
        shift: shape (N,), what a common cause of treatment and outcome that nobody sees adds to the outcome.
        instrument: shape (N,), 0 or 1, where the surface has one.
    """

    treatment: NDArray[np.int8]
    shift: Floats
    instrument: NDArray[np.int8] | None = None


@dataclass(frozen=True, kw_only=True)
class Replication:
    """One draw of a surface over all N patients of its cohort.

    Attributes:
        columns: covariates, N rows.
        units: shape (N,), opaque ids of patients.
        train: shape (n,), rows to train on.
        test: shape (m,), rows to test on, none of them a row to train on.
        assignment: who is treated.
        outcome: shape (N,), the outcome seen.
        untreated: shape (N,), expected outcome without treatment given the covariates.
        treated: shape (N,), expected outcome with treatment given the covariates.
    """

    columns: pd.DataFrame
    units: NDArray[np.uint64]
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    assignment: Assignment
    outcome: Floats
    untreated: Floats
    treated: Floats


class Surface(ABC):
    """How outcomes are simulated over a cohort; the docstring of each has every equation and parameter.

    Attributes:
        name: of the tasks laid over it, without their family.
        title: for people.
        cohort: whose covariates and treatment.
        noise: standard deviation of the noise in the outcome's unit; 0 for outcomes of 0 or 1.
        larger_is_better: whether a larger outcome is better for the patient.
        series: as for a task.
        level: as for a task.
        ranked: as for a task.
        flags: as for a task.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    cohort: ClassVar[Literal["rhc", "nhefs"]]
    noise: ClassVar[float] = 1.0
    larger_is_better: ClassVar[bool] = True
    series: ClassVar[str] = ""
    level: ClassVar[float | None] = None
    ranked: ClassVar[bool] = True
    flags: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """Expected outcome of each of N patients without and with treatment, each of shape (N,)."""

    def assign(self, patients: Patients, draw: np.random.Generator) -> Assignment:
        """Who is treated: by default the patients who really were."""
        del draw
        return Assignment(treatment=patients.treatment, shift=np.zeros(len(patients.treatment)))

    def propensity(self, patients: Patients) -> Floats:
        """The probability of treatment given the covariates, shape (N,).

        Of the real treatment nobody knows it. The average effect in the overlap is then defined by the propensity
        that a logistic regression on all covariates gives in the whole cohort.
        """
        return fitted_propensity(self.cohort) if len(patients.treatment) else np.empty(0)

    @property
    def patients(self) -> Patients:
        """The cohort."""
        return cohorts.rhc() if self.cohort == "rhc" else cohorts.nhefs()

    @property
    def binary(self) -> bool:
        """Whether outcomes are 0 or 1."""
        return self.noise == 0

    def replicate(self, seed: int) -> Replication:
        """Draw replication `seed`: rows by cohort and seed, treatment and outcomes by surface and seed."""
        patients = self.patients
        untreated, treated = self.means(patients.columns)
        draw = np.random.default_rng(derive_seed("causal replication", self.name, seed))
        assignment = self.assign(patients, draw)
        expected = np.where(assignment.treatment == 1, treated, untreated) + assignment.shift
        train, test = self._rows(seed, len(untreated))
        return Replication(
            columns=patients.columns,
            units=patients.units,
            train=train,
            test=test,
            assignment=assignment,
            outcome=self._outcome(expected, draw),
            untreated=untreated,
            treated=treated,
        )

    def truths(self) -> Mapping[str, float]:
        """The average effect over the whole cohort for each estimand, with `sd0`, the standard deviation of Y(0).

        ATE = mean tau; ATT = sum p tau / sum p with p the treatment, or its probability where it is drawn; ATO =
        sum e (1 - e) tau / sum e (1 - e) and ATM = sum min(e, 1 - e) tau / sum min(e, 1 - e), e the propensity.
        """
        patients = self.patients
        untreated, treated = self.means(patients.columns)
        effect, score = treated - untreated, self.propensity(patients)
        real = type(self).assign is Surface.assign
        weights = {
            "ATE": np.ones(len(effect)),
            "ATT": patients.treatment.astype(np.float64) if real else score,
            "ATO": score * (1 - score),
            "ATM": np.minimum(score, 1 - score),
            "trimmed": in_overlap(score),
            **self.further_weights(patients.columns),
        }
        spread = untreated.mean() * (1 - untreated.mean()) if self.binary else untreated.var() + self.noise**2
        averages = {name: float(np.average(effect, weights=weight)) for name, weight in weights.items()}
        return {**averages, "sd0": float(np.sqrt(spread))}

    def further_weights(self, columns: pd.DataFrame) -> Mapping[str, Floats]:
        """Weights of estimands that only this surface has, for instance LATE, each of shape (N,)."""
        del columns
        return {}

    def _outcome(self, expected: Floats, draw: np.random.Generator) -> Floats:
        if self.binary:
            return np.asarray(draw.random(len(expected)) < expected, np.float64)
        return np.asarray(expected + draw.normal(0, self.noise, len(expected)))

    def _rows(self, seed: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        trained, tested = SIZES[self.cohort]
        order = np.array(hashed_order("causal rows", self.cohort, seed, size=size), np.int64)
        return order[:trained], order[trained : trained + tested]


def standard(columns: pd.DataFrame, name: str, centre: float, scale: float, within: float = np.inf) -> Floats:
    """(value - centre) / scale, no further than `within` from 0, and 0 where the value is missing; shape (N,)."""
    values = (columns[name].to_numpy("float64") - centre) / scale
    return np.asarray(np.clip(np.nan_to_num(values, nan=0.0), -within, within))


def is_level(columns: pd.DataFrame, name: str, *levels: str) -> Floats:
    """1 where a factor has one of the levels, else 0; shape (N,)."""
    return np.asarray(columns[name].isin(levels), np.float64)


def expit(values: Floats) -> Floats:
    """1 / (1 + exp(-value))."""
    return np.asarray(1 / (1 + np.exp(-values)))


def fitted_propensity(cohort: str) -> Floats:
    """Propensity of the real treatment, shape (N,): logistic regression on all covariates of the whole cohort.

    Numbers are standardised with missing values at the mean and flagged, factors one-hot; ridge of strength 1.
    """
    from sklearn.linear_model import LogisticRegression

    patients = cohorts.rhc() if cohort == "rhc" else cohorts.nhefs()
    design = _design(patients.columns)
    fitted = LogisticRegression(C=1.0, max_iter=2000).fit(design, patients.treatment)
    return np.asarray(fitted.predict_proba(design)[:, 1])


def _design(columns: pd.DataFrame) -> Floats:
    import pandas as pd

    numbers = columns.select_dtypes("number")
    flags = numbers.isna().astype("float64")
    numbers = ((numbers - numbers.mean()) / numbers.std()).fillna(0.0)
    factors = pd.get_dummies(columns.select_dtypes("category"), dtype="float64")
    return np.column_stack([numbers, flags.loc[:, flags.any()], factors])
