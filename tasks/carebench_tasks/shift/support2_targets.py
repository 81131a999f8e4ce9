"""Adaptation on SUPPORT2: shifts of labels and of inputs made by known draws, so that what is true is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from carebench_tasks.shift import support2
from carebench_tasks.shift.adaptation import ADAPTATION_MODULES, SOURCE, TARGET, AdaptationTask, uniforms
from carebench_tasks.shift.support2 import Support2

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench import Truth
    from carebench_tasks.cohorts.declaration import Patients

MODULES = (*support2.MODULES, *ADAPTATION_MODULES, "carebench_tasks.shift.support2_targets")


class LabelShift(Support2, AdaptationTask):
    """Death within 180 days where three in four die, learned where one in four does.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3. `X_target` holds those of two fifths of the target.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults, half of whom are the source and half the target, patients of equal age and sex on
    one side. In each half patients of one outcome are left out at random, so that a quarter of the source and three
    quarters of the target die by day 180: inputs given the outcome are alike in both, and the true weights of the labels
    are about 1/3 and 3.
    """

    name = "shift-adaptation/support2-label-shift"
    title = "SUPPORT2: from a death in four to three in four"
    modules = MODULES

    def truth(self, seed: int) -> Truth:
        """As for generalisation, with the true label weights."""
        import numpy as np

        patients, outcome = self._patients()
        train, _ = self._cut(seed, patients, outcome)
        given = self._given(patients, outcome)
        known = given[outcome.known[given]]
        shares = [np.bincount(outcome.event[rows], minlength=2) / len(rows) for rows in (train, known)]
        weights = dict(zip(("label_weight_0", "label_weight_1"), shares[1] / shares[0], strict=True))
        found = super().truth(seed)
        return replace(found, facts={**found.facts, **{name: float(each) for name, each in weights.items()}})

    def _domains(self, patients: Patients) -> NDArray[np.str_]:
        """Source or target, and neither for those thinned out."""
        import numpy as np

        died = (patients.event == 1) & (patients.time <= self.horizon.at)
        half = uniforms(patients.units, self.cohort, "label shift") < 0.5
        rows = np.arange(len(died)).astype(np.uint64)
        kept = uniforms(rows, self.cohort, "label shift, kept") < kept_share(died, half)
        return np.where(kept, np.where(half, SOURCE, TARGET), "").astype(np.str_)


class LabelShiftTold(LabelShift):
    """The task `shift-adaptation/support2-label-shift` when somebody has looked up 100 patients of the target.

    Input: as there; `y_target` holds death by day 180 for 100 patients of `X_target` and -1 for the others.

    Answer: probability of death by day 180.

    Cohort: as there. Unranked: it is for methods that update a risk by few answers, beside those that use none.
    """

    name = "shift-adaptation/support2-label-shift.told-100"
    title = "SUPPORT2: three in four die, 100 answers of theirs told"
    ranked = False
    told = 100


class LabelShiftFromTarget(LabelShift):
    """What could be known of the target of `shift-adaptation/support2-label-shift` had somebody looked: trained there.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3.

    Answer: probability of death by day 180.

    Cohort: as there, trained on the patients who there lend their inputs alone. Unranked: compare a model's row with its
    row on `...source-same-n`, which trains on as many rows of the source.
    """

    name = "shift-adaptation/support2-label-shift.target"
    title = "SUPPORT2: three in four die, trained there"
    ranked = False
    labelled = "target"


class LabelShiftSourceSameN(LabelShift):
    """The task `shift-adaptation/support2-label-shift` with as few source rows as its sibling trained on the target has.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3.

    Answer: probability of death by day 180.

    Cohort: as there, with a random part of the training rows. Unranked.
    """

    name = "shift-adaptation/support2-label-shift.source-same-n"
    title = "SUPPORT2: from a death in four to three in four, fewer rows"
    ranked = False
    oracle = "shift-adaptation/support2-label-shift.target"
    labelled = "source-same-n"


class CovariateShift(Support2, AdaptationTask):
    """Death within 180 days among older, sicker patients, learned among others, by a known density ratio.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3. `X_target` holds those of two fifths of the target.

    Answer: probability of death by day 180.

    Cohort: of 9,105 seriously ill adults the first of each age and sex (8,089). A patient belongs to the target with
    probability p(x) = 1 / (1 + exp(-z)), cut to .05 and .95, where z = 1.0 (age - 63) / 16 + .8 (hrt - 97) / 32
    - .8 (meanbp - 85) / 28 + .6 scoma / 25, else to the source: the density ratio is p(x) / (1 - p(x)) times a constant, and
    the risk given the inputs is the same in both.
    """

    name = "shift-adaptation/support2-covariate-shift"
    title = "SUPPORT2: to older and sicker patients, by a known density ratio"
    modules = MODULES

    def _domains(self, patients: Patients) -> NDArray[np.str_]:
        """Source or target by a draw whose probability is a function of the inputs; one row a patient."""
        import numpy as np

        chosen = uniforms(patients.units, self.cohort, "covariate shift") < target_probability(
            patients.columns
        )
        first = np.zeros(len(chosen), np.bool_)
        first[np.unique(patients.units, return_index=True)[1]] = True
        return np.where(first, np.where(chosen, TARGET, SOURCE), "").astype(np.str_)


class CovariateShiftFromTarget(CovariateShift):
    """What could be known of the target of `shift-adaptation/support2-covariate-shift` had somebody looked: trained there.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3.

    Answer: probability of death by day 180.

    Cohort: as there, trained on the patients who there lend their inputs alone. Unranked: compare a model's row with its
    row on `...source-same-n`, which trains on as many rows of the source.
    """

    name = "shift-adaptation/support2-covariate-shift.target"
    title = "SUPPORT2: older and sicker patients, trained there"
    ranked = False
    labelled = "target"


class CovariateShiftSourceSameN(CovariateShift):
    """The task `shift-adaptation/support2-covariate-shift` with as few source rows as its sibling trained on the target has.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3.

    Answer: probability of death by day 180.

    Cohort: as there, with a random part of the training rows. Unranked.
    """

    name = "shift-adaptation/support2-covariate-shift.source-same-n"
    title = "SUPPORT2: to older and sicker patients, fewer rows"
    ranked = False
    oracle = "shift-adaptation/support2-covariate-shift.target"
    labelled = "source-same-n"


def kept_share(died: NDArray[np.bool_], in_source: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chance to be kept, for each patient, that leaves the wanted share of deaths in source and target.

    In a part with a events and b others, keeping all of one kind and a share of the other gives prevalence q:
    events are kept with min(1, q b / ((1 - q) a)), others with min(1, (1 - q) a / (q b)).
    """
    import numpy as np

    share = np.ones(len(died))
    for part, wanted in ((in_source, 0.25), (~in_source, 0.75)):
        odds = (died & part).sum() / (~died & part).sum()
        target = wanted / (1 - wanted)
        share[part] = np.where(died[part], min(1.0, target / odds), min(1.0, odds / target))
    return share


def target_probability(columns: pd.DataFrame) -> NDArray[np.float64]:
    """p(x) of `CovariateShift`, shape (n,): how likely a patient with these inputs belongs to the target."""
    import numpy as np

    return np.asarray(np.clip(1 / (1 + np.exp(-severity_score(columns))), 0.05, 0.95))


def severity_score(columns: pd.DataFrame) -> NDArray[np.float64]:
    """The score z of `CovariateShift`, shape (n,): larger for the older and sicker; missing values take the median."""
    import numpy as np

    filled = {
        name: columns[name].astype(float).fillna(columns[name].median())
        for name in ("hrt", "meanbp", "scoma")
    }
    z = (columns["age"] - 63) / 16 + 0.8 * (filled["hrt"] - 97) / 32 - 0.8 * (filled["meanbp"] - 85) / 28
    return np.asarray((z + 0.6 * filled["scoma"] / 25).to_numpy(np.float64))
