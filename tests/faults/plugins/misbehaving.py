"""Models that break one rule each, named after what they do; `good` breaks none.

Every one is a logistic regression to which one fault is added: in `fit`, which then goes on if it can, or
in the answer, which the fault replaces.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from carebench import Model, Unsuited, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Risk = NDArray[np.float64]

#: What a fault keeps on purpose: memory, or open files.
HOARD: list[object] = []


@hookimpl
def carebench_models() -> Iterator[Model]:
    """One model a fault, and `good`."""
    for fault in ("good", *IN_FIT, *IN_ANSWER):
        yield Model(fault, families=["mortality"], build=Misbehaving, params={"fault": fault})


class Misbehaving:
    """A logistic regression with one fault.

    Args:
        fault: name of the model.
    """

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def fit(self, X: NDArray[np.float32], y: NDArray[np.int8]) -> Misbehaving:
        """Do what the fault does in `fit`, then fit."""
        from sklearn.linear_model import LogisticRegression

        IN_FIT.get(self.fault, lambda: None)()
        self._fitted = LogisticRegression(max_iter=1000).fit(X, y)
        return self

    def predict_proba(self, X: NDArray[np.float32]) -> Any:
        """The probabilities, or what the fault makes of them."""
        table = self._fitted.predict_proba(X)
        return IN_ANSWER[self.fault](table) if self.fault in IN_ANSWER else table


class OddError(Exception):
    """Has a constructor of two arguments and holds what no pickle takes."""

    def __init__(self, left: object, right: object) -> None:
        super().__init__(left)
        self.held = lambda: right


class TextlessError(Exception):
    """Has no text: asking for it raises."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class HostilePickle:
    """Writes `~/carebench-was-unpickled` of the real home when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        import pwd

        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        return Path.write_text, (home / "carebench-was-unpickled", "a plugin's object was unpickled\n")


class LazyArray:
    """Computes itself when it is converted: from labels that any caller holds, else as it should be."""

    def __init__(self, risk: Risk) -> None:
        self._risk = risk

    def __array__(self, *_: object, **__: object) -> Risk:
        import numpy as np

        return np.asarray(_labels_of_callers(len(self._risk), self._risk), np.float64)


def _labels_of_callers(rows: int, otherwise: Risk) -> Any:
    """The first 0/1 array of this length in the callers' variables."""
    import inspect

    import numpy as np

    for frame in inspect.stack():
        for value in frame.frame.f_locals.values():
            if getattr(value, "shape", None) == (rows,) and np.isin(value, (0, 1)).all():
                return value
    return otherwise


def _raise(error: BaseException) -> NoReturn:
    raise error


def _segfaults() -> None:
    import ctypes

    ctypes.string_at(0)


def _hangs_in_c() -> None:
    """Sleep in C with the interpreter's lock held and the polite signals ignored."""
    import ctypes
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.PyDLL(None).sleep(10**6)


def _spins() -> NoReturn:
    while True:
        with contextlib.suppress(BaseException):
            while True:
                pass


def _eats_memory() -> NoReturn:
    """Touch page after page, up to half of the machine's memory, and hold it: tests share the machine."""
    import time

    half = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    while True:
        if len(HOARD) * 2**25 < half:
            HOARD.append(b"x" * 2**25)
        time.sleep(0.001)


def _prints() -> None:
    """Write 300 MB without a line's end."""
    for _ in range(300):
        os.write(1, b"\xff" * 10**6)


def _patches_numpy() -> None:
    import numpy as np
    import sklearn.metrics

    np.mean = lambda *_, **__: 1.0  # type: ignore[assignment]  # the fault itself
    sklearn.metrics.roc_auc_score = lambda *_, **__: 1.0


def _leaves_a_daemon() -> None:
    """Leave a process in a session of its own, whose parent is gone."""
    import time

    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.setsid()
    if not os.fork():
        time.sleep(300)
    os._exit(0)


def _leaves_a_thread() -> None:
    import threading
    import time

    threading.Thread(target=time.sleep, args=(300,), daemon=False).start()


def _writes_home() -> None:
    import tempfile

    for folder in (Path.home(), Path(tempfile.gettempdir())):
        (folder / "left-by-a-plugin").write_text("left behind\n", encoding="utf-8")


def _recurses() -> None:
    _recurses()


def _allocates_descriptors() -> None:
    """Open files until no more can be had, at most 65,536, and keep them."""
    with contextlib.suppress(OSError):
        while len(HOARD) < 2**16:
            HOARD.append(os.open(os.devnull, os.O_RDONLY))
    os.close(HOARD.pop())  # type: ignore[arg-type]  # the hoard of this cell holds descriptors only


def _with_nan(table: Risk) -> Risk:
    import numpy as np

    table[len(table) // 2] = np.nan
    return table


def _with_pickle(table: Risk) -> Any:
    import numpy as np

    answer = np.empty(len(table), dtype=object)
    answer[:] = [HostilePickle() for _ in table]
    return answer


def _masked(table: Risk) -> Any:
    import numpy as np

    return np.ma.masked_less(table[:, 1], 0.5)


def _shuffled_index(table: Risk) -> Any:
    import pandas as pd

    return pd.Series(table[:, 1]).iloc[::-1]


def _unseeded(table: Risk) -> Any:
    """Noise that no seed decides."""
    import numpy as np

    return np.frombuffer(os.urandom(8 * len(table)), np.uint64) / 2**64


def _transductive(table: Risk) -> Any:
    """Stretches the answers over the batch, so that a row's answer depends on which others are asked for."""
    risk = table[:, 1]
    return (risk - risk.min()) / (risk.max() - risk.min())


def _closes_descriptors(table: Risk) -> Risk:
    os.closerange(0, 256)
    return table


IN_FIT: dict[str, Callable[[], None]] = {
    "raises-in-fit": lambda: _raise(RuntimeError("this model always fails in fit")),
    "exits-zero": lambda: _raise(SystemExit(0)),
    "os-exits-zero": lambda: os._exit(0),
    "segfaults": _segfaults,
    "aborts": os.abort,
    "kills-itself": lambda: os.kill(os.getpid(), 9),
    "hangs-in-c": _hangs_in_c,
    "spins": _spins,
    "eats-memory": _eats_memory,
    "prints-gigabytes": _prints,
    "odd-exception": lambda: _raise(OddError("left", "right")),
    "textless-exception": lambda: _raise(TextlessError()),
    "huge-exception": lambda: _raise(RuntimeError("\x1b[31mred\x1b[0m \udc80 " + "x" * 10**8)),
    "keyboard-interrupt": lambda: _raise(KeyboardInterrupt()),
    "declines": lambda: _raise(Unsuited("this model declines every task, to show how that looks")),
    "patches-numpy": _patches_numpy,
    "leaves-a-daemon": _leaves_a_daemon,
    "leaves-a-thread": _leaves_a_thread,
    "writes-home": _writes_home,
    "recurses": _recurses,
    "allocates-descriptors": _allocates_descriptors,
}
IN_ANSWER: dict[str, Callable[[Risk], Any]] = {
    "raises-in-predict": lambda _: _raise(RuntimeError("this model always fails in predict_proba")),
    "too-short": lambda table: table[:-1],
    "too-long": lambda table: table.repeat(2, axis=0),
    "gives-nan": _with_nan,
    "gives-strings": lambda table: table[:, 1].astype(str),
    "gives-objects": lambda table: table[:, 1].astype(object),
    "gives-a-pickle": _with_pickle,
    "out-of-range": lambda table: table * 100,
    "masked": _masked,
    "shuffled-index": _shuffled_index,
    "one-column": lambda table: table[:, 1:],
    "lazy-array": lambda table: LazyArray(table[:, 1]),
    "closes-descriptors": _closes_descriptors,
    "constant": lambda table: table * 0 + 0.5,
    "unseeded": _unseeded,
    "transductive": _transductive,
}
