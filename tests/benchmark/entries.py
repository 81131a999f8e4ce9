"""Descriptions for tests of the engine: a family, tasks and models that no plugin registers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carebench.catalogue import (
    Catalogue,
    FamilyEntry,
    ModelEntry,
    Origin,
    TaskEntry,
)
from carebench.family import Answer, Metric

ORIGIN = Origin(kind="entry-point", target="spam", name="spam", distribution="spam", version="1.0")

FAMILY = FamilyEntry(
    name="mortality",
    title="Mortality",
    question="Who dies?",
    contract="fit and predict_proba",
    answers=[
        Answer(name="risk", meaning="", rows="test", columns=None, low=0, high=1, optional=True),
        Answer(name="score", meaning="", rows="test", columns=None, low=None, high=None, optional=True),
    ],
    metrics=[Metric(name="auroc", label="AUROC", better="higher", low=0, high=1, ideal=1, summary="")],
    no_skill=0.5,
    perfect=1,
    figures=(),
    beside=(),
    tunable=True,
    rope=0.01,
    code="f" * 64,
    asking="e" * 64,
    origin=ORIGIN,
)

TASK = TaskEntry(
    name="mortality/toy",
    version=1,
    family="mortality",
    title="Toy",
    cohort="toy",
    unit="patient",
    design="folds",
    modalities=["tabular"],
    comparators=["published"],
    demographics=["age", "sex"],
    static=[],
    series="",
    level=None,
    ranked=True,
    oracle="",
    flags=[],
    source="",
    citation="",
    card="",
    code="a" * 64,
    data="b" * 64,
    libraries={"numpy": "2.0", "pandas": "2.2"},
    missing=[],
    origin=ORIGIN,
)

MODEL = ModelEntry(
    name="ridge",
    families=["mortality"],
    title="Ridge",
    summary="",
    citation="",
    inputs="numeric",
    modality="tabular",
    params={"C": 1.0, "penalty": "l2"},
    build="sklearn.linear_model.LogisticRegression",
    code="c" * 64,
    libraries={"scikit-learn": "1.5", "scipy": "1.13"},
    missing=[],
    extra="",
    cpus=1,
    gpus=0,
    memory=None,
    origin=ORIGIN,
)


def task(name: str = "mortality/toy", **changed: Any) -> TaskEntry:
    """The toy task with other fields."""
    return replace(TASK, name=name, **changed)


def model(name: str = "ridge", **changed: Any) -> ModelEntry:
    """The ridge model with other fields."""
    return replace(MODEL, name=name, **changed)


def catalogue(tasks: list[TaskEntry], models: list[ModelEntry]) -> Catalogue:
    """All that is registered: one family, these tasks and models."""
    return Catalogue(families=(FAMILY,), tasks=tuple(tasks), models=tuple(models))
