"""From a results directory to the files of a board; separate because only here files are read and written together."""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from carebench_leaderboard.analysis_json import replicates_json
from carebench_leaderboard.board import Board, assemble
from carebench_leaderboard.contributions import Arrays, read_influences
from carebench_leaderboard.exports import (
    costs_csv,
    scores_csv,
    standings_csv,
    standings_json,
)
from carebench_leaderboard.filters import chosen
from carebench_leaderboard.markdown import standings_markdown
from carebench_leaderboard.paper import exported
from carebench_leaderboard.records import Attempts
from carebench_leaderboard.site import is_shard, single_file, site
from carebench_leaderboard.table import read_attempts, read_costs, read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from carebench_leaderboard.drawings import Reader
    from carebench_leaderboard.paper import ExportKind
    from carebench_leaderboard.records import Cell, Cost, Table


def read_board(directory: Path, filters: Sequence[str] = ()) -> Board:
    """The board of the results in `directory`, or of the part that fits `filters` (see `filters.chosen`).

    Raises:
        TableError: when the results break their format, or nothing fits.
    """
    with unwalked():
        return _read(directory, filters)[1]


def write_board(
    directory: Path,
    out: Path | None = None,
    filters: Sequence[str] = (),
    *,
    single: bool = False,
    logs: bool = True,
) -> Board:
    """Write standings, costs and the page of the results in `directory` to `out`, by default beside them.

    The page is `index.html` with the script, style and data that it loads, or where it is `single` one file by itself.
    Without `logs` it leaves out what cells printed, with their tracebacks and environments.

    Raises:
        TableError: when the results break their format; nothing is written then.
    """
    with unwalked():
        return _write_board(directory, directory if out is None else out, filters, single=single, logs=logs)


def _write_board(directory: Path, target: Path, filters: Sequence[str], *, single: bool, logs: bool) -> Board:
    table, board = _read(directory, filters)
    costs = read_costs(directory)
    attempts = read_attempts(directory) if logs else Attempts()
    page = (
        [("index.html", single_file(board, table, costs, attempts))]
        if single
        else site(board, table, costs, attempts)
    )
    (target / "data").mkdir(parents=True, exist_ok=True)
    written = set()
    for name, text in itertools.chain(_exports(board, costs), page):
        _replace(target / name, text)
        written.add(name)
    _remove_others(target / "data", written)
    return board


def _exports(board: Board, costs: Sequence[Cost]) -> Iterator[tuple[str, str]]:
    """Name and text of each file for machines, one after another, since all at once take much memory."""
    yield "standings.json", standings_json(board)
    yield "replicates.json", replicates_json(board)
    yield "standings.csv", standings_csv(board)
    yield "scores.csv", scores_csv(board)
    yield "standings.md", standings_markdown(board)
    yield "costs.csv", costs_csv(costs)


def write_export(
    directory: Path, kind: ExportKind, out: Path, filters: Sequence[str] = ()
) -> tuple[str, ...]:
    """Write an export of the results in `directory` to `out`; returns the names of its files.

    Raises:
        TableError: when the results break their format, or nothing fits the filters; nothing is written then.
    """
    contents = exported(read_board(directory, filters), kind)
    for name, text in contents.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        _replace(out / name, text)
    return tuple(contents)


@contextmanager
def unwalked() -> Iterator[None]:
    """Without the collector of cycles: a board has none, and it would walk over a million records again and again.

    What lives at the end is set apart from later walks too; it is freed as ever when nobody refers to it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def _read(directory: Path, filters: Sequence[str]) -> tuple[Table, Board]:
    table = chosen(read_table(directory), filters)
    return table, assemble(table, _reader(directory, table))


def _remove_others(folder: Path, written: Collection[str]) -> None:
    """Remove the shards that an earlier board left, and the folder where nothing else is in it."""
    for old in folder.glob("*.js"):
        if is_shard(old.name) and f"data/{old.name}" not in written:
            old.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _reader(directory: Path, table: Table) -> Reader:
    """Reads the influences of one task on one metric when they are asked for: all at once are too many to hold."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for cell in table.cells:
        cells[cell.task].append(cell)
    arrays = Arrays.of(directory)
    return lambda task, metric: read_influences(arrays, cells[task.name], metric)


def _replace(path: Path, text: str) -> None:
    """Write `text` so that a reader sees the old file or the new one, never half of one."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
