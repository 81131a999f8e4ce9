"""Causal methods: average effects by adjustment, weighting, matching and doubly robust ones; effects of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.causal import (
    adjustment,
    autoencoder,
    bayesian,
    doubly_robust,
    econ,
    instruments,
    matching,
    meta,
    networks,
    weighting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench import Model


def models() -> Iterator[Model]:
    """The causal models, simplest first."""
    yield from adjustment.models()
    yield from weighting.models()
    yield from matching.models()
    yield from doubly_robust.models()
    yield from instruments.models()
    yield from meta.models()
    yield from econ.models()
    yield from networks.models()
    yield from autoencoder.models()
    yield from bayesian.models()
