"""Fixtures of the board's tests: a browser where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from carebench_leaderboard import read_board
from tests.leaderboard.kinds import all_kinds
from tests.leaderboard.synthetic import realistic

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A realistic results directory, shared: tests only read it."""
    return realistic(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results directory of four boards of other kinds, shared: tests only read it."""
    return all_kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="session")
def board(kinds: Path) -> Board:
    """The same, read."""
    return read_board(kinds)
