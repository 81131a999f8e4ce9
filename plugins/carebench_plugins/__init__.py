"""The built-in models: an ordinary plugin package that happens to live here.

One module per family of methods, each with its explicit list; listing them imports none of the libraries
that do the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import hookimpl
from carebench_plugins import (
    additive,
    bayes,
    boosting,
    calibrated,
    causal,
    conformal,
    defer,
    linear,
    neighbours,
    neural,
    noisy,
    recalibration,
    reference,
    series,
    severity,
    shift,
    stacking,
    survival,
    trees,
)
from carebench_plugins.shift import detectors, entries, picture_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench import Model


@hookimpl
def carebench_models() -> Iterator[Model]:
    """The built-in models, simplest first."""
    yield from reference.models()
    yield from severity.models()
    yield from linear.models()
    yield from bayes.models()
    yield from neighbours.models()
    yield from trees.models()
    yield from boosting.models()
    yield from additive.models()
    yield from calibrated.models()
    yield from recalibration.models()
    yield from conformal.models()
    yield from neural.models()
    yield from series.models()
    yield from stacking.models()
    yield from survival.models()
    yield from noisy.models()
    yield from defer.models()
    yield from causal.models()
    yield from shift.models()
    yield from picture_entries.models()
    yield from detectors.models()
    yield from entries.models()
