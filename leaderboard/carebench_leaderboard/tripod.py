"""The TRIPOD+AI checklist of a board, filled in where the answer is known, each answer with where to see it.

Separate from the tables of a paper: most items are for the authors, and none is ticked without evidence. The items are
those of Collins et al. 2024 (BMJ 385:e078378), in our words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.markdown import DISCLAIMER
from carebench_leaderboard.text import markdown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from carebench_leaderboard.board import Board, TaskSection

AUTHORS = "for the authors"
CARDS, TABLES, METHODS, RESULTS = "data-cards.md", "paper.tex", "methods.md", "standings.json"


@dataclass(frozen=True)
class Item:
    """One item of the checklist.

    Attributes:
        number: as published.
        topic: what is asked.
        answer: what the board knows; `for the authors` where it knows nothing.
        evidence: file of this export that shows it, with the place there; empty without an answer.
    """

    number: str
    topic: str
    answer: str
    evidence: str = ""

    @property
    def answered(self) -> bool:
        """Whether the board knows it."""
        return bool(self.evidence)


def checklist(board: Board) -> list[Item]:
    """All items in their order."""
    return [_item(number, topic, board) for number, topic in TOPICS]


def checklist_markdown(board: Board) -> str:
    """The checklist as a Markdown table."""
    items = checklist(board)
    known = sum(item.answered for item in items)
    lines = [
        "# TRIPOD+AI checklist",
        "",
        (
            f"Of {len(items)} items, {known} are answered by the board, in whole or in part, with evidence; the others are for "
            "the authors. Items after Collins et al. 2024, BMJ 385:e078378, shortened; the published checklist holds."
        ),
        "",
        "| item | topic | answer | evidence |",
        "| --- | --- | --- | --- |",
    ]
    for item in items:
        link = f"[{item.evidence}]({item.evidence})" if item.evidence else ""
        lines.append(f"| {item.number} | {item.topic} | {markdown_text(item.answer)} | {link} |")
    return "\n".join([*lines, "", DISCLAIMER]) + "\n"


def data_cards(board: Board) -> str:
    """The card of every task, with its source, citation and counts."""
    parts = ["# Data cards", ""]
    for part in _tasks(board):
        task = part.task
        parts += [f"## {markdown_text(task.name)}", "", markdown_text(task.shown), ""]
        parts += [markdown_text(line) for line in task.card.splitlines()]
        facts = "; ".join(f"{name} {figures.spread(limits)}" for name, limits in part.facts.items())
        for name, value in (
            ("Cohort", task.cohort),
            ("Unit of inference", task.unit),
            ("Design", task.design),
            ("Test sets, over seeds", facts),
            ("Flags", "; ".join(task.flags)),
            ("Source", task.source),
            ("Citation", task.citation),
        ):
            if value:
                parts += ["", f"{name}: {markdown_text(value)}"]
        parts.append("")
    return "\n".join(parts) + "\n"


def methods(board: Board) -> str:
    """Every model with what its plugin says of it."""
    parts = ["# Methods", ""]
    models = {name: model for section in board.sections for name, model in section.models.items()}
    for name, model in sorted(models.items()):
        parts += [f"## {markdown_text(name)}", "", markdown_text(model.shown), ""]
        for label, value in (
            ("Summary", model.summary),
            ("Role", model.role),
            ("Reads", model.inputs),
            ("Plugin", model.origin),
            ("Tuning", model.tuning),
            ("Citation", model.citation),
        ):
            if value:
                parts += [f"{label}: {markdown_text(value)}", ""]
    return "\n".join(parts)


def _item(number: str, topic: str, board: Board) -> Item:
    if number not in KNOWN:
        return Item(number, topic, AUTHORS)
    answer, evidence = KNOWN[number]
    said = answer(board)
    return Item(number, topic, said, evidence) if said else Item(number, topic, AUTHORS)


def _tasks(board: Board) -> list[TaskSection]:
    return [part for section in board.sections for part in section.tasks]


def _listed(texts: Sequence[str], most: int = 6) -> str:
    distinct = list(dict.fromkeys(text for text in texts if text))
    return "; ".join(distinct[:most]) + (f"; and {len(distinct) - most} more" if len(distinct) > most else "")


def _objectives(board: Board) -> str:
    return _listed([section.family.question for section in board.sections])


def _sources(board: Board) -> str:
    return _listed([part.task.source for part in _tasks(board)])


def _cards(board: Board) -> str:
    return (
        "in part: what the card of each task states" if any(part.task.card for part in _tasks(board)) else ""
    )


def _sizes(board: Board) -> str:
    known = [
        each for section in board.sections for each in section.analysis.power if each.detectable is not None
    ]
    if not known:
        return ""
    return (
        f"not computed beforehand; the smallest detectable difference of each of {len(known)} tasks is given"
    )


def _partition(board: Board) -> str:
    words = {
        "folds": "re-splits (each seed is a fold of repeated cross-validation)",
        "fixed": "a fixed test set, models fitted anew for each seed",
        "all-rows": "nothing is trained, every row is tested",
    }
    return _listed([words[part.task.design] for part in _tasks(board)])


def _models(board: Board) -> str:
    models = {name: model for section in board.sections for name, model in section.models.items()}
    return (
        f"{len(models)} models, each with a summary, its plugin's version and, where it was tuned, how"
        if models
        else ""
    )


def _measures(board: Board) -> str:
    return _listed([metric.label for section in board.sections for metric in section.family.metrics], 12)


def _fairness(board: Board) -> str:
    return "figures by subgroup with the worst group and the gap" if _attributes(board) else ""


def _heterogeneity(board: Board) -> str:
    shown = _attributes(board)
    return f"by {', '.join(shown)}; and by cohort, task by task" if shown else "by cohort, task by task"


def _attributes(board: Board) -> list[str]:
    return sorted(
        {attribute.name for part in _tasks(board) for score in part.scores for attribute in score.subgroups}
    )


def _participants(board: Board) -> str:
    counted = [f"{part.task.name}: {part.units:,}" for part in _tasks(board) if part.units]
    return f"tested {_listed(counted)}" if counted else ""


def _performance(board: Board) -> str:
    known = [row for section in board.sections for row in section.standings if row.interval.low is not None]
    return f"with 95 % intervals of two kinds for {len(known)} standings" if known else ""


def _output(board: Board) -> str:
    return _listed([section.family.contract for section in board.sections])


def _limits(board: Board) -> str:
    flags = _listed([f"{part.task.name}: {flag}" for part in _tasks(board) for flag in part.task.flags])
    return f"flags of tasks: {flags}" if flags else ""


def _events(board: Board) -> str:
    counted = [
        f"{part.task.name}: events in each seed {figures.spread(part.facts['events'])}"
        for part in _tasks(board)
        if "events" in part.facts
    ]
    return _listed(counted)


def _always(text: str) -> Callable[[Board], str]:
    return lambda _: text


KNOWN: dict[str, tuple[Callable[[Board], str], str]] = {
    "4": (_objectives, RESULTS),
    "5a": (_sources, CARDS),
    "5b": (_cards, CARDS),
    "6a": (_cards, CARDS),
    "6b": (_cards, CARDS),
    "8a": (_cards, CARDS),
    "9a": (_cards, CARDS),
    "10": (_sizes, RESULTS),
    "12a": (_partition, CARDS),
    "12c": (_models, METHODS),
    "12d": (_heterogeneity, RESULTS),
    "12e": (_measures, RESULTS),
    "14": (_fairness, RESULTS),
    "15": (_output, RESULTS),
    "18e": (_sources, CARDS),
    "18f": (
        _always("models are plugins, named with their versions; cells can be run again from suite and seed"),
        METHODS,
    ),
    "20a": (_participants, CARDS),
    "21": (_events, CARDS),
    "23a": (_performance, TABLES),
    "23b": (_heterogeneity, RESULTS),
    "26": (_limits, CARDS),
}
TOPICS = (
    ("1", "Title: development or evaluation of a prediction model, population, outcome"),
    ("2", "Abstract"),
    ("3a", "Background: healthcare context, rationale, existing models"),
    ("3b", "Target population and intended use in the care pathway"),
    ("3c", "Known health inequalities between groups"),
    ("4", "Objectives: development, evaluation or both"),
    ("5a", "Sources of data, for development and evaluation"),
    ("5b", "Dates of the data"),
    ("6a", "Setting: number and location of centres"),
    ("6b", "Eligibility of participants"),
    ("6c", "Treatments received"),
    ("7", "Data preparation, and whether it was alike in all groups"),
    ("8a", "Outcome, with time horizon"),
    ("8b", "Who assessed a subjective outcome"),
    ("8c", "Blinding of the outcome's assessment"),
    ("9a", "Choice of predictors"),
    ("9b", "Definition of predictors, how and when measured"),
    ("9c", "Who assessed subjective predictors"),
    ("10", "Sample size, and why it suffices"),
    ("11", "Missing data, and how they were handled"),
    ("12a", "How data were used and partitioned"),
    ("12b", "Handling of predictors: form, scaling, transformation"),
    ("12c", "Type of model, building, tuning, internal validation"),
    ("12d", "Heterogeneity between clusters"),
    ("12e", "Measures of performance, and how models are compared"),
    ("12f", "Model updating after evaluation"),
    ("12g", "How predictions were computed in evaluation"),
    ("13", "Class imbalance, and recalibration after it"),
    ("14", "Fairness: approaches and their rationale"),
    ("15", "Output of the model: probability or class, thresholds"),
    ("16", "Differences between development and evaluation data"),
    ("17", "Ethical approval and consent"),
    ("18a", "Funding"),
    ("18b", "Conflicts of interest"),
    ("18c", "Protocol"),
    ("18d", "Registration"),
    ("18e", "Data sharing"),
    ("18f", "Code sharing"),
    ("19", "Patient and public involvement"),
    ("20a", "Flow of participants, with numbers"),
    ("20b", "Characteristics of participants, also by group"),
    ("20c", "Comparison of evaluation with development data"),
    ("21", "Number of participants and events in each analysis"),
    ("22", "Specification of the model, for use by others"),
    ("23a", "Performance with confidence intervals, also in key subgroups"),
    ("23b", "Heterogeneity of performance between clusters"),
    ("24", "Results of model updating"),
    ("25", "Interpretation, with fairness, in the light of earlier work"),
    ("26", "Limitations"),
    ("27a", "Use: how poor or missing input is handled"),
    ("27b", "Use: what users must do and know"),
    ("27c", "Next steps of research"),
)
