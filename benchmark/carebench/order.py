"""Which work goes first: the longest, so that no slot is left idle by a long cell that began last.

Separate from the survey, which says what is to be done, and from the run, which takes it in the order given. The rule is
longest processing time first (Graham 1969, SIAM Journal on Applied Mathematics 17:416-429), by the times of past cells of
the same kind; what was never timed might be long and goes before the rest, in the order of the plan.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from carebench.estimate import Work, expected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carebench.catalogue import ModelEntry
    from carebench.estimate import Times
    from carebench.outstanding import Group


def longest_first(groups: Iterable[Group], times: Times) -> list[Group]:
    """The groups by their longest cell, and each group's cells, the longest first; equal ones keep their order.

    The cells of a group stay together, since they share a split.
    """
    ordered = [_with_ordered_cells(group, times) for group in groups]
    return sorted(ordered, key=lambda group: -_longest(group, times))


def _with_ordered_cells(group: Group, times: Times) -> Group:
    return replace(group, waiting=sorted(group.waiting, key=lambda model: -_seconds(group, model, times)))


def _longest(group: Group, times: Times) -> float:
    return max((_seconds(group, model, times) for model in group.waiting), default=0.0)


def _seconds(group: Group, model: ModelEntry, times: Times) -> float:
    found = expected(Work("answer", group.task.name, model.name), [times])
    return math.inf if found is None else found
