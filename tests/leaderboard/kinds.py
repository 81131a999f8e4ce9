"""Writes results of families of other kinds: deferral, noisy labels in series, effects over replications.

Separate from `synthetic`, whose tables are of one family with anchors and patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.leaderboard.synthetic import cell, failed, family, model, store, table, task, write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tests.leaderboard.synthetic import Row

    Floats = NDArray[np.float64]

BUDGETS = (0, 5, 10, 20, 30, 50)
RATES = (0.0, 0.1, 0.2, 0.3, 0.4)
NAMES = (
    *("Confidence rejection", "Cross-entropy surrogate", "One-versus-all surrogate", "Realizable surrogate"),
    *("Two-stage regression", "Mixture of experts", "Triage by difficulty", "Softmax temperature"),
    *("Random deferral", "Always the model", "Conformal deferral", "Cost-sensitive trees"),
)


def metric(name: str, label: str, **changes: Any) -> Row:
    """A metric from 0 to 1, higher better, with `changes`."""
    return {
        "name": name,
        "label": label,
        "better": "higher",
        "low": 0.0,
        "high": 1.0,
        "ideal": 1.0,
        "summary": f"{label}, over patients.",
        "over_seeds": "mean",
    } | changes


def figure(kind: str, **changes: Any) -> Row:
    """A figure of `kind` with the keys that the engine writes, with `changes`."""
    return {
        "name": kind,
        "title": kind,
        "kind": kind,
        "x_label": "x",
        "y_label": "y",
        "points": [],
        "metric": "",
        "x_metric": "",
    } | changes


def titled(count: int) -> list[str]:
    """Names of `count` models; beyond the first twelve, numbered variants."""
    return [
        NAMES[at] if at < len(NAMES) else f"{NAMES[at % len(NAMES)]}, variant {at // len(NAMES)}"
        for at in range(count)
    ]


def slug(title: str) -> str:
    """A title as a name."""
    return title.lower().replace(",", "").replace(" ", "-")


def all_kinds(directory: Path, models: int = 12) -> Path:
    """One table with a deferral, a noisy-labels and two causal boards, `models` on each, written to `directory`."""
    draw = np.random.default_rng(4)
    parts = [
        _deferral(directory, draw, models),
        _noisy(directory, draw, models),
        _effects(draw, models),
        _average(draw, models),
    ]
    merged: dict[str, list[Row]] = {name: [] for name in ("families", "tasks", "models", "cells")}
    for part in parts:
        for name, rows in part.items():
            known = {row["name"] for row in merged[name] if "name" in row}
            merged[name] += [row for row in rows if row.get("name", object()) not in known]
    suite = {"name": "full", "title": "Full suite: four families on open cohorts"}
    return write(directory, table(suite=suite, **merged))


def _models(count: int) -> list[Row]:
    return [
        model(
            slug(title), title=title, summary=f"{title}, with defaults.", citation="Mozannar and Sontag 2020"
        )
        for title in titled(count)
    ] + [model("physicians", title="Physicians alone", role="comparator", inputs="comparators")]


def _deferral(directory: Path, draw: np.random.Generator, count: int) -> dict[str, list[Row]]:
    """Accuracy at six budgets with contributions of patients, on two tasks."""
    metrics = [
        metric("system_accuracy", "System accuracy"),
        metric("own_rate", "Handed over by the model itself"),
    ]
    metrics += [metric(f"accuracy_at_{budget}", f"Accuracy at {budget} %") for budget in BUDGETS]
    points = [[budget, f"accuracy_at_{budget}"] for budget in BUDGETS]
    figures = [
        figure("over-metrics", name="budgets", title="System accuracy over the share handed over", points=points,
               x_label="share of patients handed over, %", y_label="share of right decisions"),
        figure("scatter", name="own", title="Who hands over, and what it brings", x_metric="own_rate",
               metric="system_accuracy", x_label="share handed over by the model itself", y_label="system accuracy"),
    ]  # fmt: skip
    names = {
        "defer/support2": ("SUPPORT2, death by day 60", 1200),
        "defer/chest": ("Chest films, nodule or none", 700),
    }
    cells = []
    for name, (_, n) in names.items():
        hard = draw.random(n)
        units = store(directory, np.arange(n, dtype=np.uint64))
        for at, title in enumerate(titled(count)):
            cells.append(_decisions(directory, draw, (name, slug(title)), at, hard, units))
        cells.append(_decisions(directory, draw, (name, "physicians"), 9, hard, units))
    return {
        "families": [family(name="defer", title="Learning to defer", question="Which patients should a physician see, when time is short?",
                            metrics=metrics, no_skill=0.6, perfect=1.0, rope=0.005, figures=figures)],
        "tasks": [task(name, family="defer", design="fixed", title=title, series="", level=None, ranked=True) for name, (title, _) in names.items()],
        "models": _models(count),
        "cells": cells,
    }  # fmt: skip


def _decisions(
    directory: Path, draw: np.random.Generator, place: tuple[str, str], at: int, hard: Floats, units: str
) -> Row:
    right = {
        budget: (
            draw.random(hard.size)
            < 0.93 - 0.25 * hard - 0.008 * (at % 13) + 0.006 * budget * hard - 0.00006 * budget**2
        ).astype(float)
        for budget in BUDGETS
    }
    values = {f"accuracy_at_{budget}": column for budget, column in right.items()}
    values["system_accuracy"] = np.mean([right[budget] for budget in BUDGETS[1:]], axis=0)
    subgroups = {
        "sex": {
            level: {"n": float(mask.sum()), "system_accuracy": float(values["system_accuracy"][mask].mean())}
            for level, mask in (("female", hard < 0.45), ("male", hard >= 0.45))
        },
        "age": {
            level: {
                "n": float(mask.sum()),
                "system_accuracy": float(values["system_accuracy"][mask].mean()) if mask.sum() > 60 else None,
            }
            for level, mask in (
                ("under 50", hard < 0.3),
                ("50 to 75", (hard >= 0.3) & (hard < 0.95)),
                ("over 75", hard >= 0.95),
            )
        },
    }
    return cell(*place, 0, metrics={name: float(column.mean()) for name, column in values.items()} | {"own_rate": 0.1 + 0.3 * draw.random()},
                facts={"n": hard.size, "n_train": 2 * hard.size}, units=units, subgroups=subgroups,
                contributions={name: store(directory, (column - column.mean()) / column.size) for name, column in values.items()})  # fmt: skip


def _noisy(directory: Path, draw: np.random.Generator, count: int) -> dict[str, list[Row]]:
    """Brier skill with contributions, three series of five noise rates on two cohorts; rate 0 is unranked."""
    skill = metric("brier_skill", "Brier skill", low=None)
    levels = figure("over-levels", name="noise", title="Skill against noise", metric="brier_skill",
                    x_label="rate of wrong labels", y_label="Brier skill on right labels")  # fmt: skip
    tasks, cells = [], []
    for cohort, mechanism in (
        ("support2", "symmetric"),
        ("support2", "asymmetric"),
        ("flchain", "symmetric"),
    ):
        n = 400
        units = store(directory, np.arange(n, dtype=np.uint64))
        for rate in RATES:
            name = f"noisy-labels/{cohort}-{mechanism}-{rate:g}"
            tasks.append(task(name, family="noisy-labels", cohort=cohort, design="fixed", title=f"{cohort}, {mechanism} noise {rate:g}",
                              series=f"{cohort}, {mechanism} noise", level=rate, ranked=rate > 0))  # fmt: skip
            for at, title in enumerate(titled(count)):
                fall = (0.1 + 0.05 * (at % 10)) * (1.4 if mechanism == "asymmetric" else 1.0)
                value = 0.3 - 0.003 * at - fall * rate - 2 * fall * rate**2 + 0.004 * draw.normal()
                if at == 10:
                    value -= 6 * rate**2
                moved = draw.normal(size=n) * 0.02 / np.sqrt(n)
                row = cell(name, slug(title), 0, metrics={"brier_skill": value}, units=units,
                           contributions={"brier_skill": store(directory, moved)})  # fmt: skip
                cells.append(
                    failed(name, slug(title), 0, "timeout", "no answer after 600 s")
                    if at == 7 and rate == 0.4
                    else row
                )
    return {
        "families": [family(name="noisy-labels", title="Learning from noisy labels", question="What is a patient's risk, when labels are partly wrong?",
                            metrics=[skill], no_skill=0.0, perfect=1.0, rope=0.005, figures=[levels])],
        "tasks": tasks, "models": _models(count)[:-1], "cells": cells,
    }  # fmt: skip


def _effects(draw: np.random.Generator, count: int) -> dict[str, list[Row]]:
    """Effects of patients: median over 40 replications, anchored; one model declines every task."""
    skill = metric("effect_skill", "Effect skill", low=None, over_seeds="median")
    names = ("causal/ihdp", "causal/acic")
    cells = [
        cell(name, slug(title), seed, metrics={"effect_skill": 0.8 - 0.05 * at - 0.05 * number + 0.15 * (1 - draw.lognormal(0, 0.6))}, facts={"n": 75, "n_train": 672})
        for number, name in enumerate(names) for at, title in enumerate(titled(count)[:-1]) for seed in range(40)
    ]  # fmt: skip
    cells += [
        failed(name, slug(titled(count)[-1]), seed, "unsuited", "only an average")
        for name in names
        for seed in range(40)
    ]
    return {
        "families": [family(name="causal", title="Effects of treatment on patients", question="By how much would treatment help this patient?",
                            metrics=[skill], no_skill=0.0, perfect=1.0, rope=0.02)],
        "tasks": [task(name, family="causal", unit="replication", title=name, series="", level=None) for name in names],
        "models": _models(count)[:-1], "cells": cells,
    }  # fmt: skip


def _average(draw: np.random.Generator, count: int) -> dict[str, list[Row]]:
    """Average effects: root mean square error over 60 replications without anchors, coverage beside it."""
    metrics = [
        metric(
            "error",
            "RMSE / sd",
            better="lower",
            low=None,
            high=None,
            ideal=0.0,
            over_seeds="root-mean-square",
        ),
        metric("bias", "Bias / sd", better="nearer", low=None, high=None, ideal=0.0),
        metric("coverage", "Coverage", better="nearer", ideal=0.95),
    ]
    scatter = figure("scatter", name="bias-error", title="Bias and error", x_metric="bias", metric="error",
                     x_label="bias / sd of the outcome", y_label="RMSE / sd of the outcome")  # fmt: skip
    names = ("causal-average/ihdp", "causal-average/acic", "causal-average/hidden")
    cells = []
    for name in names:
        for at, title in enumerate(titled(count)):
            errors = (
                0.02 * (at % 5)
                - 0.03
                + (0.06 + 0.012 * at) * draw.normal(size=60)
                + (3.0 if at == 9 else 0.0)
            )
            for seed, error in enumerate(errors):
                covered = float(abs(error) < 0.16)
                cells.append(
                    cell(
                        name,
                        slug(title),
                        seed,
                        metrics={"error": error, "bias": error, "coverage": covered},
                        facts={"n": 747},
                    )
                )
    return {
        "families": [family(name="causal-average", title="Average effects of treatment", question="By how much would treatment help on average?",
                            metrics=metrics, no_skill=None, perfect=None, rope=0.02, figures=[scatter])],
        "tasks": [task(name, family="causal-average", unit="replication", title=name, series="", level=None, ranked="hidden" not in name) for name in names],
        "models": _models(count)[:-1], "cells": cells,
    }  # fmt: skip
