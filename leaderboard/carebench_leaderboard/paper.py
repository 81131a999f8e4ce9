"""Everything of a board that a paper takes in: tables, figures, citations, checklist; separate from the board's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from carebench_leaderboard.citations import bibtex, citation_cff
from carebench_leaderboard.exports import standings_json
from carebench_leaderboard.latex import PREAMBLE, headline_latex, latex_text, scores_latex, standings_latex
from carebench_leaderboard.markdown import DISCLAIMER
from carebench_leaderboard.svg import svg_files
from carebench_leaderboard.tripod import checklist_markdown, data_cards, methods

if TYPE_CHECKING:
    from carebench_leaderboard.board import Board

ExportKind = Literal["paper", "latex", "figures", "citations"]
KINDS: tuple[ExportKind, ...] = get_args(ExportKind)


def exported(board: Board, kind: ExportKind) -> dict[str, str]:
    """The files of an export by their place in its folder."""
    if kind == "latex":
        return {"standings.tex": standings_latex(board)}
    if kind == "figures":
        return figure_files(board)
    if kind == "citations":
        return {"citations.bib": bibtex(board), "CITATION.cff": citation_cff(board)}
    return paper_files(board)


def figure_files(board: Board) -> dict[str, str]:
    """Every figure of every board as an SVG file."""
    return {name: text for section in board.sections for name, text in svg_files(section).items()}


def paper_files(board: Board) -> dict[str, str]:
    """All of it, and a document that takes the tables in."""
    tables = {}
    for number, section in enumerate(board.sections, 1):
        tables[f"tables/board-{number}.tex"] = headline_latex(section) + "\n"
        tables[f"tables/board-{number}-tasks.tex"] = scores_latex(section) + "\n"
    return {
        "paper.tex": _document(board, list(tables)),
        **tables,
        **{f"figures/{name}": text for name, text in figure_files(board).items()},
        **exported(board, "citations"),
        "tripod-ai.md": checklist_markdown(board),
        "data-cards.md": data_cards(board),
        "methods.md": methods(board),
        "standings.json": standings_json(board),
    }


def _document(board: Board, tables: list[str]) -> str:
    return "\n".join(
        [
            r"\documentclass{article}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage{booktabs}",
            r"\usepackage[margin=2.5cm]{geometry}",
            r"\usepackage{graphicx}",
            PREAMBLE,
            r"\begin{document}",
            rf"\section*{{{latex_text(board.suite.title or board.suite.name)}}}",
            latex_text(DISCLAIMER),
            *(rf"\input{{{name}}}" for name in tables),
            r"\nocite{*}",
            r"\bibliographystyle{plain}",
            r"\bibliography{citations}",
            r"\end{document}",
            "",
        ]
    )
