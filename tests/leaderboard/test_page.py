"""The page: safe with hostile names, complete, and honest about what is missing."""

from __future__ import annotations

import ast
import base64
import hashlib
import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest

import carebench_leaderboard
from carebench_leaderboard import TableError, read_board, write_board
from carebench_leaderboard.forest import forest_axis
from carebench_leaderboard.page import POLICY, page
from carebench_leaderboard.simulated import simulated
from carebench_leaderboard.site import script, style
from tests.leaderboard.kinds import figure
from tests.leaderboard.shards import shard
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
    write_board(write(tmp_path, hostile()))
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    found = elements(text)
    assert not found.names & (FORBIDDEN - {"script"})
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    links = {value for name, value in found.attributes if name in {"href", "src"}}
    assert links == {"data:,", "#main", "app.css", "app.js", "data/summary.js"}
    assert "\u202e" not in text
    assert "⟨U+202E⟩" in text
    assert "{{ 7*7 }}" in text


def test_no_shard_holds_a_tag_or_a_hidden_character(tmp_path: Path) -> None:
    """Shards are ASCII without an angle bracket, so that no text can end the script; names of files are ours."""
    write_board(write(tmp_path, hostile()))
    files = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert all(re.fullmatch(r"[a-z]+(-\d+)?\.js", name) for name in files)
    for name in files:
        text = (tmp_path / "data" / name).read_text(encoding="ascii")
        assert "<" not in text
        assert not re.search(r"(?<!\\)(\\\\)*\\u202e", text)
    assert "⟨U+202E⟩" in shard(tmp_path, "board-0")["models"]["shown"][0]


def test_a_single_file_names_its_own_scripts(tmp_path: Path) -> None:
    """Style and scripts stand in the page, its policy lets through their digests alone, and no shard lies beside it."""
    write_board(write(tmp_path, hostile()))
    write_board(tmp_path, single=True)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    policy = next(value for _, value in elements(text).attributes if value and "default-src" in value)
    bodies = re.findall(r"<(style|script)>(.*?)</(?:style|script)>", text, flags=re.DOTALL)
    assert [kind for kind, _ in bodies] == ["style", "script", "script"]
    for _, body in bodies:
        assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy
    assert "unsafe" not in policy
    assert "self" not in policy
    assert not (tmp_path / "data").exists()


def test_the_page_forbids_everything_but_its_own_files(results: Path) -> None:
    """The policy allows scripts and styles beside the page and data images; no address of another host is there."""
    text = page(read_board(results))
    assert ("content", POLICY.format(scripts="'self'", styles="'self'")) in elements(text).attributes
    assert "unsafe" not in POLICY
    for part in (text, script(), style()):
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", part)


def test_the_script_makes_no_markup_of_text() -> None:
    """Nothing in the script parses markup or code: text goes in as text, styles as properties."""
    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|setAttribute\(.style"
    assert not re.search(words, script())


def test_every_table_header_has_a_scope_and_every_plot_a_title(results: Path) -> None:
    """What a screen reader needs is there without the script too."""
    text = page(read_board(results))
    assert all("scope=" in header for header in re.findall(r"<th\b[^>]*>", text))
    assert text.count("<svg") == text.count("<title>") - 1 == 13
    assert text.count("<caption>") == 2


def test_many_models_make_no_large_page(tmp_path: Path) -> None:
    """A thousand models: 200 kB before anybody asks for more, since only the first stand in the page itself."""
    many = [f"m{number:04d}" for number in range(1000)]
    cells = [cell("mortality/a", name, 0, 0.9 - number / 3000) for number, name in enumerate(many)]
    write_board(write(tmp_path, table(models=[model(name) for name in many], cells=cells)))
    first = ("index.html", "app.js", "app.css", "data/summary.js")
    assert sum((tmp_path / name).stat().st_size for name in first) < 2e5
    assert "m0024" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "m0025" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_an_earlier_boards_shards_go(tmp_path: Path) -> None:
    """A table of one task leaves nothing of an earlier one of two."""
    two = table(tasks=[task("mortality/a"), task("mortality/b")])
    write_board(write(tmp_path, two))
    assert (tmp_path / "data" / "task-0001.js").exists()
    write_board(write(tmp_path, table()))
    assert not (tmp_path / "data" / "task-0001.js").exists()


def test_failures_are_seen_with_their_reason(results: Path, tmp_path: Path) -> None:
    """The four spoilt cells of the realistic table stand in the log and with their tasks, and the models are marked."""
    write_board(results, tmp_path)
    reasons = {row[5] for row in shard(tmp_path, "log")["troubles"]}
    for words in ("8,214 MiB", "limit of 600 s", "Input X contains NaN", "the worker was taken away"):
        assert any(words in reason for reason in reasons)
    assert "1 oom (imputed), 1 timeout (imputed)" in shard(tmp_path, "board-0")["rows"]["remarks"]
    assert "1 oom (imputed), 1 timeout (imputed)" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_attempts_go_with_their_cells(tmp_path: Path) -> None:
    """What a cell printed, its traceback and environment stand in a shard apart, which scores do not hang on."""
    folder = write(tmp_path, table())
    write_board(folder)
    before = {
        name: (folder / "data" / f"{name}.js").read_bytes() for name in ("summary", "board-0", "task-0000")
    }
    row = {
        "key": table()["cells"][0]["key"],
        "tries": 2,
        "plugin": "mine 1.0",
        "output": "epoch 1",
        "traceback": "",
        "environment": 0,
    }
    told = {"format": "carebench-attempts/1", "environments": [{"python": "3.11"}], "cells": [row]}
    (folder / "attempts.json").write_text(json.dumps(told), encoding="utf-8")
    write_board(folder)
    runs = shard(folder, "runs-0000")
    assert runs["environments"] == [{"python": "3.11"}]
    assert list(runs["attempts"].values()) == [[2, "mine 1.0", "epoch 1", "", 0]]
    assert before == {name: (folder / "data" / f"{name}.js").read_bytes() for name in before}


def test_attempts_that_name_no_environment_are_refused(tmp_path: Path) -> None:
    """The number of an environment that is not listed is a fault of the file."""
    row = {"key": "k", "tries": 1, "plugin": "", "output": "", "traceback": "", "environment": 3}
    told = {"format": "carebench-attempts/1", "environments": [], "cells": [row]}
    folder = write(tmp_path, table())
    (folder / "attempts.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(TableError, match="cell k names an environment that is not listed"):
        write_board(folder)


def test_curves_of_calibration_go_as_numbers(tmp_path: Path) -> None:
    """Tenths by risk, bands of risk and what treating everybody is worth; the page draws them."""
    tenths = {f"{at:02d}": {"n": 10.0, "mean_risk": at / 10, "frequency": at / 20} for at in (1, 2)}
    bands = {"0 to 0.1": {"of_events": 0.25, "of_non_events": 0.75}}
    groups = {"risk tenth": tenths, "risk band": bands}
    told = cell("mortality/a", "best", 0, 0.8, subgroups=groups, facts={"n": 25, "treat_all_05": 0.3})
    write_board(write(tmp_path, table(models=[model("best")], cells=[told])))
    found = shard(tmp_path, "task-0000")
    assert [each["frequency"] for each in found["curves"]["risk tenth"]["0"]] == [0.05, 0.1]
    assert found["curves"]["risk band"]["0"] == list(bands.values())
    assert found["treat_all"] == {"05": 0.3}


def test_the_methods_hold_every_simulation(results: Path) -> None:
    """Each row of the simulations stands in the page, with what was promised and what was found."""
    text = page(read_board(results))
    table = text.partition('<table class="simulations">')[2].partition("</table>")[0]
    assert table.count('<th scope="row"') == len(simulated()) > 10


def test_the_page_ends_with_the_disclaimer(results: Path) -> None:
    """The last sentence that is always seen."""
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
