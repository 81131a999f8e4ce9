"""Sequential detection on SUPPORT2 and FLCHAIN: patients one by one, of whom some streams become others at a hidden row.

Separate from detection in batches, whose shifts it shares: here a stream begins as the reference is, and the onset counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task, Truth, derive_seed, hashed_order
from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.families.shift_sequential import (
    AFTER,
    BEFORE,
    LENGTH,
    NONE,
    NULLS,
    ONSETS,
    SHIFTED,
    STREAMS,
)
from carebench_tasks.horizon_task import SHARED_MODULES, take
from carebench_tasks.mortality.flchain import Death5Years
from carebench_tasks.mortality.support2 import UNITS
from carebench_tasks.shift import detection, support2
from carebench_tasks.shift.adaptation import uniforms
from carebench_tasks.shift.flchain import LATE_YEARS, years

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MODULES = (
    *SHARED_MODULES,
    "carebench_tasks.families.shift_sequential",
    *(f"carebench_tasks.shift.{name}" for name in ("adaptation", "detection", "sequential")),
)
FLAG = "intervals from a bootstrap of all streams, the threshold found anew in every replicate"


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Who is the reference, and who comes in streams.

    Attributes:
        columns: inputs of all patients.
        event: shape (n,), what happened to them.
        units: shape (n,), their ids.
        reference: rows of the reference.
        homes: kind, `NONE` among them, to the rows that such patients are drawn from and how likely each is.
    """

    columns: pd.DataFrame
    event: NDArray[np.int8]
    units: NDArray[np.uint64]
    reference: NDArray[np.int64]
    homes: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream: who comes, what of, and from which row on; `onset` is its length where nothing shifts."""

    rows: NDArray[np.int64]
    kind: str
    onset: int


class StreamsTask(Task):
    """290 streams of 400 patients, in 90 of which a shift begins between the 101st and the 200th.

    Attributes:
        kinds: of shift, each in equally many streams.
    """

    family = "shift-sequential"
    unit = "batch"
    libraries = ("SurvSet",)
    kinds: ClassVar[tuple[str, ...]]

    def sides(self, seed: int) -> Sides:
        """Who is on which side."""
        raise NotImplementedError

    def spoilt(self, kind: str, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of a kind, changed where the kind is one that changes measurements."""
        del kind
        return table

    def split(self, seed: int) -> Split:
        """The reference, and all streams one after the other."""
        import pandas as pd

        sides = self.sides(seed)
        parts = []
        for stream in self._streams(seed, sides):
            parts.append(take(sides.columns, stream.rows[: stream.onset]))
            parts.append(self.spoilt(stream.kind, take(sides.columns, stream.rows[stream.onset :])))
        return Split(
            train=take(sides.columns, sides.reference),
            test=pd.concat(parts, ignore_index=True),
            reveals={"y": sides.event[sides.reference]},
        )

    def truth(self, seed: int) -> Truth:
        """The stream of each test row, how it shifts, and whether it did by then."""
        import numpy as np

        sides = self.sides(seed)
        drawn = self._streams(seed, sides)
        late = np.concatenate([np.arange(LENGTH) >= stream.onset for stream in drawn])
        return Truth(
            units=sides.units[np.concatenate([stream.rows for stream in drawn])],
            answers={"weight": np.ones(len(late))},
            groups={
                "stream": np.repeat([f"{number:03d}" for number in range(len(drawn))], LENGTH),
                "shift": np.repeat([stream.kind for stream in drawn], LENGTH).astype(np.str_),
                "part": np.where(late, AFTER, BEFORE).astype(np.str_),
            },
        )

    def _streams(self, seed: int, sides: Sides) -> list[Stream]:
        """All streams, kinds in a hashed order."""
        import numpy as np

        draw = np.random.default_rng(derive_seed("streams", self.name, seed))
        kinds = [NONE] * NULLS + [kind for kind in self.kinds for _ in range(SHIFTED // len(self.kinds))]
        told = []
        for place in hashed_order("kinds of streams", self.name, seed, size=STREAMS):
            kind = kinds[place]
            onset = LENGTH if kind == NONE else int(draw.integers(*ONSETS))
            parts = [_drawn(draw, sides, NONE, onset), _drawn(draw, sides, kind, LENGTH - onset)]
            told.append(Stream(rows=np.concatenate(parts), kind=kind, onset=onset))
        return told


class Support2Streams(StreamsTask):
    """After how many seriously ill adults of a new kind is the shift noticed?

    Input: the 13 columns of `shift-detection/support2`: age, sex, diagnosis group, coma score and nine measurements of study
    day 3. `y`, death by day 180, is given for the reference.

    Answer: a statistic after each patient of each stream, larger for a surer alarm.

    Cohort: 9,105 adults of SUPPORT2, halved anew for every seed, patients of equal age and sex on one side: one half is the
    reference, streams of 400 are drawn from the other, with replacement. In 200 streams nothing shifts; in 90 a shift begins
    with a patient from the 101st to the 200th, in one of the six ways of `shift-detection/support2` (older, more die, units, missing
    panel, drift, other diagnoses), fifteen streams each.

    Left out: the other columns of `shift/support2-diagnosis`, and what those leave out.

    Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

    Access: open; comes with SurvSet.

    Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "shift-sequential/support2"
    title = "SUPPORT2: streams in which one of six shifts begins"
    cohort = support2.Support2.cohort
    demographics = support2.Support2.demographics
    modules = (
        *MODULES,
        "carebench_tasks.cohorts.support2",
        *(f"carebench_tasks.shift.{name}" for name in ("corruption", "support2")),
    )
    flags = (UNITS, FLAG)
    source = support2.Support2.source
    citation = support2.Support2.citation
    kinds = detection.KINDS

    def sides(self, seed: int) -> Sides:
        """The halves of detection in batches."""
        columns, died, units, reference, pool = detection.halves(self.cohort, seed)
        homes = {
            kind: (pool, detection.chance(kind, columns.iloc[pool], died[pool]))
            for kind in (NONE, *self.kinds)
        }
        return Sides(columns=columns, event=died, units=units, reference=reference, homes=homes)

    def spoilt(self, kind: str, table: pd.DataFrame) -> pd.DataFrame:
        """As in batches."""
        return detection.spoilt(kind, table)


class FlchainStreams(StreamsTask):
    """After how many residents of later years is it noticed that enrolment has changed?

    Input: the 6 columns of `mortality/flchain-5y`. `y`, death seen within five years, is given for the reference.

    Answer: a statistic after each resident of each stream, larger for a surer alarm.

    Cohort: of 6,834 residents enrolled from 1995 to 1998 one half, drawn anew for every seed, is the reference; streams of 400 are
    drawn from the other half, with replacement. In 200 streams nothing shifts; in 90 residents of later years come from the
    101st to the 200th on: of 1999 to 2001 (770) in 45 streams, of 2002 and 2003 (270, creatinine missing for 92 %) in 45.

    Left out: chapter, the cause of death; the year of the sample, twice; flc_grp, tenths of kappa plus lambda.

    Source: the Mayo Clinic study of free light chains, from the R package survival, through SurvSet (`flchain`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package survival is LGPL, SurvSet GPL-3.

    Citation: Dispenzieri et al. 2012, Mayo Clinic Proceedings 87:517-523; Drysdale 2022, arXiv:2203.03094.
    """

    name = "shift-sequential/flchain-year"
    title = "FLCHAIN: streams in which later years of enrolment begin"
    cohort = FLCHAIN.name
    demographics = FLCHAIN.demographics
    modules = (*MODULES, "carebench_tasks.cohorts.flchain", "carebench_tasks.shift.flchain")
    flags = (FLAG,)
    source = Death5Years.source
    citation = Death5Years.citation
    kinds = ("1999-2001", "2002-2003")

    def sides(self, seed: int) -> Sides:
        """Halves of the early years, and the two later stretches."""
        import numpy as np

        from carebench_tasks.cohorts.declaration import load
        from carebench_tasks.folds import shuffled

        patients = load(FLCHAIN)
        year = np.array(years(patients))
        early = year < LATE_YEARS[0]
        first = early & (uniforms(patients.units, self.cohort, "streams", seed) < 0.5)
        masks = (early & ~first, np.isin(year, LATE_YEARS), year > LATE_YEARS[-1])
        homes = {}
        for kind, mask in zip((NONE, *self.kinds), masks, strict=True):
            rows = np.flatnonzero(mask)
            homes[kind] = rows, np.full(len(rows), 1 / len(rows))
        return Sides(
            columns=patients.columns,
            event=((patients.event == 1) & (patients.time <= Death5Years.horizon.at)).astype(np.int8),
            units=patients.units,
            reference=shuffled(np.flatnonzero(first), "reference order", self.cohort, seed),
            homes=homes,
        )


def _drawn(draw: np.random.Generator, sides: Sides, kind: str, size: int) -> NDArray[np.int64]:
    rows, chances = sides.homes[kind]
    return rows[draw.choice(len(rows), size, p=chances)]
