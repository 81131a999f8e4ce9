"""Surfaces on which no adjustment for covariates is enough: hidden confounding of declared strength, and an instrument.

Separate because they are a stratum of their own, outside the headline: what is measured is how far a method is
led astray, and whether an instrument brings it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.causal.rhc_surfaces import Linear, NonLinear
from carebench_tasks.causal.surface import Assignment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.causal.patients import Patients

    Floats = NDArray[np.float64]


class Hidden(Linear):
    """The linear surface with a common cause of treatment and outcome that nobody sees, under the real treatment.

    Means as for rhc-linear. U given A is N(b / .6, 1) among the treated and N(0, 1) among the others, and Y =
    mu_A + .6 U + .8 N(0, 1): the treated would do better by b without treatment too, so that every
    contrast adjusted for the covariates is off by exactly b, the strength of the confounding in the outcome's unit (the
    noise has standard deviation 1). Effects are those of rhc-linear. The strength b is the task's level.
    """

    series = "rhc-hidden"
    ranked = False
    flags = ("hidden confounding: outside the headline",)
    strength: float

    def assign(self, patients: Patients, draw: np.random.Generator) -> Assignment:
        """The real treatment, with b added to the outcome of the treated."""
        del draw
        return Assignment(
            treatment=patients.treatment, shift=self.strength * patients.treatment.astype(np.float64)
        )


class NotHidden(Hidden):
    """Strength 0: the same as rhc-linear, drawn anew, from which the series starts."""

    __doc__ = Hidden.__doc__
    name, title = "rhc-hidden-0", "RHC, no hidden confounding"
    strength = level = 0.0


class WeaklyHidden(Hidden):
    """Strength .25."""

    __doc__ = Hidden.__doc__
    name, title = "rhc-hidden-025", "RHC, hidden confounding of strength .25"
    strength = level = 0.25


class Halfway(Hidden):
    """Strength .5."""

    __doc__ = Hidden.__doc__
    name, title = "rhc-hidden-050", "RHC, hidden confounding of strength .5"
    strength = level = 0.5


class StronglyHidden(Hidden):
    """Strength 1."""

    __doc__ = Hidden.__doc__
    name, title = "rhc-hidden-100", "RHC, hidden confounding of strength 1"
    strength = level = 1.0


class Encouraged(NonLinear):
    """An encouragement at random, which some follow: a hidden reason to be treated, and an instrument against it.

    Z is 1 with probability .5. A patient complies (A = Z) with probability c = .3 + .4 [age < 65], is always
    treated with probability .4 (1 - c), else never. Without treatment as with it, Y is larger by 1.5 for those always
    treated, and smaller by 1 for those never treated: the mean of this hidden part is 0 given the covariates.
    Means as for rhc-non-linear; Y = mu_A + hidden part + N(0, 1). LATE = sum c tau / sum c.
    """

    name = "rhc-instrument"
    title = "RHC, hidden confounding with an instrument"
    ranked = False
    flags = ("hidden confounding with an instrument: outside the headline", "the treatment is drawn")

    def assign(self, patients: Patients, draw: np.random.Generator) -> Assignment:
        """Draw encouragement and compliance."""
        encouraged = draw.random(len(patients.treatment)) < 0.5
        complies, kind = compliance(patients.columns), draw.random(len(patients.treatment))
        follows, always = kind < complies, kind >= complies + 0.6 * (1 - complies)
        treated = np.where(follows, encouraged, always)
        return Assignment(
            treatment=treated.astype(np.int8),
            shift=np.where(follows, 0.0, np.where(always, 1.5, -1.0)),
            instrument=encouraged.astype(np.int8),
        )

    def propensity(self, patients: Patients) -> Floats:
        """C / 2 + .4 (1 - c)."""
        complies = compliance(patients.columns)
        return np.asarray(complies / 2 + 0.4 * (1 - complies))

    def further_weights(self, columns: pd.DataFrame) -> Mapping[str, Floats]:
        """Those who comply make the local average effect."""
        return {"LATE": compliance(columns)}


def compliance(columns: pd.DataFrame) -> Floats:
    """C = .3 + .4 [age < 65], shape (N,)."""
    return np.asarray(0.3 + 0.4 * (columns["age"].to_numpy() < 65))


SURFACES = (NotHidden(), WeaklyHidden(), Halfway(), StronglyHidden())
INSTRUMENT = Encouraged()
