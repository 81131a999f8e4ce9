"""What a board's comparisons come to, in plain sentences; separate so that page, terminal and paper say it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_leaderboard import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.analysis import Analysis
    from carebench_leaderboard.board import Section
    from carebench_leaderboard.power import TaskPower

MOST_NAMED = 3


def told(section: Section) -> list[str]:
    """Ties, neighbours, the test across cohorts, what the tasks can detect, and the oracle gap; only what is known."""
    found = section.analysis
    sentences = [_ties(found), _neighbours(found), _across(found), _power(section), _seeds(found.power)]
    sentences += [_won_back(section), _too_good(section)]
    return [sentence for sentence in sentences if sentence]


def _ties(found: Analysis) -> str:
    if not found.groups or len(found.ranges) < 2:
        return ""
    first = found.groups[0]
    others = len(first.members) - 1
    if not others:
        return f"{first.anchor} is told apart from every other ranked model."
    return (
        f"{others} other{'s are' if others > 1 else ' is'} not told apart from {first.anchor}, which leads."
    )


def _neighbours(found: Analysis) -> str:
    if found.neighbours is None:
        return ""
    near = found.neighbours
    return f"{near.separated} of {near.pairs} pairs of neighbours in rank are told apart."


def _across(found: Analysis) -> str:
    across = found.across
    if len(found.secondary) < 2:
        return ""
    if across.reason:
        return f"{across.reason[0].upper()}{across.reason[1:]}."
    apart = sum(each.adjusted <= 0.05 for each in across.verdicts)
    return (
        f"Across {across.cohorts} cohorts, {apart} of {len(across.verdicts)} pairs ({across.compared}) are told apart "
        "(signed ranks, Holm)."
    )


def _power(section: Section) -> str:
    known = [each for each in section.analysis.power if each.detectable is not None]
    if not known:
        return ""
    label = section.family.primary.label
    finest, coarsest = (pick(known, key=_detectable) for pick in (min, max))
    if finest is coarsest:
        return f"Smallest detectable difference in {label}: {figures.number(finest.detectable)}."
    return (
        f"Smallest detectable difference in {label}: {figures.number(finest.detectable)} ({_short(finest.task)}) to "
        f"{figures.number(coarsest.detectable)} ({_short(coarsest.task)})."
    )


def _seeds(power: Sequence[TaskPower]) -> str:
    paying = [each for each in power if each.advice == "more seeds pay"]
    enough = sum(each.advice == "seeds suffice" for each in power)
    if not paying:
        return "More seeds would not help: patients, not seeds, limit what can be told." if enough else ""
    named = ", ".join(f"{_short(each.task)} ({each.seeds_wanted})" for each in paying[:MOST_NAMED])
    more = f" and {len(paying) - MOST_NAMED} more" if len(paying) > MOST_NAMED else ""
    return f"More seeds pay on {named}{more}; in brackets, how many would suffice."


def _won_back(section: Section) -> str:
    shares = {model: each for model, each in section.oracle.items() if each.share is not None}
    if not shares:
        return ""
    model, most = max(shares.items(), key=lambda item: item[1].share or 0.0)
    between = figures.bounds(most.interval, 2)
    return (
        f"Of what {most.reference} would gain from right labels, or from rows of the target, {model} wins back most: "
        f"{figures.number(most.share, 2)} ({between})."
    )


def _too_good(section: Section) -> str:
    found = sorted(model for model, each in section.oracle.items() if each.beats_oracle)
    if not found:
        return ""
    return f"Better than the same backbone trained on right labels or rows of the target, so look for a leak first: {', '.join(found[:MOST_NAMED])}."


def _detectable(each: TaskPower) -> float:
    return each.detectable or 0.0


def _short(task: str) -> str:
    return task.partition("/")[2] or task
