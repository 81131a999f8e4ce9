"""A plugin with a fine model, whose import changes directory, environment, warnings and numpy."""

from __future__ import annotations

import os
import random
import sys
import warnings

import numpy as np

from carebench import Model, hookimpl

os.chdir("/")
os.environ.update(CAREBENCH_DIRTY="yes", HOME="/nowhere", OMP_NUM_THREADS="64")
os.umask(0)
random.seed(0)
sys.path.insert(0, "/nowhere")
sys.setrecursionlimit(5000)
warnings.simplefilter("error")
np.mean = lambda *_, **__: 0.5  # type: ignore[assignment]  # the fault itself
np.seterr(all="raise")


@hookimpl
def carebench_models() -> list[Model]:
    """A fine model from a plugin that left dirt behind."""
    return [Model("from-a-dirty-plugin", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
