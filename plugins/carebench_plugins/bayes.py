"""Naive Bayes; separate since it describes each outcome's patients and never looks for what divides them."""

from __future__ import annotations

from carebench import FloatRange, Model
from carebench_plugins.families import RISK_OF_EVENT


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "naive-bayes",
            families=RISK_OF_EVENT,
            build="sklearn.naive_bayes.GaussianNB",
            # Rare flags hardly vary within an outcome: at the library's floor of 1e-9 one of them outweighs all else.
            params={"var_smoothing": 0.1},
            search={"var_smoothing": FloatRange(1e-9, 1.0, log=True)},
            title="Gaussian naive Bayes",
            summary="Bayes' rule with columns normal and independent within each outcome, a tenth added to each variance.",
            citation="Hand DJ, Yu K. Idiot's Bayes: not so stupid after all? Int Stat Rev 2001;69:385-398.",
            requires=("scikit-learn",),
        ),
    )
