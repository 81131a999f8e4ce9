"""What all tasks of corrupted inputs do alike: one fit, the same test patients at severities 0 to 4.

Separate from generalisation because the new domains are made, not found: what is done to a table is a function here,
tested by itself, and severity s strikes a share s/4 of patients, or strikes them s times as hard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Truth, hashed_order
from carebench_tasks.families.shift_generalisation import DOMAIN, IN, OUT, PART
from carebench_tasks.horizon_task import HorizonTask, take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients

    Corruption = Callable[[pd.DataFrame, int], pd.DataFrame]

CORRUPTION_MODULES = ("carebench_tasks.families.shift_generalisation", "carebench_tasks.shift.corruption")
SEVERITIES = (0, 1, 2, 3, 4)
STRONGEST = 4
#: How many standard deviations a drifting sensor reads too high at severity 1.
DRIFT = 0.5


class CorruptionTask(HorizonTask):
    """An event by a horizon, from inputs as they are and as they are corrupted.

    Attributes:
        group: column whose levels are revealed as `domain` of the training rows.
    """

    family = "shift-generalisation"
    group: ClassVar[str]

    def corrupt(self, table: pd.DataFrame, severity: int) -> pd.DataFrame:
        """The table of test inputs at a severity from 1 to 4; rows in their order."""
        raise NotImplementedError

    def split(self, seed: int) -> Split:
        """Train on four fifths as they are; test on the other fifth five times, at severity 0 to 4, all mixed."""
        import numpy as np
        import pandas as pd

        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        inputs = patients.columns.drop(columns=self._other_comparators())
        clean = take(inputs, test)
        corrupted = [clean, *(self.corrupt(clean, severity) for severity in SEVERITIES[1:])]
        order = np.array(self._mixed(seed, len(test)))
        return Split(
            train=take(inputs, train),
            test=take(pd.concat(corrupted, ignore_index=True), order),
            reveals={"y": outcome.event[train], "domain": self._known_groups(patients)[train]},
        )

    def truth(self, seed: int) -> Truth:
        """Event, weight and severity of the test rows, in their order; the five rows of a patient are one unit."""
        import numpy as np

        patients, outcome = self._patients()
        _, test = self._cut(seed, patients, outcome)
        order = np.array(self._mixed(seed, len(test)))
        rows, severity = test[order % len(test)], order // len(test)
        return Truth(
            units=patients.units[rows],
            answers={"event": outcome.event[rows], "weight": outcome.weight[rows]},
            groups={
                DOMAIN: np.array([f"severity {each}" if each else "" for each in severity], np.str_),
                PART: np.where(severity == 0, IN, OUT).astype(np.str_),
            },
        )

    def _known_groups(self, patients: Patients) -> NDArray[np.int16]:
        """The training group of each row: what a method of groups is told, though no group is tested by itself."""
        import numpy as np

        levels = patients.columns[self.group].astype(str)
        return np.asarray(np.unique(levels, return_inverse=True)[1], np.int16)

    @property
    def _cut_names(self) -> tuple[str | int, ...]:
        """All corruptions of a cohort share their folds."""
        return self.cohort, "corruption", self.version

    def _mixed(self, seed: int, size: int) -> list[int]:
        return hashed_order("severities", *self._cut_names, seed, size=len(SEVERITIES) * size)


def rescaled(table: pd.DataFrame, severity: int, factors: Mapping[str, float]) -> pd.DataFrame:
    """Some patients' laboratory values in other units: each column times its factor, for a share severity/4 of rows.

    Example:
        >>> import pandas as pd
        >>> rescaled(pd.DataFrame({"crea": [1.0, 2.0]}), 4, {"crea": 88.4})["crea"].tolist()
        [88.4, 176.8]
    """
    struck = _struck("units", severity, len(table))
    return table.assign(**{name: table[name].mask(struck, table[name] * by) for name, by in factors.items()})


def withheld(table: pd.DataFrame, severity: int, columns: Sequence[str]) -> pd.DataFrame:
    """A laboratory panel that was not ordered: all its columns missing, for a share severity/4 of rows."""
    struck = _struck("panel", severity, len(table))
    return table.assign(**{name: table[name].mask(struck) for name in columns})


def recoded(table: pd.DataFrame, severity: int, columns: Sequence[str]) -> pd.DataFrame:
    """Codes of another coding book: each level becomes the next one of the column, for a share severity/4 of rows."""
    struck = _struck("coding", severity, len(table))
    return table.assign(
        **{name: table[name].where(~struck, table[name].map(_next(table[name]))) for name in columns}
    )


def drifted(table: pd.DataFrame, severity: int, deviations: Mapping[str, float]) -> pd.DataFrame:
    """Sensors that read too high for everybody: each column plus severity times half its given standard deviation.

    Example:
        >>> import pandas as pd
        >>> drifted(pd.DataFrame({"hrt": [80.0]}), 2, {"hrt": 30.0})["hrt"].tolist()
        [110.0]
    """
    moved = {name: table[name] + DRIFT * severity * deviation for name, deviation in deviations.items()}
    return table.assign(**moved)


def _struck(purpose: str, severity: int, size: int) -> NDArray[np.bool_]:
    """Who is struck: those struck at one severity are struck at every higher one."""
    import numpy as np

    rank = np.empty(size)
    rank[hashed_order("struck", purpose, size=size)] = np.arange(size)
    return np.asarray(rank < severity / STRONGEST * size)


def _next(column: pd.Series) -> dict[object, object]:
    levels = list(column.cat.categories)
    return dict(zip(levels, [*levels[1:], levels[0]], strict=True))
