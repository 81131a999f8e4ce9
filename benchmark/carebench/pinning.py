"""Pinning what could make two runs differ: threads, seeds, locale; separate because it must come before other imports.

The environment is fixed by the parent before the interpreter starts, the rest by the child itself.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import random
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


def environment(
    outer: Mapping[str, str], *, home: str, temporary: str, threads: int, marker: str
) -> dict[str, str]:
    """The whole environment of a child: an allow-list of the outer one, and fixed values."""
    fixed = {
        "HOME": home,
        "TMPDIR": temporary,
        "XDG_CACHE_HOME": f"{home}/.cache",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "MKL_CBWR": "COMPATIBLE",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # pyarrow's allocator else starts a thread at import, and a process with two threads must not fork
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "CAREBENCH_MARKER": marker,
    }
    kept = {name: outer[name] for name in _PASSED_ON if name in outer}
    return kept | fixed | dict.fromkeys(_THREADS, str(threads))


def data_environment() -> dict[str, str]:
    """What discovering, preparing and scoring children see beside the allow-list: where a user's data are."""
    from carebench import places

    named = {name: value for name, value in os.environ.items() if name == places.DATA}
    folders = {
        places.CONFIGURATION: str(places.configuration_folder()),
        places.CACHE: str(places.cache_folder()),
    }
    return named | folders


def seed_everything(seed: int, threads: int) -> None:
    """Seed Python's and numpy's global generators now, and torch's when and if it is imported."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - estimators of strangers use the global generator
    if "torch" in sys.modules:
        _seed_torch(sys.modules["torch"], seed, threads)
    else:
        sys.meta_path.insert(0, _TorchSeeder(seed, threads))


def _seed_torch(torch: ModuleType | Any, seed: int, threads: int) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(
        "warn"
    )  # use_deterministic_algorithms would import its compiler: a second
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False


class _TorchSeeder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Seeds torch right after its first import, so that a model that never uses it does not pay for it."""

    def __init__(self, seed: int, threads: int) -> None:
        self.seed, self.threads = seed, threads
        self.inner: Any = None

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - the signature is Python's
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None:
            self.inner, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.inner.create_module(spec)  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        self.inner.exec_module(module)
        _seed_torch(module, self.seed, self.threads)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
