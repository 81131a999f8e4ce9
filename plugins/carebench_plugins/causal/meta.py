"""The meta-learners as they are registered, over four base learners; separate because this is a table of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Choice
from carebench_plugins.causal import learners
from carebench_plugins.causal.entries import of_patients

if TYPE_CHECKING:
    from carebench import Model

KUENZEL = "Kuenzel SR, Sekhon JS, Bickel PJ, Yu B. Proc Natl Acad Sci USA 2019;116:4156-4165."
CURTH = "Curth A, van der Schaar M. AISTATS 2021;130:1810-1818."
KENNEDY = "Kennedy EH. Electron J Stat 2023;17:3008-3049."
NIE = "Nie X, Wager S. Biometrika 2021;108:299-319."
MODULES = (
    "carebench_plugins.causal.doubly_robust",
    "carebench_plugins.causal.learners",
    "carebench_plugins.causal.nuisance",
    "carebench_plugins.causal.regressions",
)
#: Which learner of the propensity, as Curth and van der Schaar 2021 leave open; the RA-learner's answer has none.
PROPENSITY = Choice(["linear", "ridge", "forest", "boosting"])
SHOWN = {"linear": "linear", "ridge": "ridge", "forest": "random forest", "boosting": "gradient boosting"}
#: Title, summary, citation and base learners of each recipe over pseudo-outcomes.
RECIPES = {
    "dr": (
        "DR-learner",
        "Regression of the doubly robust score of each patient",
        KENNEDY,
        ("ridge", "forest", "boosting"),
    ),
    "r": (
        "R-learner",
        "Residual outcome over residual treatment, weighted by the latter's square",
        NIE,
        ("ridge", "boosting"),
    ),
    "u": ("U-learner", "Residual outcome over residual treatment, unweighted", KUENZEL, ("boosting",)),
    "ra": ("RA-learner", "Regression of outcomes less those expected in the other arm", CURTH, ("boosting",)),
    "pw": (
        "PW-learner",
        "Regression of the outcome weighted by the inverse propensity",
        CURTH,
        ("boosting",),
    ),
}


def models() -> tuple[Model, ...]:
    """The meta-learners, simplest first."""
    constant = of_patients(
        "constant-effect",
        build=learners.Constant,
        title="Constant effect",
        summary="The coefficient of treatment in a linear regression, for everybody.",
        citation="Yule GU. J R Stat Soc 1897;60:812-854.",
        modules=MODULES,
    )
    return (
        constant,
        *(_learner("s-learner", learners.SLearner, base) for base in ("linear", "forest", "boosting")),
        *(
            _learner("t-learner", learners.TLearner, base)
            for base in ("linear", "ridge", "forest", "boosting")
        ),
        *(_learner("x-learner", learners.XLearner, base) for base in ("ridge", "forest", "boosting")),
        *(_recipe(recipe, base) for recipe, row in RECIPES.items() for base in row[3]),
    )


SUMMARIES = {
    "s-learner": ("S-learner", "One model of the outcome, treatment among its inputs"),
    "t-learner": ("T-learner", "A model of the outcome in each arm"),
    "x-learner": (
        "X-learner",
        "Effects imputed in each arm from the other's model, weighted by the propensity",
    ),
}


def _learner(kind: str, build: type, base: str) -> Model:
    title, summary = SUMMARIES[kind]
    return of_patients(
        f"{kind}-{base}",
        build=build,
        params={"base": base},
        title=f"{title}, {SHOWN[base]}",
        summary=f"{summary}; {SHOWN[base]}.",
        citation=KUENZEL,
        modules=MODULES,
    )


def _recipe(recipe: str, base: str) -> Model:
    title, summary, citation, _ = RECIPES[recipe]
    return of_patients(
        f"{recipe}-learner-{base}",
        build=learners.PseudoOutcome,
        params={"recipe": recipe, "base": base},
        search={} if recipe == "ra" else {"propensity": PROPENSITY},
        title=f"{title}, {SHOWN[base]}",
        summary=f"{summary}; {SHOWN[base]}.",
        citation=citation,
        modules=MODULES,
    )
