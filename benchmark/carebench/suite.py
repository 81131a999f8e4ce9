"""Suites: which tasks, models, seeds and limits make one run; TOML files that people write, checked by pydantic.

Separate from the plan, which needs the catalogue: a suite is only what somebody asked for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from carebench.declared import checked, read_toml, shipped_files
from carebench.errors import UsageError
from carebench.names import is_word, nearest
from carebench.tuning import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_MOST = 10**15
_SEEDS = 10**6
_TRIALS = 10_000
_BYTES = {"MiB": 2**20, "GiB": 2**30, "MB": 10**6, "GB": 10**9}


def seconds(text: object) -> float:
    """Seconds from a number or from text such as `90s`, `10m` or `2h`.

    Example:
        >>> seconds("1.5m")
        90.0
    """
    return _amount(text, _SECONDS, "a time such as 90s, 10m or 2h")


def size(text: object) -> int:
    """Bytes from a number or from text such as `512MiB` or `4GiB`.

    Example:
        >>> size("4GiB") == 4 * 2**30
        True
    """
    return int(_amount(text, _BYTES, "a size such as 512MiB or 4GiB"))


def _amount(text: object, units: Mapping[str, float], expected: str) -> float:
    amount = 0.0
    if isinstance(text, int | float) and not isinstance(text, bool):
        amount = float(min(text, 2 * _MOST))
    elif match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([A-Za-z]+)", str(text).strip()):
        amount = float(match[1]) * units.get(match[2], 0.0)
    if not 0 < amount <= _MOST:
        raise ValueError(f"{text!r:.80} is not {expected}")
    return amount


def _seeds(value: object) -> object:
    """A number n means the seeds 0 to n - 1."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    if value > _SEEDS:
        raise ValueError(f"at most {_SEEDS} seeds are run")
    return list(range(value))


def budget(value: object) -> object:
    """A budget of tuning from a number of trials or from a time such as `10m`; None for none.

    Example:
        >>> budget(20), budget("10m")
        (Budget(trials=20, seconds=None), Budget(trials=None, seconds=600.0))
    """
    if value is None or isinstance(value, Budget):
        return value
    text = str(value).strip()
    if text.isdecimal():
        if not 1 <= int(text) <= _TRIALS:
            raise ValueError(f"{text} is no number of trials; 1 to {_TRIALS} are made")
        return Budget(trials=int(text))
    return Budget(
        seconds=_amount(text, _SECONDS, "a number of trials such as 20, or a time such as 90s or 10m")
    )


#: Which seeds; a number n means 0 to n - 1.
Seeds = Annotated[list[Annotated[int, Field(ge=0, lt=_SEEDS)]], BeforeValidator(_seeds), Field(min_length=1)]


class SuiteLimits(BaseModel):
    """What one cell may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    time: Annotated[float, BeforeValidator(seconds)] = 600.0
    memory: Annotated[int, BeforeValidator(size)] = 4 * 2**30


class Part(BaseModel):
    """A grid: every one of its models meets every one of its tasks that it can answer, for every seed.

    Attributes:
        tasks: names, or patterns with `*` and `?`.
        models: names, patterns, or dotted names of importable estimators.
        seeds: which seeds; a number n means 0 to n - 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    tasks: list[str] = Field(min_length=1)
    models: list[str] = Field(min_length=1)
    seeds: Seeds = [0]


class Suite(BaseModel):
    """One suite file: a grid of tasks, models and seeds, and, where more than one is wanted, further grids.

    Attributes:
        name: by the one rule for names.
        title: for people.
        tasks: of its first grid, as in `Part`.
        models: likewise.
        seeds: likewise.
        part: further grids, for instance one a family.
        repeats: whether one cell of each model is answered twice, to expose draws that are not seeded.
        tune: number of trials, or time such as `10m`, for which each model is tuned that can be; beside its defaults.
        limits: what one cell may use.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    title: str = ""
    tasks: list[str] = Field(min_length=1)
    models: list[str] = Field(min_length=1)
    seeds: Seeds = [0]
    part: list[Part] = []
    repeats: bool = True
    tune: Annotated[Budget | None, BeforeValidator(budget)] = None
    limits: SuiteLimits = SuiteLimits()

    @property
    def parts(self) -> list[Part]:
        """All its grids, its own first."""
        return [Part(tasks=self.tasks, models=self.models, seeds=self.seeds), *self.part]

    @property
    def every_model(self) -> list[str]:
        """What all parts name as models."""
        return [name for part in self.parts for name in part.models]


def read_suite(path: Path) -> Suite:
    """Read and check one suite file.

    Raises:
        UsageError: naming the key and the nearest valid name.
    """
    suite = checked(Suite, read_toml(path, f"suite {path}"), f"suite {path}")
    if not is_word(suite.name):
        raise UsageError(f"suite {path}: key 'name': {suite.name!r:.80} is not allowed as a name")
    return suite


def find_suite(name: str) -> Suite:
    """The suite of a file, or one that ships with a plugin, by name.

    Raises:
        UsageError: when there is none, with the nearest name.
    """
    if name.endswith(".toml"):
        return read_suite(Path(name))
    shipped = shipped_suites()
    if name not in shipped:
        raise UsageError(
            f"no suite is called {name!r}; {nearest(name, shipped)}; or give a path ending in .toml"
        )
    return read_suite(shipped[name])


def shipped_suites() -> dict[str, Path]:
    """Name and file of the suites in the folder `suites` of every installed plugin package; imports no plugin."""
    return dict(sorted((path.stem, path) for path in shipped_files("suites")))
