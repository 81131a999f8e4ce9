"""Published numbers: what the literature reports for a task and a model, in TOML files that people write.

Separate from their comparison with ours, because an entry is only what somebody printed and how it was obtained.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from carebench.declared import checked, read_toml, shipped_files
from carebench.errors import UsageError
from carebench.names import nearest
from carebench.plan import paired
from carebench.records import Cell
from carebench.suite import Seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench.catalogue import Catalogue

OverSeeds = Literal["mean", "median", "standard-error", "root-mean-square"]
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}\Z")
_SPREAD = "standard-error"


def _text(value: object) -> object:
    """A string with something in it, its line breaks taken for spaces."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        raise ValueError("some text was expected")
    return " ".join(value.split())


def _id(value: object) -> object:
    """A word that a person can type."""
    if isinstance(value, str) and not _ID.match(value):
        raise ValueError("a letter and up to 31 letters, digits, '.', '_' or '-' were expected")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Entry(BaseModel):
    """One published number, as people write it.

    Attributes:
        id: what people call it; several numbers of one id are told apart by `what`.
        what: the quantity in words.
        task: name of a registered task.
        model: name of a registered model, or dotted name of an importable estimator.
        seeds: which seeds; a number n means 0 to n - 1.
        quantity: name of a metric of the task's family, or of a fact of the cell.
        over_seeds: how the values of the seeds become one number.
        published: the number as printed.
        uncertainty: as printed, such as `95 % CI 0.78 to 0.80`; empty when none was.
        tolerance: largest absolute difference that counts as the same; `protocol` says why.
        protocol: how it was done there and here.
        source: where it was printed.
        status: `seen` when the printed source was read, `run` when the published code or data were run; `unverified`
            is shown and decides nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: Annotated[str, BeforeValidator(_id)]
    what: Text
    task: str
    model: str
    seeds: Seeds = [0]
    quantity: str
    over_seeds: OverSeeds = "mean"
    published: Number
    uncertainty: str = ""
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    protocol: Text
    source: Text
    status: Literal["seen", "run", "unverified"]


class Published(Entry):
    """One published number, and the file that says so."""

    file: str

    @property
    def place(self) -> str:
        """Where the entry stands, for messages."""
        return f"published numbers {self.file}, {self.id!r}"

    @property
    def gates(self) -> bool:
        """Whether it decides the exit status."""
        return self.status != "unverified"

    @property
    def cells(self) -> list[Cell]:
        """The cells that its number is made of, each once."""
        return [Cell(self.task, self.model, seed) for seed in sorted(set(self.seeds))]


class _File(BaseModel):
    """The outline of a file of published numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    published: list[dict[str, Any]] = Field(min_length=1)


def read_published(path: Path) -> list[Published]:
    """The entries of one file.

    Raises:
        UsageError: naming file, id, key and the nearest valid name.
    """
    source = f"published numbers {path}"
    entries = checked(_File, read_toml(path, source), source).published
    return [_entry(content, number, path) for number, content in enumerate(entries, 1)]


def _entry(content: dict[str, Any], number: int, path: Path) -> Published:
    name = f"{content['id']!r:.40}" if "id" in content else f"entry {number}"
    source = f"published numbers {path}, {name}"
    entry = checked(Entry, content, source)
    if entry.over_seeds == _SPREAD and len(set(entry.seeds)) < 2:
        raise UsageError(
            f"{source}: key 'over_seeds': a {_SPREAD} needs two seeds or more (got {entry.seeds})"
        )
    return Published(file=str(path), **entry.model_dump())


def find_published(words: Sequence[str]) -> list[Published]:
    """The entries that words name: ids of what plugin packages ship, or paths ending in .toml; all shipped for none.

    Raises:
        UsageError: for a file that is damaged, a number that is there twice, or an id that is not there.
    """
    given = {Path(word).resolve() for word in words if word.endswith(".toml")}
    files = {path.resolve() for path in shipped_files("published")} | given
    entries = [entry for path in sorted(files) for entry in read_published(path)]
    _refuse_doubles(entries)
    ids = {word for word in words if not word.endswith(".toml")}
    known = {entry.id for entry in entries}
    for word in sorted(ids - known):
        raise UsageError(
            f"no published number is called {word!r}; {nearest(word, known)}; or give a path ending in .toml"
        )
    chosen = [entry for entry in entries if not words or entry.id in ids or Path(entry.file) in given]
    return sorted(chosen, key=_order)


def check_names(entries: Sequence[Published], catalogue: Catalogue) -> None:
    """See that every task and model is registered, and that the one answers the other.

    Raises:
        UsageError: naming file, id and the nearest name.
    """
    for entry in entries:
        try:
            paired(entry.task, entry.model, catalogue)
        except UsageError as error:
            raise UsageError(f"{entry.place}: {error}") from error


def _refuse_doubles(entries: Sequence[Published]) -> None:
    for (name, what), times in Counter((entry.id, entry.what) for entry in entries).items():
        if times > 1:
            where = sorted({entry.file for entry in entries if (entry.id, entry.what) == (name, what)})
            raise UsageError(
                f"published numbers {', '.join(where)}: {name!r}, {what!r}, is there twice; "
                "give each a `what` of its own"
            )


def _order(entry: Published) -> tuple[str, int, str]:
    """By letters, then by number, so that M10 comes after M9; entries of one id stay as they were written."""
    letters = entry.id.rstrip("0123456789")
    return letters, int(entry.id[len(letters) :] or 0), entry.id
