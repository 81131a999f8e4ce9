"""The warm template: imports the core libraries, computes nothing, and forks a child for each request.

It stays single-threaded, since a forked child has only the thread that forked. It imports no plugin,
so it need not be refreshed when plugins change. Its arguments are its channel and further modules to import, so
that only the models that need a large library pay for its pages at each fork.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys
import tempfile
from pathlib import Path

from carebench.children import harness

MESSAGE_BYTES = 1 << 16
PRELOADED = (
    "numpy",
    "scipy.special",
    "scipy.stats",
    "scipy.sparse",
    "pandas",
    "pyarrow.feather",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
)
PROGRAMS = ("answer", "attempt", "judge", "prepare", "score")


def serve(channel: socket.socket) -> None:
    """Fork a child for each request until the other side is gone."""
    while True:
        data, descriptors, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, 1)
        if not data:
            os._exit(0)
        request = json.loads(data)
        request["environment"][harness.PARENT] = str(os.getpid())
        pid = os.fork()
        if pid == 0:
            _become(request, descriptors[0], channel)
        os.close(descriptors[0])
        _tell(channel, {"pid": pid})
        _, status, usage = os.wait4(pid, 0)
        cpu = usage.ru_utime + usage.ru_stime
        _tell(channel, {"code": os.waitstatus_to_exitcode(status), "cpu_s": cpu, "peak": usage.ru_maxrss})


def _become(request: dict[str, object], output: int, channel: socket.socket) -> None:
    """In the child: a session, streams, home and temporary directory of its own, then the program; never returns."""
    try:
        os.setsid()
        channel.close()
        for stream in (1, 2):
            os.dup2(output, stream)
        os.close(output)
        os.environ.update(request["environment"])  # type: ignore[call-overload]
        tempfile.tempdir = None
        work = Path(str(request["work"]))
        os.chdir(work / "home")
        module = importlib.import_module(f"carebench.children.{request['program']}")
        harness.main(module.PROGRAM, work)
    finally:
        os._exit(1)


def _look_once() -> None:
    """Let scikit-learn look for the table libraries that are installed, as it does at its first validation."""
    from sklearn.utils import check_array

    check_array([[0.0]])


def _tell(channel: socket.socket, message: dict[str, object]) -> None:
    channel.send(json.dumps(message).encode())


def _threads() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def main() -> None:
    """Import, freeze what was imported, say how many threads there are, and serve."""
    harness.die_with_parent()
    channel = socket.socket(fileno=int(sys.argv[1]))
    for name in (*PRELOADED, *sys.argv[2:], *(f"carebench.children.{program}" for program in PROGRAMS)):
        importlib.import_module(name)
    _look_once()
    gc.collect()
    gc.freeze()
    _tell(channel, {"threads": _threads()})
    serve(channel)


if __name__ == "__main__":
    main()
