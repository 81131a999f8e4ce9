"""Whom to cite for a board: its data sets and methods, as BibTeX and as CITATION.cff.

Separate from the tables. Plugins state citations as sentences; these are carried over whole, and a year or a DOI is taken
out of one only where it stands there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard.latex import latex_text
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carebench_leaderboard.board import Board

SHORTEST = 2
YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
DOI = re.compile(r"\b10\.\d{4,9}/[^\s;,)\]}\"<>]+")


@dataclass(frozen=True, kw_only=True)
class Citation:
    """What one data set or method asks to be cited by.

    Attributes:
        kind: `data` or `method`.
        names: of the tasks or models that ask for it.
        title: of the one that asks for it; the text where several do.
        text: the citation as it was stated.
        source: where data come from, with licence; empty for a method.
    """

    kind: str
    names: tuple[str, ...]
    title: str
    text: str
    source: str

    @property
    def key(self) -> str:
        """A key for BibTeX."""
        return f"{self.kind}-{_slug(self.names[0])}"

    @property
    def year(self) -> str:
        """The first year that its text names, or nothing."""
        found = YEAR.search(self.text)
        return found.group() if found else ""

    @property
    def doi(self) -> str:
        """The first DOI that its text or source names, or nothing."""
        found = DOI.search(f"{self.text} {self.source}")
        return found.group().rstrip(".") if found else ""


def citations(board: Board) -> list[Citation]:
    """Each citation once, data sets first, by what asks for it; tasks and models that state none are left out."""
    tasks = [part.task for section in board.sections for part in section.tasks]
    models = {name: model for section in board.sections for name, model in section.models.items()}
    data = ((task.citation, task.name, task.shown, task.source) for task in tasks)
    methods = ((model.citation, model.name, model.shown, "") for _, model in sorted(models.items()))
    return [*_gathered("data", data), *_gathered("method", methods)]


def bibtex(board: Board) -> str:
    """One entry for each citation, and one for the board."""
    entries = [_entry(each) for each in citations(board)]
    whole = f"@misc{{board-{_slug(board.suite.name)},\n  title = {{{{{latex_text(board.suite.title or board.suite.name)}}}}},\n"
    whole += "  author = {{The carebench developers}},\n  note = {Board of the carebench suite}\n}"
    return "\n\n".join([whole, *entries]) + "\n"


def citation_cff(board: Board) -> str:
    """The same as CITATION.cff, every text quoted as JSON, which YAML reads."""
    title = _quoted(board.suite.title or board.suite.name)
    lines = [
        "cff-version: 1.2.0",
        "message: If you use this board, please cite the data sets and methods below.",
        "type: dataset",
        f"title: {title}",
        "authors:",
        "  - name: The carebench developers",
    ]
    found = citations(board)
    lines += ["references:"] if found else []
    for each in found:
        lines += [
            "  - type: " + ("data" if each.kind == "data" else "generic"),
            f"    title: {_quoted(each.title)}",
            f"    notes: {_quoted(each.text)}",
            *([f"    year: {each.year}"] if each.year else []),
            *([f"    doi: {_quoted(each.doi)}"] if each.doi else []),
            "    authors:",
            f"      - name: {_quoted(_authors(each.text))}",
        ]
    return "\n".join(lines) + "\n"


def _gathered(kind: str, stated: Iterable[tuple[str, str, str, str]]) -> list[Citation]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for text, name, title, source in stated:
        if text.strip():
            found.setdefault(text.strip(), []).append((name, title, source))
    return [
        Citation(
            kind=kind,
            names=tuple(dict.fromkeys(name for name, _, _ in asking)),
            title=asking[0][1] if len({name for name, _, _ in asking}) == 1 else text,
            text=text,
            source=asking[0][2],
        )
        for text, asking in found.items()
    ]


def _entry(each: Citation) -> str:
    fields = {
        "title": f"{{{latex_text(each.title)}}}",
        "author": f"{{{latex_text(_authors(each.text))}}}",
        "year": each.year,
        "doi": each.doi,
        "note": latex_text(each.text),
        "howpublished": latex_text(each.source),
        "keywords": latex_text(", ".join(each.names[:10])),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{each.key},\n" + ",\n".join(lines) + "\n}"


def _authors(text: str) -> str:
    """Whom the sentence names: what stands before its first full stop, else before its year.

    Example:
        >>> _authors("Hand DJ, Yu K. Not so stupid. Int Stat Rev 2001"), _authors("Breiman 2001")
        ('Hand DJ, Yu K', 'Breiman')
    """
    year = YEAR.search(text)
    before = text[: year.start()].strip(" ,.(;:") if year else ""
    names = before.partition(". ")[0]
    return (names if len(names) > SHORTEST else before) or "see note"


def _quoted(text: str) -> str:
    return json.dumps(visible(text), ensure_ascii=False)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "x"
