"""Simulations of every interval and test that a board prints: `python -m tests.leaderboard.simulations [--draws N] [--write]`.

Writes the table that the page of methods shows. Each row repeats one made-up board many times, with random numbers of its
own, so that the same command gives the same figures.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

import carebench_leaderboard
from tests.leaderboard.simulations import decisions, intervals
from tests.leaderboard.simulations.intervals import share

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Once = Callable[[np.random.Generator], bool]

TABLE = Path(carebench_leaderboard.__file__).parent / "simulated.json"
DRAWS = 2000


@dataclass(frozen=True, kw_only=True)
class Row:
    """One simulation: what is counted, where, what it should be, and what it was."""

    kind: str
    what: str
    where: str
    nominal: float
    found: float
    draws: int


def cases() -> list[tuple[str, str, str, float, Once]]:
    """Kind, what, where, nominal value and simulation of each row."""
    coverage, size, power = "coverage", "type I error", "power"
    return [
        *(
            (
                coverage,
                "AUROC given these fits (DeLong, logit)",
                f"{n} patients, 30 % events",
                0.95,
                intervals.these_fits(n),
            )
            for n in (60, 150, 1000)
        ),
        *(
            (
                coverage,
                "method on a fixed test set (patients + s²/S)",
                f"300 patients, {s} seeds",
                0.95,
                intervals.refits(s),
            )
            for s in (3, 10)
        ),
        *(
            (
                coverage,
                "headline, fixed test set",
                f"300 patients, {s} seeds",
                0.95,
                intervals.refits_pooled(s),
            )
            for s in (3, 10)
        ),
        (
            coverage,
            "headline over tasks, fixed test sets",
            "6 cohorts of 200, 3 seeds",
            0.95,
            intervals.several_tasks(6, 3),
        ),
        *(
            (coverage, what, f"{n} patients, 5 folds, trained anew", 0.95, intervals.resplits(n, 5, how))
            for how, what in (
                ("fits", "folds, given these fits"),
                ("task", "folds, method (Nadeau-Bengio)"),
                ("headline", "folds, headline (patients + n_test/n_train s²)"),
            )
            for n in (200, 600)
        ),
        *(
            (
                coverage,
                "paired difference, patients and trainings",
                f"300 patients, {s} seeds",
                0.95,
                intervals.paired_difference(s),
            )
            for s in (3, 10)
        ),
        *(
            (
                coverage,
                "tasks like these (t)",
                f"{c} cohorts, tails of t with 4 df",
                0.95,
                intervals.tasks_like_these(c, 4.0),
            )
            for c in (3, 5, 12, 20)
        ),
        (
            coverage,
            "mean over replications",
            "10 replications",
            0.95,
            intervals.over_replications(10, "mean"),
        ),
        (
            coverage,
            "median over replications",
            "30 replications",
            0.95,
            intervals.over_replications(30, "median"),
        ),
        *(
            (
                coverage,
                "root mean square over replications",
                f"{n} replications",
                0.95,
                intervals.over_replications(n, "root-mean-square"),
            )
            for n in (10, 50)
        ),
        (coverage, "rate (Wilson)", "200 replications, rate .95", 0.95, intervals.rate(200)),
        *(
            (coverage, "Elo (sandwich, t)", f"5 models, {c} cohorts", 0.95, intervals.rating(c))
            for c in (6, 20)
        ),
        *(
            (
                coverage,
                "rank range",
                f"8 models, {step:g} standard errors apart",
                0.95,
                intervals.rank_range(step),
            )
            for step in (0.5, 2.0)
        ),
        *(
            (
                coverage,
                "rank range, trainings alone",
                f"6 models, 5 with 10 seeds and one with {s}",
                0.95,
                intervals.rank_range_beside_few_seeds(s),
            )
            for s in (10, 2)
        ),
        *(
            (
                size,
                "paired difference of two equal models",
                f"300 patients, {s} seed{'s' * (s > 1)}",
                0.05,
                decisions.a_pair(s),
            )
            for s in (1, 3, 10)
        ),
        *(
            (
                size,
                "anybody told from the leader (Holm)",
                f"{k} equal models",
                0.05,
                decisions.anyone_apart_from_the_leader(k),
            )
            for k in (3, 10)
        ),
        (
            size,
            "any neighbours told apart (Holm)",
            "10 equal models",
            0.05,
            decisions.any_neighbours_apart(10),
        ),
        *(
            (size, "signed ranks, one pair", f"{c} cohorts", 0.05, decisions.one_pair_across(c))
            for c in (6, 12, 40)
        ),
        *(
            (
                size,
                "signed ranks, any of all pairs (Holm)",
                f"{k} equal models, {c} cohorts",
                0.05,
                decisions.any_pair_across(k, c),
            )
            for k, c in ((3, 12), (5, 12), (5, 40))
        ),
        *(
            (size, "Iman and Davenport", f"{k} equal models, {c} cohorts", 0.05, decisions.all_alike(k, c))
            for k, c in ((5, 6), (10, 12), (5, 40))
        ),
        (
            size,
            "Bayesian signed rank over .95",
            "12 cohorts, no difference",
            0.05,
            decisions.practically_different(12, 0.0),
        ),
        (
            power,
            "Bayesian signed rank over .95",
            "12 cohorts, difference .03",
            0.8,
            decisions.practically_different(12, 0.03),
        ),
        (power, "smallest detectable difference", "a difference of that size", 0.8, decisions.detects()),
    ]


def main() -> None:
    """Simulate, print, and write the table if asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.leaderboard.simulations", description=__doc__)
    parser.add_argument("--draws", type=int, default=DRAWS, help="boards a row")
    parser.add_argument(
        "--only", default="", help="simulate only rows whose description holds this text, keep the others"
    )
    parser.add_argument("--write", action="store_true", help="write the table that the page shows")
    asked = parser.parse_args()
    console, rows = Console(highlight=False), []
    for kind, what, where, nominal, once in cases():
        if asked.only not in what:
            rows += [row for row in _kept() if (row.kind, row.what, row.where) == (kind, what, where)]
            continue
        found = round(share(asked.draws, once), 4)
        rows.append(Row(kind=kind, what=what, where=where, nominal=nominal, found=found, draws=asked.draws))
        console.print(f"{kind:13} {what}, {where}: {found:.3f} ({nominal:g})")
    if asked.write:
        content = {"format": "carebench-simulations/1", "rows": [asdict(row) for row in rows]}
        TABLE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _show(rows, console)


def _kept() -> list[Row]:
    return [Row(**row) for row in json.loads(TABLE.read_text(encoding="utf-8"))["rows"]]


def _show(rows: list[Row], console: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("", "what", "where", "should be", "was"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.kind, row.what, row.where, f"{row.nominal:.2f}", f"{row.found:.3f}")
    console.print(table)


if __name__ == "__main__":
    main()
