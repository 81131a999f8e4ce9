"""What compares the models of a board, for machines: the part of `standings.json` that no single row holds.

Separate from the other exports, which hold rows; the replicates have a file of their own, since they are large.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench_leaderboard.figures import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from carebench_leaderboard.across import AcrossTasks
    from carebench_leaderboard.analysis import Analysis
    from carebench_leaderboard.board import Board
    from carebench_leaderboard.intervals import Interval
    from carebench_leaderboard.oracle import OracleShare
    from carebench_leaderboard.power import TaskPower
    from carebench_leaderboard.replicates import Replicates
    from carebench_leaderboard.secondary import Profile, Secondary
    from carebench_leaderboard.views import Sensitivity, View

FORMAT = "carebench-replicates/1"


def analysis_json(found: Analysis) -> dict[str, Any]:
    """The comparisons of one board."""
    near = found.neighbours
    return {
        "groups": [{"anchor": group.anchor, "members": list(group.members)} for group in found.groups],
        "neighbours": near and {"pairs": near.pairs, "separated": near.separated},
        "across_tasks": _across(found.across),
        "practical": {
            model: {
                "better": rounded(each.better),
                "equivalent": rounded(each.equivalent),
                "worse": rounded(each.worse),
            }
            for model, each in found.practical.items()
        },
        "profile": _profile(found.profile),
        "views": {view.name: _view(view) for view in found.views},
        "sensitivity": _sensitivity(found.sensitivity),
        "power": {each.task: power_json(each) for each in found.power},
    }


def secondary_json(each: Secondary | None) -> dict[str, Any] | None:
    """What depends on the others, of one model."""
    if each is None:
        return None
    return {
        "win_rate": rounded(each.win_rate),
        "mean_rank": rounded(each.mean_rank),
        "elo": None if each.elo is None else rounded(each.elo.value),
        "elo_interval": None if each.elo is None else interval_json(each.elo.interval),
        "improvement": rounded(each.improvement),
        "middle": rounded(each.middle),
    }


def oracle_json(each: OracleShare | None) -> dict[str, Any] | None:
    """The share of the oracle gap, of one model."""
    if each is None:
        return None
    return {
        "reference": each.reference,
        "tasks": each.tasks,
        "gap": rounded(each.gap),
        "gap_interval": interval_json(each.gap_interval),
        "share": rounded(each.share),
        "interval": interval_json(each.interval),
        "beats_oracle": each.beats_oracle,
    }


def interval_json(interval: Interval) -> dict[str, Any]:
    """Bounds, or the reason why there are none."""
    return {"low": rounded(interval.low), "high": rounded(interval.high), "reason": interval.reason}


def replicates_json(board: Board) -> str:
    """The replicates of all boards, by family: whoever has them can rank any selection of tasks and models."""
    content = {
        "format": FORMAT,
        "boards": {
            section.family.name: replicates_content(section.analysis.replicates) for section in board.sections
        },
    }
    return (
        json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"
    )


def replicates_content(found: Replicates) -> dict[str, Any]:
    """The replicates of one board: value[model][task] + scale[model][task] x step.

    `steps` maps each task to base64 of signed bytes, model by model, `draws` of each: step b of the model at k is
    byte k x draws + b.
    """
    return {
        "draws": int(found.steps.shape[0]),
        "models": list(found.models),
        "tasks": list(found.tasks),
        "cohorts": list(found.cohorts),
        "values": _matrix(found.values),
        "scale": found.scale.tolist(),
        "steps": {
            task: base64.b64encode(np.ascontiguousarray(found.steps[:, :, at].T).tobytes()).decode("ascii")
            for at, task in enumerate(found.tasks)
        },
    }


def power_json(each: TaskPower) -> dict[str, Any]:
    """The power of one task, in units of its primary metric."""
    return {
        "seeds": each.seeds,
        "se_difference": rounded(each.se_difference),
        "detectable": rounded(each.detectable),
        "se_patient": rounded(each.se_patient),
        "se_seed": rounded(each.se_seed),
        "advice": each.advice,
        "seeds_wanted": each.seeds_wanted,
    }


def _across(found: AcrossTasks) -> dict[str, Any]:
    return {
        "cohorts": found.cohorts,
        "needed": found.needed,
        "reason": found.reason,
        "compared": found.compared,
        "iman_davenport": rounded(found.omnibus),
        "verdicts": [
            {
                "better": each.better,
                "worse": each.worse,
                "p": rounded(each.p),
                "adjusted": rounded(each.adjusted),
            }
            for each in found.verdicts
        ],
    }


def _profile(found: Profile | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "thresholds": [rounded(level) for level in found.thresholds],
        "shares": {model: [rounded(share) for share in shares] for model, shares in found.shares.items()},
    }


def _view(view: View) -> dict[str, Any]:
    rows = [{"model": row.model, "rank": row.rank, "shown": rounded(row.shown)} for row in view.rows]
    return {"tasks": list(view.tasks), "rows": rows}


def _sensitivity(found: Sensitivity | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "ranks": {rule: dict(ranks) for rule, ranks in found.ranks.items()},
        "moved": list(found.moved),
    }


def _matrix(values: NDArray[np.float64]) -> list[list[float | None]]:
    rows: Sequence[Sequence[float]] = values.tolist()
    return [[None if value != value else rounded(value) for value in row] for row in rows]  # noqa: PLR0124 - NaN
