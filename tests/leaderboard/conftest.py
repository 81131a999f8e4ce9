from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.leaderboard.synthetic import realistic

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A realistic results directory, shared: tests only read it."""
    return realistic(tmp_path_factory.mktemp("results"))
