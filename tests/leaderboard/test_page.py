"""The page: safe with hostile names, complete, and honest about what is missing."""

from __future__ import annotations

import ast
import html.parser
import re
from pathlib import Path
from typing import Any

import pytest

import carebench_leaderboard
from carebench_leaderboard import read_board, write_board
from carebench_leaderboard.forest import forest_axis
from carebench_leaderboard.page import page, shades
from tests.leaderboard.kinds import all_kinds, figure
from tests.leaderboard.synthetic import cell, failed, family, model, table, task, write

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e{{ 7*7 }}'
FORBIDDEN = {"script", "img", "iframe", "object", "embed", "form", "base", "video", "audio"}


class Elements(html.parser.HTMLParser):
    """Collects the elements and attributes that a page really has."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser for each element."""
        self.names.add(tag)
        self.attributes.update(attrs)


def elements(text: str) -> Elements:
    """Elements of the document `text`."""
    found = Elements()
    found.feed(text)
    return found


def hostile() -> dict[str, Any]:
    """A table whose every text is an attack."""
    texts = dict.fromkeys(("title", "summary", "citation", "origin", "inputs"), HOSTILE)
    groups = {HOSTILE: {f"{HOSTILE} {at}": {"auroc": 0.7 + at / 10, HOSTILE: 3} for at in (0, 1)}}
    drawn = dict.fromkeys(("title", "x_label", "y_label"), HOSTILE)
    other = task("mortality/b", series=HOSTILE, level=2.0)
    return table(
        suite={"name": HOSTILE, "title": HOSTILE},
        families=[
            family(
                title=HOSTILE,
                question=HOSTILE,
                contract=HOSTILE,
                figures=[figure("over-levels", name=HOSTILE, metric="auroc", **drawn)],
            )
        ],
        tasks=[
            task(
                HOSTILE,
                title=HOSTILE,
                cohort=HOSTILE,
                card=HOSTILE,
                flags=[HOSTILE],
                source=HOSTILE,
                unit=HOSTILE,
                series=HOSTILE,
                level=1.0,
            ),
            other,
        ],
        models=[model(HOSTILE, **texts), model("other")],
        cells=[
            cell(HOSTILE, HOSTILE, 0, 0.8, notes=[HOSTILE], facts={HOSTILE: 3}, subgroups=groups),
            cell("mortality/b", HOSTILE, 0, 0.7),
            failed(HOSTILE, "other", 0, reason=HOSTILE),
        ],
        **{HOSTILE: 1},
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """No element, handler or link comes out of a name, card, note, reason or unknown field."""
    text = page(read_board(write(tmp_path, hostile())))
    found = elements(text)
    assert not found.names & FORBIDDEN
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    anchors = {f"#{place}-1" for place in ("board", "figures", "scores", "tasks", "models")}
    links = {value for name, value in found.attributes if name in {"href", "src"}}
    assert links == {"data:,", "#top", "#not-ok", "#methods", *anchors}
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert "{{ 7*7 }}" in text


def test_the_page_forbids_everything_but_its_own_style(results: Path) -> None:
    """The policy allows inline style and data images, nothing else; no address of another host is loaded."""
    text = page(read_board(results))
    policy = ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert policy in elements(text).attributes
    assert not re.search(r"url\(|@import|https?://", text)


def test_every_table_header_has_a_scope_and_every_plot_a_title(results: Path) -> None:
    """What a screen reader needs is there."""
    text = page(read_board(results))
    assert all("scope=" in header for header in re.findall(r"<th\b[^>]*>", text))
    assert text.count("<svg") == text.count("<title>") - 1 == text.count("<desc>") == 13
    assert text.count("<caption>") >= 3


def test_every_figure_says_in_words_what_it_shows(tmp_path: Path) -> None:
    """Each plot has a title and a description; what only points from a line to its label is hidden from readers."""
    text = page(read_board(all_kinds(tmp_path)))
    plots = re.findall(r"<svg\b[^>]*>", text)
    told = [plot for plot in plots if 'role="img"' in plot]
    assert len(told) == text.count("<title>") - 1 == text.count("<desc>")
    assert all("aria-label=" in plot for plot in told)
    assert all('aria-hidden="true"' in plot for plot in plots if plot not in told)
    assert "at the right end: Confidence rejection 0.7" in text


def test_many_models_make_no_large_page(tmp_path: Path) -> None:
    """Four boards of 22 tasks with forty models each: under 1 MB, and each board has its own links."""
    text = page(read_board(all_kinds(tmp_path, models=40)))
    assert len(text.encode()) < 1e6
    assert text.count('class="within"') == 4


def test_failures_are_seen_with_their_reason(results: Path) -> None:
    """The four spoilt cells of the realistic table stand on the page, and the models are marked."""
    text = page(read_board(results))
    for words in ("8,214 MiB", "limit of 600 s", "Input X contains NaN", "the worker was taken away"):
        assert words in text
    assert "1 oom (imputed), 1 timeout (imputed)" in text


def test_the_page_ends_with_the_disclaimer(results: Path) -> None:
    """The last sentence of the methods."""
    text = re.sub(r"<[^>]+>", "", page(read_board(results))).strip()
    assert text.endswith("A position on this board is no evidence of clinical readiness.")


@pytest.mark.parametrize(
    "changes",
    [
        {"cells": []},
        {"tasks": [], "cells": []},
        {"models": [model("best")], "cells": [cell("mortality/a", "best", 0, 0.8)]},
        {"cells": [failed("mortality/a", "best", 0)]},
        {"tasks": [task(design="all-rows")]},
    ],
    ids=["no cell", "no task", "one model", "all failed", "nothing trained"],
)
def test_small_and_empty_boards_have_a_page(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Every file is written, and the page is a whole document."""
    write_board(write(tmp_path, table(**changes)))
    assert (tmp_path / "index.html").read_text().rstrip().endswith("</html>")


def test_a_reference_is_a_line_only_if_it_covers_every_task(tmp_path: Path) -> None:
    """A mean over fewer tasks is not comparable along the axis; it keeps its dot."""
    models = [model("best"), model("apache", role="comparator")]
    tasks = [task("mortality/a"), task("mortality/b")]
    cells = [cell(name, "best", 0, 0.8) for name in ("mortality/a", "mortality/b")]
    cells += [cell("mortality/a", "apache", 0, 0.7), failed("mortality/b", "apache", 0, "unsuited")]
    partly = page(read_board(write(tmp_path, table(models=models, tasks=tasks, cells=cells))))
    cells[-1] = cell("mortality/b", "apache", 0, 0.7)
    fully = page(read_board(write(tmp_path, table(models=models, tasks=tasks, cells=cells))))
    assert 'class="line"' not in partly
    assert 'class="line"' in fully


def test_skill_below_minus_one_is_cut_on_the_page_only(tmp_path: Path) -> None:
    """A Brier skill of -7 reads <-1 on the page; the board holds the number."""
    skill = family()["metrics"][0] | {"low": None}
    content = table(
        families=[family(metrics=[skill], no_skill=0.0)], cells=[cell("mortality/a", "best", 0, -7.0)]
    )
    board = read_board(write(tmp_path, content))
    assert board.sections[0].standings[0].skill == -7.0
    assert '<td class="score">&lt;\N{MINUS SIGN}1</td>' in page(board)
    assert forest_axis(board.sections[0].standings).low > -1.5


def test_the_axis_holds_every_interval(results: Path) -> None:
    """Nothing is cut, and ticks lie inside."""
    rows = read_board(results).sections[0].standings
    axis = forest_axis(rows)
    assert axis.low < min(row.interval.low for row in rows if row.interval.low is not None)
    assert axis.high > max(row.interval.high for row in rows if row.interval.high is not None)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
    assert 3 <= len(axis.ticks) <= 7


def test_shade_is_deepest_for_the_best_where_lower_is_better(tmp_path: Path) -> None:
    """With perfection at 0, the smaller error has the shade."""
    families = [family(no_skill=1.0, perfect=0.0)]
    (section,) = read_board(write(tmp_path, table(families=families))).sections
    depth = shades(section)
    assert depth["mortality/a", "other"] > depth["mortality/a", "best"] == 0


def test_the_package_imports_nothing_of_the_engine() -> None:
    """The board reads the results table only."""
    imported = set()
    for path in Path(carebench_leaderboard.__file__).parent.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert not imported & {"carebench", "carebench_tasks", "carebench_plugins"}
    assert "carebench_leaderboard" in imported
