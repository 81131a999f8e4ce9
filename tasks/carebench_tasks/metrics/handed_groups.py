"""Who is handed over: the figures of a deferral answer by subgroup.

Separate from the metrics because a group has figures of its own (how often it is handed over, and what harm that does)
and a rule of its own: with fewer than 30 events or 30 non-events it is not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench_tasks.metrics.hand_order import Looked

    Floats = NDArray[np.float64]

#: The least events, and non-events, with which a group is shown (PROTOCOL, rule 4).
FEWEST = 30
#: The budget at which groups, and what was kept and handed over, are looked at.
LOOKED_AT = 0.20
AT = f"at {100 * LOOKED_AT:g} %"
HANDED, SYSTEM, HARM = f"handed over {AT}", f"system accuracy {AT}", f"harm {AT} (model right, team wrong)"
NO_GROUP = ""


def by_group(
    looked: Looked, event: Floats, groups: Mapping[str, NDArray[np.generic]]
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Figures of every level of every attribute; counts alone where the level is too small.

    Args:
        looked: the answer with what is handed over, n rows.
        event: shape (n,), 0 or 1.
        groups: attribute to labels, shape (n,); `NO_GROUP` for rows that belong to none.
    """
    return {
        attribute: {
            str(level): _figures(looked, event, np.where(labels == level, looked.weight, 0.0))
            for level in np.unique(labels)
            if str(level) != NO_GROUP
        }
        for attribute, labels in groups.items()
    }


def _figures(looked: Looked, event: Floats, weight: Floats) -> dict[str, float | None]:
    """Share handed over, accuracies, and harm: how often a right model's patient was handed over to a wrong decision."""
    team, handed, counted = looked.team, looked.handed, weight > 0
    counts: dict[str, float | None] = {"n": float(counted.sum()), "events": float(event[counted].sum())}
    if min(event[counted].sum(), (1 - event[counted]).sum()) < FEWEST:
        return counts | dict.fromkeys((HANDED, SYSTEM, "model alone", "human alone", HARM))
    figures = {
        HANDED: handed,
        SYSTEM: (1 - handed) * team.alone + handed * team.handed,
        "model alone": team.alone,
        "human alone": looked.expert_right,
        HARM: handed * team.alone * (1 - team.handed),
    }
    return counts | {name: float(np.average(values, weights=weight)) for name, values in figures.items()}
