"""What compares a board's models, as columns for the page: rank ranges, ties, tests across tasks, and replicates to ship.

Separate from the board's columns, which hold one model at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_leaderboard.analysis_json import analysis_json, oracle_json, replicates_content, secondary_json
from carebench_leaderboard.figures import rounded

if TYPE_CHECKING:
    from carebench_leaderboard.board import Section
    from carebench_leaderboard.oracle import OracleShare

SECONDARY = ("win_rate", "mean_rank", "elo", "improvement", "middle")


def compared_of(section: Section) -> dict[str, Any]:
    """Rank range, tie group and secondary columns of each model, and what no single row holds."""
    found, rows = section.analysis, section.standings
    beside = [secondary_json(found.secondary.get(row.model)) or {} for row in rows]
    whole = analysis_json(found)
    kept = ("groups", "neighbours", "across_tasks", "practical", "profile", "sensitivity", "power")
    return {
        "range": [found.ranges.get(row.model) for row in rows],
        "group": [found.group_of.get(row.model) for row in rows],
        "secondary": {name: [each.get(name) for each in beside] for name in SECONDARY},
        "oracle": [_oracle(section.oracle.get(row.model)) for row in rows],
        "common": list(whole["views"]["common"]["tasks"]),
        **{name: whole[name] for name in kept},
    }


def _oracle(found: OracleShare | None) -> dict[str, Any] | None:
    """The share of the oracle gap of one model, with intervals as two bounds."""
    if found is None:
        return None
    between = {"gap_interval": found.gap_interval, "interval": found.interval}
    bounds = {name: [rounded(each.low), rounded(each.high)] for name, each in between.items()}
    return {**(oracle_json(found) or {}), **bounds}


def draws_of(section: Section) -> dict[str, Any]:
    """The replicates of a board; models and tasks are numbered as on the board."""
    drawn = replicates_content(section.analysis.replicates)
    models = {row.model: at for at, row in enumerate(section.standings)}
    tasks = {part.task.name: at for at, part in enumerate(section.tasks)}
    return {
        "draws": drawn["draws"],
        "values": drawn["values"],
        "scale": drawn["scale"],
        "models": [models[name] for name in drawn["models"]],
        "tasks": [tasks[name] for name in drawn["tasks"]],
        "steps": [drawn["steps"][name] for name in drawn["tasks"]],
    }
