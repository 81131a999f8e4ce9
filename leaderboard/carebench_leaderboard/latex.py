"""A board as LaTeX tables for a paper, with booktabs; separate because LaTeX needs its own way to show a stranger's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.sentences import told
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.task_scores import TaskScore

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    figures.MINUS: r"$-$",
    figures.ABSENT: "--",
    "\N{SUPERSCRIPT TWO}": r"$^2$",
    "\N{MATHEMATICAL LEFT ANGLE BRACKET}": r"$\langle$",
    "\N{MATHEMATICAL RIGHT ANGLE BRACKET}": r"$\rangle$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
}
#: So many tasks stand beside each other in a table; more make another one.
ABREAST = 4
#: A table keeps its size where it fits, and else shrinks to the width of the text.
FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
PREAMBLE = r"% Needs \usepackage{booktabs}, \usepackage{graphicx}, \usepackage[T1]{fontenc} and, before TeX Live 2018, \usepackage[utf8]{inputenc}."
HEAD = ("Rank", "Model", "{measure}", r"95\,\% CI, these tasks", r"95\,\% CI, tasks like these", "Cells")


def latex_text(text: str) -> str:
    r"""A text that stays text in LaTeX.

    Example:
        >>> latex_text("50 % of a_b & {c}")
        '50 \\% of a\\_b \\& \\{c\\}'
    """
    return "".join(SIGNS.get(sign, sign) for sign in visible(text))


def standings_latex(board: Board) -> str:
    """The headline tables and the scores by task of all boards, to be read in by a paper."""
    parts = [PREAMBLE]
    for section in board.sections:
        parts += [headline_latex(section), scores_latex(section)]
    return "\n\n".join(parts) + "\n"


def headline_latex(section: Section) -> str:
    """The standings: rank ranges, intervals, and in bold everybody who is not told from the leader."""
    best = set(section.analysis.groups[0].members) if section.analysis.groups else set()
    heads = [head.format(measure=latex_text(figures.measure(section.family))) for head in HEAD]
    rows = [_headline_row(section, row, bold=row.model in best) for row in section.standings]
    bold = " Bold: not told apart from the leader." if best else ""
    said = " ".join(latex_text(sentence) for sentence in told(section))
    caption = f"{latex_text(section.family.title)}. {said}{bold}"
    return _table("rlrccr", heads, rows, caption, f"tab:{_slug(section.family.name)}")


def scores_latex(section: Section) -> str:
    """The primary metric by task with the interval for these fits; one row a model, one column a task, four a table."""
    chunks = [section.tasks[at : at + ABREAST] for at in range(0, len(section.tasks), ABREAST)]
    return "\n\n".join(_scores_table(section, chunk, at) for at, chunk in enumerate(chunks, 1))


def _scores_table(section: Section, tasks: Sequence[TaskSection], number: int) -> str:
    label = latex_text(section.family.primary.label)
    heads = ["Model", *(latex_text(part.task.name.partition("/")[2] or part.task.name) for part in tasks)]
    by_task = [{score.model: score for score in part.scores} for part in tasks]
    rows = [
        [
            latex_text(row.title),
            *(_score(scores.get(row.model), section.family.primary.name) for scores in by_task),
        ]
        for row in section.standings
    ]
    caption = rf"{latex_text(section.family.title)}: {label} by task, 95\,\% CI given these fits."
    columns = "l" + "c" * len(by_task)
    more = f"-{number}" if number > 1 else ""
    return _table(columns, heads, rows, caption, f"tab:{_slug(section.family.name)}-tasks{more}")


def _headline_row(section: Section, row: Standing, *, bold: bool) -> list[str]:
    limits = section.analysis.ranges.get(row.model)
    ranks = figures.ranks(limits).replace("-", "--") or row.rank
    title, shown = latex_text(row.title), latex_text(figures.shown(row))
    if row.role == "comparator":
        title = rf"\textit{{{title}}}"
    if bold:
        title, shown = rf"\textbf{{{title}}}", rf"\textbf{{{shown}}}"
    cells = "" if row.role == "comparator" else f"{row.ok}/{row.planned}"
    intervals = [latex_text(figures.bounds(each)) or "--" for each in (row.interval, row.like_these)]
    return [ranks, title, shown, *intervals, cells]


def _score(score: TaskScore | None, primary: str) -> str:
    value = None if score is None else score.values.get(primary)
    if score is None or value is None:
        return "--"
    between = figures.bounds(score.fits)
    return latex_text(figures.number(value)) + (f" ({latex_text(between)})" if between else "")


def _table(
    columns: str, heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str, label: str
) -> str:
    body = [" & ".join(row) + r" \\" for row in rows]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{caption}}}",
            rf"\label{{{label}}}",
            FITTED,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
        ]
    )


def _slug(name: str) -> str:
    """A name as a label: letters, digits and hyphens."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)
