"""How soon a board is there in headless Chromium, and how fast its filters answer."""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING, Any

from tests.leaderboard.browsing import CHROMIUM, chromium, opened
from tests.performance.timing import median

if TYPE_CHECKING:
    from pathlib import Path

#: Types into a filter as a reader does, and waits until the page is laid out again; milliseconds of each of several turns.
FILTER = """
([label, texts]) => texts.map(text => {
  const field = [...document.querySelectorAll('.filters label')].find(one => one.textContent === label).querySelector('input')
  const began = performance.now()
  field.value = text
  field.dispatchEvent(new Event('input'))
  document.body.offsetHeight
  return performance.now() - began
})
"""
TURNS = 7


def available() -> bool:
    """Whether there is a browser to measure with."""
    return CHROMIUM is not None and importlib.util.find_spec("playwright") is not None


def browse(folder: Path, rounds: int) -> dict[str, float]:
    """Median seconds until the overview is ready, and median milliseconds of a filter of models and of one of tasks."""
    with chromium() as browser:
        ready = [_ready(browser, folder) for _ in range(rounds)]
        tab = opened(browser, folder)
        models = tab.page.evaluate(FILTER, ["Models", [f"model-{number}" for number in range(TURNS)]])
        tab.page.evaluate(FILTER, ["Models", [""]])
        tasks = tab.page.evaluate(FILTER, ["Tasks", [f"task-{number}" for number in range(TURNS)]])
    return {"ready": median(ready), "models": median(models), "tasks": median(tasks)}


def _ready(browser: Any, folder: Path) -> float:
    began = time.perf_counter()
    tab = opened(browser, folder)
    took = time.perf_counter() - began
    tab.page.close()
    return took
