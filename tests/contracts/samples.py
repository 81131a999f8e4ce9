"""What models are tried on, by family: the simulated cohort, and what their families reveal beside it.

Separate from the contracts, which know no family, and from the checks, which ask for a sample by model alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carebench import Split
from carebench.estimators import takes
from carebench.testing import cut, simulate
from carebench_plugins.recalibration import MAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from carebench import Model


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


def with_follow_up() -> Split:
    """The simulated cohort followed for up to two years, asked for death within one; ten more were lost before."""
    split, draw = cut(), np.random.default_rng(6)
    y = split.reveals["y"]
    time = np.where(y == 1, draw.uniform(0.05, 1.0, len(y)), draw.uniform(1.0, 2.0, len(y)))
    reveals = {"y": y, "time": time, "event": ((time < 1.5) | (y == 1)).astype(np.int8)}
    lost = {"horizon": np.ones(len(y)), "unlabelled_time": draw.uniform(0.1, 0.9, 10)}
    return replace(split, reveals={**reveals, **lost}, unlabelled=simulate(10, seed=4).inputs)


def with_losses() -> Split:
    """The same patients, a tenth of whom have no outcome."""
    split = treated_sample()
    observed = (np.arange(len(split.train)) % 10 > 0).astype(float)
    return replace(split, reveals={**split.reveals, "observed": observed})


def rated() -> Split:
    """120 items to fit on and 40 to judge, each read by three raters of whom one is often wrong and one often absent."""
    import pandas as pd

    draw = np.random.default_rng(3)
    truth = draw.random(160) < 0.4
    columns = {}
    for rater, (error, seen) in enumerate([(0.05, 1.0), (0.3, 1.0), (0.1, 0.6)], 1):
        said = np.where(draw.random(160) < error, ~truth, truth).astype(int).astype(str).astype(object)
        columns[str(rater)] = pd.Series(said).where(draw.random(160) < seen)
    table = pd.DataFrame(columns).astype(pd.CategoricalDtype(["0", "1"]))
    return Split(train=table[:120], test=table[120:].reset_index(drop=True), reveals={})


def noisy() -> Split:
    """The simulated cohort with three raters' labels, of which a tenth are wrong, and a group of every patient."""
    train, test = simulate(160, seed=1), simulate(60, seed=2)
    draw = np.random.default_rng(4)
    raters = np.where(draw.random((160, 3)) < 0.1, 1 - train.died[:, None], train.died[:, None]).astype(
        np.int8
    )
    reveals = {
        "y": raters[:, 0],
        "raters": raters,
        "group": (train.inputs["sex"] == "female").to_numpy("int8"),
        "transition": np.tile([[0.9, 0.1], [0.1, 0.9]], (160, 1, 1)),
    }
    return Split(train=train.inputs, test=test.inputs, reveals=reveals)


def with_domains() -> Split:
    """The simulated cohort with two training domains, and 80 patients of the second whose answers nobody knows."""
    split = cut()
    ward = (np.arange(len(split.train)) % 3 == 0).astype(np.int16)
    return replace(split, reveals={**split.reveals, "domain": ward}, unlabelled=simulate(80, seed=4).inputs)


def with_frozen_risk() -> Split:
    """The simulated cohort with a risk that somebody's classifier gave, and test rows in three batches."""
    split = cut()
    tables = [
        table.assign(frozen_risk=1 / (1 + np.exp((65 - table["age"]) / 10)), batch=np.arange(len(table)) % 3)
        for table in (split.train, split.test)
    ]
    return replace(split, train=tables[0].assign(batch=-1), test=tables[1])


def with_target_answers() -> Split:
    """The same, where the answers of 40 of the 80 patients are told after all."""
    split = with_domains()
    told = np.where(np.arange(80) < 40, simulate(80, seed=4).died, -1).astype(np.int8)
    return replace(split, reveals={**split.reveals, "unlabelled_y": told})


#: By family what its models are tried on; without an entry the simulated cohort as it stands.
SAMPLES: dict[str, Callable[[], Split]] = {
    "causal": treated_sample,
    "causal-average": treated_sample,
    "defer": with_experts,
    "noisy-labels": noisy,
    "noisy-labels-known": noisy,
    "rater-consensus": rated,
    "shift": with_domains,
    "shift-adaptation": with_domains,
    "shift-detection": cut,
    "shift-estimation": with_frozen_risk,
    "shift-generalisation": with_domains,
    "shift-sequential": cut,
}
#: A model that needs still more.
OF_MODELS: dict[str, Callable[[], Split]] = {
    "ipw-censoring": with_losses,
    **dict.fromkeys(("prior-corrected", "recalibrated-intercept", "recalibrated-slope"), with_target_answers),
    **dict.fromkeys(("cox", "discrete-time-hazard", "random-survival-forest"), with_follow_up),
}
#: Models that differ from one that is tried by a curve alone.
VARIANTS = {f"{base}-{curve}" for base in ("forest", "hist-gradient-boosting") for curve in MAPS}
#: Models that take seconds to fit.
HEAVY = {"explainable-boosting-machine", "super-learner"}
#: Of the many methods of a family that share their code, those that are always tried: one of each class.
TRIED = {
    *("confident-prune", "co-teaching", "elkan-noto", "erm-network", "forward", "raykar", "savage-boosting"),
    *("crowd-layer", "dawid-skene", "mace", "vote-shares", "volume-minimisation"),
    *(
        "combine-logistic",
        "compare-confidence",
        "conformal-sets",
        "cost-sensitive-rule",
        "defer-cross-entropy",
    ),
    *("defer-realisable", "random-deferral", "selective-net"),
    *("caliper-matching", "g-computation", "ipw-censoring", "ipw-hajek", "naive-difference", "tmle", "wald"),
    *("s-learner-linear", "t-learner-ridge", "tarnet"),
    "hist-gradient-boosting-temperature",
    *(
        "bbse",
        "cnn-group-dro",
        "dann",
        "dfr",
        "group-dro",
        "importance-ulsif",
        "site-ensemble",
        "tent",
        "hotelling",
    ),
    *("grid-logistic", "gru-d", "mtand", "seft"),
    *("atc", "importance-accuracy", "multivariate-ewma"),
}
#: Passes over the training units that a network on series or pictures gets: its contract asks for no skill.
EPOCHS = 2


def hastened(model: Model) -> Model:
    """The model as it is tried: with few passes over the training units where it is a network on series or pictures."""
    trains = model.modality != "tabular" and takes(model.build, "epochs")
    return replace(model, params={**model.params, "epochs": EPOCHS}) if trains else model


def sample_for(model: Model) -> Split | None:
    """What a model is tried on: None for the simulated cohort as it stands."""
    make = OF_MODELS.get(model.name) or SAMPLES.get(model.families[0])
    return make() if make else None


def asked_as(model: Model) -> Sequence[str]:
    """The first of its families, and those that are tried on the same sample: the others ask no less of `fit`, and no more."""
    return [family for family in model.families if SAMPLES.get(family) is SAMPLES.get(model.families[0])]


def is_slow(model: Model) -> bool:
    """Whether its checks are left to `make test-all`; one of each kind stays among the plain tests."""
    many = model.families[0] in SAMPLES or model.modality == "series" or model.name in VARIANTS
    return model.name in HEAVY or (many and model.name not in TRIED)
