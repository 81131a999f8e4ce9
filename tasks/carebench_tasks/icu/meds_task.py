"""A task of one's own on a MEDS folder with labels; separate from the reader, which knows no task.

Subclass it, name the two paths, write the data card, and yield it from `carebench_tasks()` of a plugin.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from carebench import DataAbsent
from carebench_tasks.icu.stay_task import STAY_MODULES, StayTask

if TYPE_CHECKING:
    from carebench_tasks.icu.stays import Stays


class MedsTask(StayTask):
    """The event of a file of MEDS labels, from what was measured in the hours before each prediction time.

    Five folds by subject; tables of summaries and series. The labels' times say when answers are asked for, so nothing that
    happened later is seen.

    Attributes:
        folder: of the MEDS data set.
        labels: parquet file with `subject_id`, `prediction_time` and `boolean_value`.
        window: hours before the prediction time.
        codes: codes that become channels; those with a number in most windows when none are named.

    Example:
        >>> class Death(MedsTask):
        ...     name, title, cohort = "mortality/my-hospital", "Death within 30 days", "my-hospital"
        ...     folder, labels = "/data/meds", "/data/meds/labels/death-30d.parquet"
    """

    demographics = ()
    subgroups: ClassVar[tuple[str, ...]] = ()
    modules = (
        *STAY_MODULES,
        *(f"carebench_tasks.icu.{name}" for name in ("measured", "meds", "meds_task")),
    )
    folder: ClassVar[Path | str]
    labels: ClassVar[Path | str]
    window: ClassVar[float] = 48.0
    codes: ClassVar[tuple[str, ...]] = ()

    def fingerprint(self) -> str:
        """What identifies events and labels; empty where they are not there."""
        from carebench_tasks.data import files
        from carebench_tasks.icu import meds

        found = [*meds.files(Path(self.folder)), Path(self.labels)]
        return files.digest(found) if self._is_here() else ""

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Four fifths of the subjects and the other fifth.

        Raises:
            DataAbsent: when folder or labels are not on this machine.
        """
        from carebench_tasks.icu import meds

        if not self._is_here():
            raise DataAbsent(f"{self.folder} with MEDS events, and {self.labels} with labels, were expected")
        stays = meds.load(Path(self.folder), Path(self.labels), self.window, self.codes)
        return self.folded(stays, seed)

    def _is_here(self) -> bool:
        from carebench_tasks.icu import meds

        return bool(meds.files(Path(self.folder))) and Path(self.labels).is_file()
