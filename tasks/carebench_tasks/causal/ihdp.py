"""IHDP, read from a user's files: the benchmark on which most neural estimators of effects were compared."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import CarebenchError
from carebench_tasks.causal.table import MODULES as TABLE
from carebench_tasks.causal.table import Study, StudyAverage, StudyEffects, StudyTask
from carebench_tasks.data import files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TRAIN, TEST = "ihdp/ihdp_npci_1-50.train.npz", "ihdp/ihdp_npci_1-100.test.npz"
REMEDY = (
    "the replications of Shalit, Johansson and Sontag 2017 (https://www.fredjo.com), the training file cut to the first "
    "50 replications or holding more"
)
TRAINED, TESTED, COVARIATES = 672, 75, 25
CSV = "ihdp/csv/ihdp_npci_{number}.csv"
CSV_COLUMNS = 5 + COVARIATES


class Ihdp(StudyTask):
    """The Infant Health and Development Program with simulated outcomes: does specialist care raise test scores?

    Input: 25 covariates of infant and mother, 6 numbers and 19 of 0 or 1 (x14 is coded 1 and 2).

    Answer: mu1 - mu0 of each test infant, or its average; response surface B: mu0 exponential, mu1 linear in the
    covariates, noise N(0, 1), coefficients drawn anew in each replication. Seed s is replication s + 1.

    Cohort: 747 infants, 139 treated after a group of them was removed to make the arms unlike; 672 to train on
    and 75 to test on, as the files have them.

    Left out: nothing.

    Source: Hill 2011, with the replications of Shalit, Johansson and Sontag 2017, read from ihdp/ in the folder that
    CAREBENCH_DATA names. The outcome's scale differs much between replications: read medians.

    Access: the files are the user's own; they are not part of carebench.

    Licence: none stated; public-use covariates of a trial of 1985 to 1988, simulated outcomes.

    Citation: Hill JL. J Comput Graph Stat 2011;20:217-240; Shalit U, Johansson FD, Sontag D. ICML 2017.
    """

    title = "IHDP: specialist care for premature infants, simulated outcomes"
    cohort = "ihdp"
    modules = (*TABLE, "carebench_tasks.causal.ihdp", "carebench_tasks.data.files")
    flags = ("needs files of the user's",)
    source = "Hill 2011; files of Shalit, Johansson, Sontag 2017, brought by the user"
    citation = "Hill JL. J Comput Graph Stat 2011;20:217-240; Shalit U, Johansson FD, Sontag D. ICML 2017;70:3076-3085."

    def fingerprint(self) -> str:
        """SHA-256 of the two files."""
        return files.fingerprint([TRAIN, TEST])

    def study(self, seed: int) -> Study:
        """Replication seed + 1: the training rows of its file, then the test rows of theirs."""
        import pandas as pd

        parts = [replication(name, rows, seed) for name, rows in ((TRAIN, TRAINED), (TEST, TESTED))]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        columns = pd.DataFrame(joined["x"], columns=[f"x{number + 1}" for number in range(COVARIATES)])
        return Study(
            columns=columns,
            treatment=joined["t"],
            outcome=joined["yf"],
            untreated=joined["mu0"],
            treated=joined["mu1"],
            test=np.arange(len(columns)) >= TRAINED,
        )


def replication(name: str, rows: int, seed: int) -> Mapping[str, NDArray[np.float64]]:
    """One replication of a file: x of shape (rows, 25), and t, yf, mu0 and mu1 of shape (rows,).

    Raises:
        DataAbsent: when the file is not there.
        CarebenchError: when it has other rows than the 672 and 75 of the published split, or no such replication.
    """
    found = _arrays(str(files.path(name, REMEDY)))
    shape = found["x"].shape
    if shape[:2] != (rows, COVARIATES):
        raise CarebenchError(
            f"{name}: x was expected of shape ({rows}, {COVARIATES}, replications); {shape} came"
        )
    if seed >= shape[2]:
        raise CarebenchError(f"{name} holds {shape[2]} replications; seed {seed} asks for number {seed + 1}")
    return {key: np.asarray(found[key][..., seed], np.float64) for key in ("x", "t", "yf", "mu0", "mu1")}


@functools.lru_cache(maxsize=4)
def _arrays(path: str) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def from_csv(number: int) -> Study:
    """Replication `number` (from 1) of the files of 747 rows: treatment, outcome, counterfactual, mu0, mu1, x1 to x25.

    Raises:
        DataAbsent: when the file is not there.
        CarebenchError: when it is not of 747 rows and 30 columns with 139 treated.
    """
    import pandas as pd

    name = CSV.format(number=number)
    table = pd.read_csv(files.path(name, REMEDY), header=None)
    if table.shape != (TRAINED + TESTED, CSV_COLUMNS) or int(table[0].sum()) != 139:
        raise CarebenchError(
            f"{name}: 747 rows, 30 columns and 139 treated were expected; {table.shape} came"
        )
    values = table.to_numpy("float64")
    columns = pd.DataFrame(values[:, 5:], columns=[f"x{column + 1}" for column in range(COVARIATES)])
    return Study(
        columns=columns,
        treatment=values[:, 0],
        outcome=values[:, 1],
        untreated=values[:, 3],
        treated=values[:, 4],
    )


class IhdpEffects(Ihdp, StudyEffects):
    """The effects of infants."""

    __doc__ = Ihdp.__doc__
    name = "causal/ihdp"


class IhdpAverage(Ihdp, StudyAverage):
    """The average effect."""

    __doc__ = Ihdp.__doc__
    name = "causal-average/ihdp"


TASKS = (IhdpEffects(), IhdpAverage())
