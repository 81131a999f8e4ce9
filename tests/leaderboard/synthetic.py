"""Writes results directories for the tests: tiny ones by hand, and a realistic one with simulated patients."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]
Floats = NDArray[np.float64]

AUROC: Row = {
    "name": "auroc",
    "label": "AUROC",
    "better": "higher",
    "low": 0.0,
    "high": 1.0,
    "ideal": 1.0,
    "summary": "Probability that a patient who dies is ranked above one who lives.",
}
BRIER_SKILL: Row = AUROC | {
    "name": "brier_skill",
    "label": "Brier skill",
    "low": None,
    "summary": "1 - Brier / Brier of the prevalence.",
}
SLOPE: Row = {
    "name": "calibration_slope",
    "label": "Calibration slope",
    "better": "nearer",
    "low": None,
    "high": None,
    "ideal": 1.0,
    "summary": "Slope of the outcome on the logit of the prediction.",
}


def family(**changes: Any) -> Row:
    """A mortality family, with `changes`."""
    return {
        "name": "mortality",
        "title": "Mortality prediction",
        "question": "Given what is known of a patient at the landmark, how likely is death by the horizon?",
        "contract": "fit(X, y), then predict_proba(X).",
        "metrics": [AUROC],
        "no_skill": 0.5,
        "perfect": 1.0,
        "rope": 0.01,
    } | changes


def task(name: str = "mortality/a", **changes: Any) -> Row:
    """A task in a cohort of its own, with `changes`."""
    return {
        "name": name,
        "family": "mortality",
        "version": 1,
        "title": name,
        "cohort": name,
        "unit": "patient",
        "design": "folds",
        "flags": [],
        "card": "Adults in hospital.\n\nAnswer: death by day 60.",
        "source": "",
        "citation": "",
    } | changes


def model(name: str, **changes: Any) -> Row:
    """An entrant, with `changes`."""
    return {
        "name": name,
        "title": name,
        "summary": "",
        "citation": "",
        "role": "entrant",
        "inputs": "numeric",
        "origin": "carebench 0.1.0",
    } | changes


def cell(task: str, model: str, seed: int, auroc: float | None = None, **changes: Any) -> Row:
    """An ok cell that scored `auroc`, without contributions, with `changes`."""
    return {
        "key": hashlib.sha256(f"{task} {model} {seed}".encode()).hexdigest(),
        "task": task,
        "model": model,
        "seed": seed,
        "status": "ok",
        "reason": "",
        "phase": "",
        "metrics": {"auroc": auroc},
        "undefined": {},
        "facts": {"n": 25, "n_train": 100},
        "notes": [],
        "units": "",
        "contributions": {},
    } | changes


def failed(task: str, model: str, seed: int, status: str = "failed", reason: str = "it broke") -> Row:
    """A cell that is not ok."""
    return cell(task, model, seed, status=status, reason=reason, phase="fit", metrics={}, facts={})


def table(**changes: Any) -> Row:
    """A results table of one task, two models and one seed, with `changes`."""
    return {
        "format": "carebench-results/1",
        "suite": {"name": "quick", "title": "Quick suite"},
        "families": [family()],
        "tasks": [task()],
        "models": [model("best"), model("other")],
        "cells": [cell("mortality/a", "best", 0, 0.8), cell("mortality/a", "other", 0, 0.7)],
    } | changes


def write(directory: Path, content: Row) -> Path:
    """Write `content` as the results table of `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "results.json").write_text(json.dumps(content), encoding="utf-8")
    return directory


def store(directory: Path, array: NDArray[Any]) -> str:
    """Write a contribution array and return its digest."""
    stream = io.BytesIO()
    np.save(stream, array)
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    (directory / "contributions").mkdir(parents=True, exist_ok=True)
    (directory / "contributions" / f"{digest}.npy").write_bytes(stream.getvalue())
    return digest


def with_units(directory: Path, row: Row, units: list[int], auroc: list[float]) -> Row:
    """`row` with contributions to AUROC."""
    return row | {
        "units": store(directory, np.array(units, dtype=np.uint64)),
        "contributions": {"auroc": store(directory, np.array(auroc, dtype=np.float64))},
    }


def with_replicates(directory: Path, row: Row, auroc: list[float]) -> Row:
    """`row` with contributions of bootstrap replicates to AUROC."""
    return with_units(directory, row, [10**9 + number for number in range(len(auroc))], auroc) | {
        "resampled": True
    }


def auroc(event: NDArray[np.bool_], risk: Floats) -> float:
    """Mann-Whitney form of the AUROC, from SciPy's ranks."""
    m, n = int(event.sum()), int((~event).sum())
    return float((rankdata(risk)[event].sum() - m * (m + 1) / 2) / (m * n))


def delong(event: NDArray[np.bool_], risk: Floats) -> Floats:
    """DeLong influence values of each patient on the AUROC, shape (n,)."""
    m, n = int(event.sum()), int((~event).sum())
    ranks, among_events, among_others = rankdata(risk), rankdata(risk[event]), rankdata(risk[~event])
    placed = np.empty(risk.size)
    placed[event] = (ranks[event] - among_events) / n
    placed[~event] = 1 - (ranks[~event] - among_others) / m
    centred = placed - auroc(event, risk)
    size = np.where(event, m, n)
    return np.asarray(centred / np.sqrt(size * (size - 1)))


COHORTS = {
    "support": (900, 0.35, ("mortality/support2-60d", "mortality/rhc-30d")),
    "rotterdam": (600, 0.25, ("mortality/rotterdam-5y",)),
    "flchain": (1200, 0.12, ("mortality/flchain-5y",)),
    "trace": (450, 0.21, ("mortality/trace-1y",)),
    "whas": (300, 0.21, ("mortality/whas500-1y",)),
}
TITLES = {
    "mortality/support2-60d": "SUPPORT2, death by day 60",
    "mortality/rhc-30d": "Right heart catheterisation, death by day 30",
    "mortality/rotterdam-5y": "Rotterdam breast cancer, death in 5 years",
    "mortality/flchain-5y": "Free light chain, death in 5 years",
    "mortality/trace-1y": "TRACE infarction, death in 1 year",
    "mortality/whas500-1y": "WHAS500 infarction, death in 1 year",
}
NOISE = {
    "gradient-boosting": ("Gradient boosting", 0.95),
    "random-forest": ("Random forest", 1.0),
    "ridge-logistic": ("Ridge logistic regression", 1.02),
    "elastic-net": ("Elastic-net logistic regression", 1.05),
    "extra-trees": ("Extremely randomised trees", 1.1),
    "gaussian-process": ("Gaussian process", 1.15),
    "mlp": ("Multilayer perceptron", 1.3),
    "svm-rbf": ("Support vector machine, radial kernel", 1.4),
    "nearest-neighbours": ("Nearest neighbours", 1.9),
    "naive-bayes": ("Naive Bayes", 2.0),
    "age-sex": ("Age and sex only", 3.2),
    "cox-lasso": ("Lasso Cox model", 1.2),
    "published-score": ("Published score", 1.6),
}


def realistic(directory: Path, seeds: int = 3) -> Path:
    """Six tasks in five cohorts, twelve models and a published score, three folds each, with some failures."""
    draw = np.random.default_rng(20)
    cells: list[Row] = []
    tasks: list[Row] = []
    for number, (cohort, (n, rate, names)) in enumerate(COHORTS.items()):
        truth = draw.normal(size=n)
        units = np.arange(n, dtype=np.uint64) + np.uint64(number * 10_000)
        for name in names:
            flags = ["fewer than 100 test events"] if n * rate < 100 else []
            tasks.append(task(name, cohort=cohort, title=TITLES[name], flags=flags, card=CARD, source=SOURCE))
            event = truth + draw.logistic(scale=0.55, size=n) > np.quantile(truth, 1 - rate)
            fold = draw.permutation(n) % seeds
            for key, (_, noise) in NOISE.items():
                risk = truth + draw.normal(scale=noise, size=n)
                cells += [
                    _scored(
                        directory,
                        (name, key, seed),
                        event[fold == seed],
                        risk[fold == seed],
                        units[fold == seed],
                    )
                    for seed in range(seeds)
                ]
    return write(
        directory,
        table(
            suite={"name": "standard", "title": "Standard suite: mortality on open cohorts"},
            families=[
                family(metrics=[AUROC, BRIER_SKILL, SLOPE], beside=["brier_skill", "calibration_slope"])
            ],
            tasks=tasks,
            models=[_listed(key, title) for key, (title, _) in NOISE.items()],
            cells=[_spoilt(row) for row in cells],
        ),
    )


CARD = """Adults in hospital with one of nine serious illnesses.

Inputs: 35 columns known by day 3. Answer: death by the horizon.
Left out: published model scores and what was recorded after the landmark.
Access: comes with SurvSet; no agreement needed."""
SOURCE = "SurvSet 0.2.11"


def _listed(key: str, title: str) -> Row:
    role = "comparator" if key == "published-score" else "entrant"
    return model(key, title=title, role=role, summary=f"{title}, with defaults.", citation="Harrell 2015")


def _scored(
    directory: Path,
    place: tuple[str, str, int],
    event: NDArray[np.bool_],
    risk: Floats,
    units: NDArray[np.uint64],
) -> Row:
    value = auroc(event, risk)
    scores_risks = place[1] != "published-score"
    return cell(
        *place,
        metrics={
            "auroc": value,
            "brier_skill": 1.5 * (value - 0.5) ** 2 if scores_risks else None,
            "calibration_slope": 0.7 + 0.4 * value if scores_risks else None,
        },
        undefined={
            "brier_skill": "ranks only: no probabilities",
            "calibration_slope": "ranks only: no probabilities",
        },
        facts={"n": int(event.size), "events": int(event.sum()), "n_train": int(2 * event.size)},
        units=store(directory, units),
        contributions={"auroc": store(directory, delong(event, risk))},
    )


def _spoilt(row: Row) -> Row:
    """Three failures, one loss, and a published score that only the SUPPORT cohort has."""
    place = (row["task"], row["model"], row["seed"])
    reasons = {
        ("mortality/flchain-5y", "gaussian-process", 0): (
            "oom",
            "the children held 8,214 MiB; the limit is 8,192",
        ),
        ("mortality/flchain-5y", "gaussian-process", 2): ("timeout", "no answer after the limit of 600 s"),
        ("mortality/whas500-1y", "mlp", 1): ("failed", "ValueError: Input X contains NaN."),
        ("mortality/trace-1y", "cox-lasso", 1): ("lost", "the worker was taken away"),
    }
    if place in reasons:
        status, reason = reasons[place]
        return failed(*place, status, reason)
    if place[1] == "published-score" and "support2" not in place[0] and "rhc" not in place[0]:
        return failed(*place, "unsuited", "the task has no published score")
    return row
