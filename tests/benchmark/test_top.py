"""The top of each board in the terminal: ten models, the references, how many more there are, and in what unit."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from carebench.commands.board import print_board
from tests.leaderboard.kinds import all_kinds

if TYPE_CHECKING:
    from pathlib import Path


def printed(folder: Path, width: int = 120) -> str:
    """What `carebench board` prints of the results in `folder` on a screen of `width` columns."""
    stream = io.StringIO()
    print_board(folder, Console(file=stream, width=width, highlight=False))
    return stream.getvalue()


def test_each_board_shows_ten_models_and_says_how_many_more(tmp_path: Path) -> None:
    """Of twelve models and a reference on the board of deferral, two are left to the page; a score is no skill."""
    text = printed(all_kinds(tmp_path))
    parts = {part.partition(":")[0]: part for part in text.split("\n\n")}
    assert "and 2 more on the page" in text
    deferral = text[text.index("Learning to defer: Mean skill over tasks, reference lines last") :]
    assert (
        deferral.index("confidence-rejection") < deferral.index("physicians") < deferral.index("and 2 more")
    )
    average = text[text.index("Average effects of treatment: RMSE / sd over tasks\n") :]
    assert "score" in average.splitlines()[1]
    assert "skill" not in average.splitlines()[1]
    assert "Learning from noisy labels" in parts


def test_no_line_is_wider_than_the_screen(tmp_path: Path) -> None:
    """On 80 columns the least needed columns are spared; only the address of the page may run on."""
    lines = printed(all_kinds(tmp_path), width=80).splitlines()
    assert max(len(line) for line in lines if not line.startswith("The board: ")) <= 80
