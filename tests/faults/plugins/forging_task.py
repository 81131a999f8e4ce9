"""Tasks whose code writes the outcome of the preparing or the scoring child itself, in a shape that is none of ours."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

sys.path.insert(0, str(Path(__file__).parents[2] / "carebench_spam"))
from carebench import Split, Task, Truth, hookimpl
from carebench_spam import SpamToy  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Iterator


def _forge(outcome: object) -> None:
    """Leave `outcome` in the work directory and end the process as if all were well."""
    (Path.cwd().parent / "outcome.json").write_text(json.dumps(outcome), encoding="ascii")
    os._exit(0)


class ForgesManifest(SpamToy):  # type: ignore[misc]
    """A manifest that is a list."""

    name: ClassVar[str] = "mortality/forges-manifest"

    def split(self, seed: int) -> Split:
        _forge({"status": "ok", "manifest": [seed]})
        raise AssertionError


class ForgesScores(SpamToy):  # type: ignore[misc]
    """Scores that are a number."""

    name: ClassVar[str] = "mortality/forges-scores"

    def truth(self, seed: int) -> Truth:
        _forge({"status": "ok", "scores": seed, "units": "0"})
        raise AssertionError


class ForgesMetrics(SpamToy):  # type: ignore[misc]
    """A metric that is text."""

    name: ClassVar[str] = "mortality/forges-metrics"

    def truth(self, seed: int) -> Truth:
        entry = {"status": "ok", "digest": "0", "metrics": {"auroc": "best"}, "undefined": {}, "facts": {}}
        _forge({"status": "ok", "scores": [{**entry, "notes": [], "files": {}, "contributions": {}}]})
        raise AssertionError


@hookimpl
def carebench_tasks() -> Iterator[Task]:
    """The tasks of this plugin."""
    yield ForgesManifest()
    yield ForgesScores()
    yield ForgesMetrics()
