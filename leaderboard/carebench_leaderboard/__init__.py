"""A results table in; standings and pages out. Imports nothing of the engine, the tasks or the models.

Example:
    >>> from pathlib import Path
    >>> from carebench_leaderboard import TableError, write_board
    >>> try:
    ...     write_board(Path("no-such-directory"))
    ... except TableError as error:
    ...     print(error)
    no-such-directory/results.json: expected a regular file written by the engine; nothing is there. Run the suite first, or name its results directory.
"""

from __future__ import annotations

from carebench_leaderboard.board import Board, Section, TaskSection, assemble
from carebench_leaderboard.compare import Comparison, Contrast, compare
from carebench_leaderboard.errors import TableError
from carebench_leaderboard.foresight import Foreseen, foreseen
from carebench_leaderboard.outline import Line, ScoreLine, Top, scores, summary
from carebench_leaderboard.paper import KINDS as EXPORTS
from carebench_leaderboard.printed import Printed, printed
from carebench_leaderboard.publish import read_board, write_board, write_export
from carebench_leaderboard.standing import Standing

__all__ = [
    "EXPORTS",
    "Board",
    "Comparison",
    "Contrast",
    "Foreseen",
    "Line",
    "Printed",
    "ScoreLine",
    "Section",
    "Standing",
    "TableError",
    "TaskSection",
    "Top",
    "assemble",
    "compare",
    "foreseen",
    "printed",
    "read_board",
    "scores",
    "summary",
    "write_board",
    "write_export",
]
