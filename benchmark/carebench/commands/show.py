"""The command `show`: everything that the store knows of one cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.commands.cells import cells_named
from carebench.store import Store, View
from carebench.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from carebench.records import Record

_EXTRACT_LINES = 8


def show_cell(wanted: str, folder: Path) -> None:
    """Print every attempt of the cells that `wanted` names, and their scores."""
    view = Store(folder).read()
    console = Console(highlight=False)
    for key in cells_named(view, wanted):
        for record in view.attempts[key]:
            _print_record(record, console)
            _print_tuning(record, view, console)
            _print_scores(record, view, console)


def _print_record(record: Record, console: Console) -> None:
    style = "green" if record.status == "ok" else "red"
    console.print(
        Text.assemble(
            Text(record.status, style=f"bold {style}"), f"  {record.task} x {record.model} x {record.seed}"
        )
    )
    cost = ", ".join(f"{name} {value:.3g}" for name, value in record.cost.items() if name.endswith("_s"))
    peak = record.cost.get("peak_bytes", 0) / 2**20
    _print_facts(
        {
            "cell": record.key,
            "plugin": record.plugin,
            "reason": record.reason,
            "phase": record.phase if record.status != "ok" else "",
            "cost": f"{cost}, peak {peak:.0f} MiB" if cost else "",
            "answer": record.answer,
            "split": record.split,
            "environment": ", ".join(f"{name} {value}" for name, value in record.environment.items()),
        },
        console,
    )
    for name, text in (("traceback", record.traceback), ("output", record.output)):
        if text.strip():
            _print_extract(name, text, record.key, console)


def _print_tuning(record: Record, view: View, console: Console) -> None:
    """What a tuned cell answers with, and the history of its trials."""
    if not record.tuned:
        return
    members = [
        f"{each['weight']:.0%} trial {each['trial']}: {_settings(each['params'])}"
        for each in record.tuned["members"]
    ]
    console.print(Text("  tuned: " + "; ".join(members), style="bold"), soft_wrap=True)
    trials = view.trials.get(record.tuned["study"], {})
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("  trial", "value", "best so far", "seconds", "tried"):
        table.add_column(heading, justify="left" if heading == "tried" else "right")
    best = -math.inf
    for number in sorted(trials)[: record.tuned["trials"]]:
        trial = trials[number]
        best = max(best, -math.inf if trial.value is None else trial.value)
        shown = f"{trial.state}: {trial.reason}" if trial.value is None else f"{trial.value:.4f}"
        tried = (_settings(trial.params), f"{trial.cost.get('wall_s', 0):.1f}")
        row = (str(number), shown, f"{best:.4f}" if math.isfinite(best) else "", tried[1], tried[0])
        table.add_row(*(Text(value, overflow="fold") for value in row))
    console.print(table)


def _settings(params: Mapping[str, Any]) -> str:
    """Parameters as text; none are the model's defaults."""
    told = (
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in params.items()
    )
    return printable(", ".join(told)) or "the defaults"


def _print_extract(name: str, text: str, key: str, console: Console) -> None:
    """The last lines, and where the rest is."""
    lines = printable(text, 100_000).rstrip("\n").splitlines()
    more = len(lines) - _EXTRACT_LINES
    rest = (
        f", last {_EXTRACT_LINES} of {len(lines)} lines; all: carebench logs {key[:12]}" if more > 0 else ""
    )
    console.print(Text(f"  {name}{rest}", style="dim"), soft_wrap=True)
    for line in lines[-_EXTRACT_LINES:]:
        console.print(Text(f"    {line}", style="dim"), soft_wrap=True)


def _print_scores(record: Record, view: View, console: Console) -> None:
    for (answer, _), score in view.scores.items():
        if answer == record.answer and record.answer:
            values = {name: f"{value:.4f}" for name, value in score.metrics.items() if value is not None}
            reasons = {name: f"undefined: {reason}" for name, reason in score.undefined.items()}
            facts = {name: f"{value:g}" for name, value in score.facts.items() if value is not None}
            _print_facts(
                {**values, **reasons, **facts, "scorer": score.scorer, "problem": score.reason}, console
            )


def _print_facts(facts: Mapping[str, str], console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        if value:
            table.add_row(Text(f"  {name}", style="dim"), Text(value))
    console.print(table)
