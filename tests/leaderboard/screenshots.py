"""Pictures of a board for the documentation: `python -m tests.leaderboard.screenshots FOLDER OUT`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.leaderboard.browsing import chromium, opened
from tests.leaderboard.shards import shard

HEIGHTS = {390: 844}
FAILURES = ("failed", "invalid", "timeout", "oom", "crashed")


def main(board: str, out: str) -> None:
    """Take the overview in light, dark and on a phone, a task's page and the drawer of a cell, a failed one if there is any."""
    folder = Path(board).resolve()
    task, cell = _places(folder)
    wanted = {
        "board": ("", 1440, "light"),
        "board-dark": ("", 1440, "dark"),
        "board-phone": ("", 390, "light"),
        "board-task": (task, 1440, "light"),
        "board-cell": (cell, 1440, "light"),
    }
    with chromium() as browser:
        for name, (place, width, scheme) in wanted.items():
            _take(browser, folder, place, Path(out) / f"{name}.png", width, scheme)


def _take(browser: Any, folder: Path, place: str, picture: Path, width: int, scheme: str) -> None:
    tab = opened(browser, folder, place, width=width, scheme=scheme)
    tab.page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
    tab.settle()
    tab.page.screenshot(path=picture)
    tab.page.close()


def _places(folder: Path) -> tuple[str, str]:
    """Addresses of the first task that counts, and of a failed cell, or of the leader's on that task."""
    boards = shard(folder, "summary")["boards"]
    first = next(task["name"] for each in boards for task in each["tasks"] if task["headline"])
    leader = shard(folder, "board-0")["models"]["name"][0]
    failed = [row for row in shard(folder, "log")["troubles"] if row[3] in FAILURES]
    task, model, seed = (failed[0][0], failed[0][1], failed[0][2][0]) if failed else (first, leader, 0)
    view = {"view": "task"}
    return (
        f"#{urlencode({**view, 'task': first})}",
        f"#{urlencode({**view, 'task': task, 'cell': f'{model}|{seed}'})}",
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
