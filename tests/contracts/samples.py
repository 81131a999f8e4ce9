"""What models are tried on, by family: the simulated cohort, and what their families reveal beside it.

Separate from the contracts, which know no family, and from the checks, which ask for a sample by model alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carebench.testing import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from carebench import Model, Split


def with_experts() -> Split:
    """The simulated cohort with two experts: one better among the old, some of whose decisions are not known, and a steady one."""
    split, draw = cut(), np.random.default_rng(5)
    y = split.reveals["y"]
    home = split.train["age"].to_numpy() > 65
    right = draw.random((len(y), 2)) < np.column_stack([np.where(home, 0.9, 0.6), np.full(len(y), 0.75)])
    expert = np.where(right, y[:, None], 1 - y[:, None]).astype(np.int8)
    expert[draw.random(len(y)) < 0.2, 0] = -1
    ones = np.ones((len(y), 2))
    return replace(
        split, reveals={**split.reveals, "expert": expert, "cost": 0.02 * ones, "capacity": 0.5 * ones}
    )


def treated_sample() -> Split:
    """The toy cohort with a treatment at random, an instrument, and an outcome that treatment moves."""
    split = cut()
    draw = np.random.default_rng(3)
    instrument = (draw.random(len(split.train)) < 0.5).astype(float)
    treatment = np.where(draw.random(len(split.train)) < 0.7, instrument, 1 - instrument)
    outcome = split.reveals["y"].astype(np.float64) + treatment + draw.normal(0, 0.5, len(split.train))
    reveals = {"y": outcome, "treatment": treatment, "instrument": instrument}
    return replace(split, reveals=reveals)


def with_losses() -> Split:
    """The same patients, a tenth of whom have no outcome."""
    split = treated_sample()
    observed = (np.arange(len(split.train)) % 10 > 0).astype(float)
    return replace(split, reveals={**split.reveals, "observed": observed})


#: By family what its models are tried on; without an entry the simulated cohort as it stands.
SAMPLES: dict[str, Callable[[], Split]] = {
    "causal": treated_sample,
    "causal-average": treated_sample,
    "defer": with_experts,
}
#: A model that needs still more.
OF_MODELS: dict[str, Callable[[], Split]] = {"ipw-censoring": with_losses}
#: Parts of the names of causal methods that fit forests, boosting or networks a dozen times a check.
SLOW_CAUSAL = (
    *("boosting", "causal-forest", "cross", "dml", "dr-learner", "forest-dr", "learner-forest"),
    *("orthogonal", "policy", "net", "cfr"),
)


def sample_for(model: Model) -> Split | None:
    """What a model is tried on: None for the simulated cohort as it stands."""
    make = OF_MODELS.get(model.name) or SAMPLES.get(model.families[0])
    return make() if make else None


def asked_as(model: Model) -> Sequence[str]:
    """The first of its families, and those that are tried on the same sample: the others ask no less of `fit`, and no more."""
    return [family for family in model.families if SAMPLES.get(family) is SAMPLES.get(model.families[0])]


def is_slow(model: Model) -> bool:
    """Whether its checks take tens of seconds; the quick ones of its kind stay among the plain tests."""
    return model.families[0].startswith("causal") and any(part in model.name for part in SLOW_CAUSAL)
