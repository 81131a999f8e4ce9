"""Where a user's data lie: named for one run by CAREBENCH_DATA, remembered by `carebench data add`, or fetched.

Separate because command line and child programs must find the same place. Children have a home of their own, so the
user's folders for configuration and cache reach them through the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from carebench.canonical import dump, load
from carebench.errors import UsageError

DATA, CONFIGURATION, CACHE = "CAREBENCH_DATA", "CAREBENCH_CONFIG", "CAREBENCH_CACHE"
FETCHED = "fetched.json"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one data set lies.

    Attributes:
        path: its folder.
        nonstandard: whether the user said that other counts than the published ones are meant, as of a subset.
        by: what said so.
    """

    path: Path
    nonstandard: bool = False
    by: Literal["CAREBENCH_DATA", "data add", "data fetch"]


def find_data(name: str) -> Place | None:
    """Where the data set called `name` lies on this machine, or None.

    First the folder of that name, or with `_` for `-`, in the folder that the environment variable CAREBENCH_DATA names;
    then what `carebench data add` remembers; then what `carebench data fetch` brought.

    Example:
        >>> find_data("no-such-data") is None
        True
    """
    named = os.environ.get(DATA)
    for folder in dict.fromkeys((name, name.replace("-", "_"))) if named else ():
        if named and Path(named, folder).is_dir():
            return Place(path=Path(named, folder), by="CAREBENCH_DATA")
    try:
        kept = remembered().get(name)
    except UsageError:  # the `data` commands say it; tasks on other data go on
        kept = None
    if kept is not None:
        return Place(path=Path(kept["path"]), nonstandard=kept["nonstandard"], by="data add")
    fetched = fetched_folder(name)
    return Place(path=fetched, by="data fetch") if (fetched / FETCHED).is_file() else None


def data_cache() -> Path:
    """The folder in which what was read from a user's data may be kept in a form that loads faster."""
    return cache_folder() / "parsed"


def fetched_folder(name: str) -> Path:
    """Where `carebench data fetch` puts a data set."""
    return cache_folder() / "data" / name


def remembered() -> dict[str, dict[str, Any]]:
    """What `carebench data add` remembers: name to `path` and `nonstandard`.

    Raises:
        UsageError: when the file was damaged.
    """
    file = configuration_file()
    if not file.is_file():
        return {}
    try:
        found = load(file.read_bytes())
        return {
            str(name): {"path": str(kept["path"]), "nonstandard": bool(kept["nonstandard"])}
            for name, kept in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} cannot be read ({error}); remove it and add your data again") from error


def remember(name: str, path: Path | None, *, nonstandard: bool = False) -> None:
    """Keep where a data set lies; None forgets it."""
    kept = {**remembered()}
    kept.pop(name, None)
    if path is not None:
        kept[name] = {"path": str(path), "nonstandard": nonstandard}
    file = configuration_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.unfinished")
    unfinished.write_bytes(dump(kept) + b"\n")
    unfinished.replace(file)


def configuration_file() -> Path:
    """The file that holds what the user added."""
    return configuration_folder() / "data.json"


def configuration_folder() -> Path:
    """The user's folder for configuration."""
    named = os.environ.get(CONFIGURATION)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_config_path("carebench", appauthor=False)


def cache_folder() -> Path:
    """The user's folder for what can be had again."""
    named = os.environ.get(CACHE)
    if named:
        return Path(named)
    import platformdirs

    return platformdirs.user_cache_path("carebench", appauthor=False)
