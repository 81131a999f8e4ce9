"""The `data` commands: what data there are, what is here, and how to get the rest."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from carebench.datasets import Dataset, all_datasets, find_dataset
from carebench.errors import CarebenchError, DataAbsent, UsageError
from carebench.pinning import data_environment
from carebench.places import fetched_folder, find_data, remember, remembered
from carebench.text import printable
from carebench.warden import Limits, supervise, workplace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from carebench.fetching import Download
    from carebench.places import Place

LIMITS = Limits(wall=3600.0, memory=16 * 2**30)


def list_datasets() -> None:
    """Print every data set: whether it is here, who may have it, and how.

    Raises:
        UsageError: when a declaration, or the file of what the user added, is damaged.
    """
    console = Console(highlight=False)
    remembered()
    for dataset in all_datasets():
        state, where = _where(dataset)
        console.print(Text.assemble((dataset.name, "bold"), f"  {dataset.title}: {state}"))
        details = (
            where,
            dataset.holds,
            f"{dataset.access}; {dataset.licence}",
            "" if _is_here(dataset) else dataset.how,
        )
        for text in filter(None, details):
            console.print(Padding(Text(text, style="dim"), (0, 0, 0, 4)))


def add(name: str, path: Path, *, nonstandard: bool) -> None:
    """Remember where a user's copy lies, once it was read and its counts are right.

    Raises:
        UsageError: when the folder is not there, or the data set cannot lie in one.
        CarebenchError: when the copy is damaged or not the published one.
    """
    dataset = find_dataset(name)
    if dataset.access == "on-board":
        raise UsageError(f"{name} comes with {', '.join(dataset.distributions)}; there is nothing to add")
    folder = path.expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; give the one that holds {dataset.title}")
    _print_counts(name, folder, _examined(dataset, folder, nonstandard=nonstandard))
    remember(name, folder, nonstandard=nonstandard)
    typer.echo(f"remembered; `carebench data forget {name}` undoes it")


def forget(name: str) -> None:
    """Forget where a user's copy lies; no file is touched.

    Raises:
        UsageError: when nothing was remembered.
    """
    if find_dataset(name).name not in remembered():
        raise UsageError(f"no folder is remembered for {name}")
    remember(name, None)
    typer.echo(f"{name}: forgotten; its files stay where they are")


def check(name: str) -> None:
    """Read a data set where it lies, and print its counts.

    Raises:
        DataAbsent: when it is not here, saying how to get it.
        CarebenchError: when it is damaged or not the published one.
    """
    dataset = find_dataset(name)
    if dataset.access == "on-board":
        typer.echo(f"{name}: {_where(dataset)[0]}")
        return
    place = _place(dataset)
    _print_counts(name, place.path, _examined(dataset, place.path, nonstandard=place.nonstandard))


def fetch(name: str, base_url: str) -> None:
    """Download an open data set to the cache, check it against the publisher's sums, and read it once.

    Raises:
        UsageError: when it cannot be fetched, saying how else to get it.
        CarebenchError: when the download fails, or what came is not what was published.
    """
    from carebench import fetching

    dataset = find_dataset(name)
    if not dataset.url:
        raise UsageError(f"{name} cannot be fetched: {dataset.how}")
    url = (base_url or dataset.url).rstrip("/") + "/"
    wanted, folder = fetching.downloads(dataset, url), fetched_folder(name)
    sizes = [each.size for each in wanted if each.size is not None]
    unknown = f", {len(wanted) - len(sizes)} of unknown size" if len(sizes) < len(wanted) else ""
    typer.echo(
        f"{dataset.title}: {len(wanted)} files, {_megabytes(sum(sizes))}{unknown}, from {url} to {folder}; {dataset.licence}"
    )
    _fetch_with_bars(wanted, folder)
    _print_counts(name, folder, _examined(dataset, folder, nonstandard=False))
    if not dataset.checksums:
        typer.echo(
            "the publisher has no list of checksums: the files were held against the known counts alone"
        )


def _fetch_with_bars(wanted: list[Download], folder: Path) -> None:
    """Fetch with one bar a file on stderr."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from carebench import fetching

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        rows = {each.name: bars.add_task(each.name, total=each.size, start=True) for each in wanted}
        fetching.fetch(
            wanted, folder, lambda file, here, size: bars.update(rows[file], completed=here, total=size)
        )


def _examined(dataset: Dataset, folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """What the plugin's own function counts, in a child."""
    if not dataset.check:
        return {}
    whole = dataset.access == "credentialed"
    typer.echo(
        f"reading {folder}{'; a whole data base takes up to an hour, once' if whole else ''}", err=True
    )
    order = {"check": dataset.check, "path": str(folder), "nonstandard": nonstandard}
    with workplace() as work:
        ending = supervise("examine", order, work, LIMITS, extra_environment=data_environment())
    if ending.outcome.get("status") != "ok":
        cause = ending.cause.removeprefix("CarebenchError: ")
        hint = (
            ""
            if nonstandard or not ending.cause.startswith("CarebenchError: ")
            else "; a subset that is meant is taken with --allow-nonstandard"
        )
        raise CarebenchError(f"{dataset.name}: {printable(cause, 2_000)}{hint}")
    return dict(ending.outcome["counts"])


def _print_counts(name: str, folder: Path, counts: Mapping[str, int]) -> None:
    said = [f"{count:,} {what}" for what, count in counts.items()]
    typer.echo(f"{name}: {folder}")
    for line in said or ["the folder is there; nothing about it can be checked"]:
        typer.echo(f"    {printable(line)}")


def _place(dataset: Dataset) -> Place:
    place = find_data(dataset.name)
    if place is None:
        raise DataAbsent(f"{dataset.name} is not on this machine: {dataset.how}")
    if not place.path.is_dir():
        raise DataAbsent(
            f"{place.path}, where `carebench data add` found {dataset.name}, is gone: add it anew where it lies now, or "
            f"`carebench data forget {dataset.name}`"
        )
    return place


def _is_here(dataset: Dataset) -> bool:
    if dataset.access == "on-board":
        return all(_installed(each) for each in dataset.distributions)
    place = find_data(dataset.name)
    return place is not None and place.path.is_dir()


def _where(dataset: Dataset) -> tuple[str, str]:
    """Whether it is here, in words, and its folder with what named it, where it has one."""
    if dataset.access == "on-board":
        return ("on board" if _is_here(dataset) else f"needs {', '.join(dataset.distributions)}"), ""
    place = find_data(dataset.name)
    if place is None:
        return "not here", ""
    state = "here" if place.path.is_dir() else "its folder is gone"
    return state, f"{place.path} ({place.by}{', nonstandard' if place.nonstandard else ''})"


def _installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return importlib.util.find_spec(distribution.replace("-", "_")) is not None
    return True


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
