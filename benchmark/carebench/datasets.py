"""Data sets that tasks ask for: what they are, who may have them, and where they come from, in TOML files.

Separate from tasks because several read the same data, and because what is here, and how to get what is not, should be
said without importing a plugin. A plugin package ships them in its folder `datasets/`, as it does published numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from carebench.declared import checked, read_toml, shipped_files
from carebench.errors import UsageError
from carebench.names import is_dotted, is_word, nearest
from carebench.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 2_000


def _text(value: object) -> object:
    """A string on one line that no terminal obeys."""
    return one_line(value, _LONGEST) if isinstance(value, str) else value


def _word(value: object) -> object:
    if isinstance(value, str) and not is_word(value):
        raise ValueError("lower-case words joined by '-' were expected")
    return value


def _dotted(value: object) -> object:
    if isinstance(value, str) and value and not is_dotted(value):
        raise ValueError("the dotted name of a function was expected")
    return value


def _below(value: object) -> object:
    """A path below the folder of the data set, and nothing else."""
    if isinstance(value, str) and (
        value != one_line(value) or value.startswith("/") or {"..", ""} & set(value.split("/"))
    ):
        raise ValueError("a path below the data set's folder was expected")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Below = Annotated[str, BeforeValidator(_below)]


class Dataset(BaseModel):
    """One data set, as people declare it.

    Attributes:
        name: what `carebench data` calls it, and its folder below CAREBENCH_DATA.
        title: for people.
        holds: what there is, with counts.
        access: `on-board` (comes with a dependency), `open` (anyone may download it), or `credentialed` (by agreement).
        how: how to get it.
        licence: as the publisher says it.
        citation: how to cite it.
        distributions: for data on board, the distributions that bring them.
        check: dotted name of a function of a folder and `nonstandard` that reads the data and returns counts by name;
            it raises `CarebenchError` with what is wrong. Empty where nothing can be checked.
        url: where its files lie, with a slash at the end; empty where it cannot be fetched.
        files: what is fetched, below `url` and below its folder.
        checksums: the publisher's list of SHA-256 sums, below `url`; empty where there is none.
        checksums_sha256: of that list, where it was seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: Annotated[str, BeforeValidator(_word)]
    title: Text
    holds: Text
    access: Literal["on-board", "open", "credentialed"]
    how: Text
    licence: Text
    citation: Text
    distributions: list[Text] = []
    check: Annotated[str, BeforeValidator(_dotted)] = ""
    url: Text = ""
    files: list[Below] = []
    checksums: Annotated[str, BeforeValidator(lambda value: value and _below(value))] = ""
    checksums_sha256: str = ""


class _File(BaseModel):
    """The outline of a file of data sets."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    dataset: list[dict[str, Any]] = Field(min_length=1)


def all_datasets() -> list[Dataset]:
    """What all installed plugin packages declare, sorted by name.

    Raises:
        UsageError: for a file that is damaged, or a name that two declare.
    """
    found = [dataset for path in shipped_files("datasets") for dataset in read_datasets(path)]
    names = [dataset.name for dataset in found]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise UsageError(
            f"the data sets {', '.join(double)} are declared twice; a plugin's own need names of their own"
        )
    return sorted(found, key=lambda dataset: dataset.name)


def read_datasets(path: Path) -> list[Dataset]:
    """The declarations of one file.

    Raises:
        UsageError: naming file, data set, key and the nearest valid name.
    """
    source = f"data sets {path}"
    entries = checked(_File, read_toml(path, source), source).dataset
    return [
        checked(Dataset, entry, f"{source}, {entry.get('name', number)!r:.40}")
        for number, entry in enumerate(entries, 1)
    ]


def find_dataset(name: str) -> Dataset:
    """The data set called `name`.

    Raises:
        UsageError: with the nearest name, when there is none.
    """
    known = all_datasets()
    for dataset in known:
        if dataset.name == name:
            return dataset
    raise UsageError(
        f"no data set is called {name!r}; {nearest(name, [each.name for each in known])}; see `carebench data list`"
    )
