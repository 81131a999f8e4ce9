"""The files of a board's folder for reading: a page, one script, one style, and shards of data that it loads.

Separate from the exports, which are for machines. It opens from a folder without a network: no module, no request but
scripts beside it. As a single file, all of them stand in the page, which then names their digests in its policy.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from carebench_leaderboard.columns import board_of, log_of, spelt, summary_of
from carebench_leaderboard.compared_columns import draws_of
from carebench_leaderboard.page import page
from carebench_leaderboard.pictures import pictures_of
from carebench_leaderboard.task_columns import runs_of, task_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from carebench_leaderboard.board import Board, Section
    from carebench_leaderboard.records import Attempts, Cell, Cost, Table

SHARD = re.compile(r"(summary|log|(board|draws|pictures|times|task|runs)-\d+)\.js")
#: What invisible characters become in JSON: without any of these, no text in it has one.
ODD = re.compile(r"\\[ubfr]|\x7f")
#: In the order in which they stand in the one script of the page.
SCRIPTS = (
    *("words", "store", "state", "numbers", "draws", "table", "plots", "download"),
    *("overview", "comparisons", "oracle", "task", "model", "compare", "drawer", "other", "start"),
)


def site(board: Board, table: Table, costs: Sequence[Cost], attempts: Attempts) -> Iterator[tuple[str, str]]:
    """Path of each file, and its text; a path is made of our own words and numbers, never of a name."""
    yield "index.html", page(board)
    yield "app.js", script()
    yield "app.css", style()
    for name, data in _shards(board, table, costs, attempts):
        yield f"data/{name}.js", _shard(name, data)


def single_file(board: Board, table: Table, costs: Sequence[Cost], attempts: Attempts) -> str:
    """The same as one page, for an e-mail: heavier, since everything is loaded at once."""
    data = "".join(_shard(name, each) for name, each in _shards(board, table, costs, attempts))
    return page(board, style(), (script(), data))


def is_shard(name: str) -> bool:
    """Whether a file of the folder `data` is called as one of ours."""
    return SHARD.fullmatch(name) is not None


def script() -> str:
    """The page's script: its parts, one after another, in a scope of their own."""
    parts = "\n".join(_static(f"{name}.js") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n\n{parts}}})();\n'


def style() -> str:
    """The page's style sheet."""
    return _static("app.css")


def _static(name: str) -> str:
    return (files("carebench_leaderboard") / "static" / name).read_text(encoding="utf-8")


def _shard(name: str, data: Any) -> str:
    """A call that hands `data` to the page; no text in it can end a script.

    As a text that the browser parses as JSON: 36 MB took it 22 s as an expression, and 2 s so.
    """
    plain = _compact(data)
    if ODD.search(plain):
        plain = _compact(spelt(data))
    quoted = plain.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\u003c")
    return f"carebench(\"{name}\",JSON.parse('{quoted}'));\n"


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _shards(
    board: Board, table: Table, costs: Sequence[Cost], attempts: Attempts
) -> Iterator[tuple[str, Any]]:
    """Name and data of each shard; what differs from run to run has shards of its own."""
    names = _numbered(board)
    taken = {cost.key: cost for cost in costs}
    cells: dict[str, list[Cell]] = defaultdict(list)
    for cell in table.cells:
        cells[cell.task].append(cell)
    yield "summary", summary_of(board, names)
    yield "log", log_of(board)
    for number, (section, numbers) in enumerate(zip(board.sections, names, strict=True)):
        yield f"board-{number}", board_of(section, cells)
        yield f"draws-{number}", draws_of(section)
        yield f"pictures-{number}", pictures_of(section)
        yield f"times-{number}", _times(section, cells, taken)
        for part, name in zip(section.tasks, numbers, strict=True):
            own = cells[part.task.name]
            yield f"task-{name}", task_of(section, part, own)
            yield f"runs-{name}", runs_of(own, taken, attempts)


def _numbered(board: Board) -> list[list[str]]:
    """A number for each task of each board."""
    numbers = iter(range(board.tasks))
    return [[f"{next(numbers):04d}" for _ in section.tasks] for section in board.sections]


def _times(
    section: Section, cells: Mapping[str, Sequence[Cell]], costs: Mapping[str, Cost]
) -> dict[str, list[float | None]]:
    """Mean wall time of each model's cells on the tasks that count, where it was measured."""
    spent: dict[str, list[float]] = defaultdict(list)
    for part in section.tasks:
        for cell in cells[part.task.name] if part.headline else ():
            cost = costs.get(cell.key)
            if cost is not None and cost.wall_s is not None:
                spent[cell.model].append(cost.wall_s)
    return {
        "wall_s": [
            round(sum(found) / len(found), 3) if (found := spent.get(row.model)) else None
            for row in section.standings
        ]
    }
