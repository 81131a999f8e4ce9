"""Models that write the files of the answering program themselves, then end the process before it can."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from carebench import Model, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@hookimpl
def carebench_models() -> Iterator[Model]:
    """One model a forgery."""
    for forgery in FORGERIES:
        yield Model(forgery, families=["mortality"], build=Forging, params={"forgery": forgery})


class Forging:
    """Forges in `fit`.

    Args:
        forgery: name of the model.
    """

    def __init__(self, forgery: str) -> None:
        self.forgery = forgery

    def fit(self, X: object, y: object) -> NoReturn:
        """Forge, and end at once."""
        FORGERIES[self.forgery]()
        os._exit(0)

    def predict_proba(self, X: object) -> None:
        """Never asked."""


def _claim(**outcome: Any) -> None:
    Path("..", "outcome.json").write_text(json.dumps(outcome), encoding="ascii")


def _claims_infinity() -> None:
    Path("..", "outcome.json").write_text('{"status":"ok","seconds":1e999}', encoding="ascii")


def _answer_is_a_link() -> None:
    _claim(status="ok", arrays={}, seconds={})
    Path("..", "risk.npy").symlink_to("/etc/passwd")


def _answer_is_a_pickle() -> None:
    import numpy as np

    _claim(status="ok", arrays={}, seconds={})
    np.save(Path("..", "risk.npy"), np.array([{}] * 80, dtype=object), allow_pickle=True)


def _pipes() -> None:
    os.mkfifo("../outcome.json")
    Path("..", "phase").unlink()
    os.mkfifo("../phase")


FORGERIES: dict[str, Callable[[], None]] = {
    "forges-a-status": lambda: _claim(status="triumphant"),
    "forges-seconds": lambda: _claim(status="ok", seconds=[1, 2]),
    "forges-success": lambda: _claim(status="ok", arrays={"risk": "0" * 64}, seconds={"fit_s": "fast"}),
    "forges-infinity": _claims_infinity,
    "answer-is-a-link": _answer_is_a_link,
    "answer-is-a-pickle": _answer_is_a_pickle,
    "outcome-is-a-pipe": _pipes,
}
