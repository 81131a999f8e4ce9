"""The page in a real browser, opened from a folder: alone, at every width, by keyboard, and with numbers that are Python's."""

from __future__ import annotations

import io
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from carebench_leaderboard import read_board, write_board
from carebench_leaderboard.replicates import means, rank_ranges
from tests.leaderboard.browsing import Tab, chromium, opened
from tests.leaderboard.synthetic import cell, failed, model, table, task, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from carebench_leaderboard import Section

NAME = "<script>document.title='taken'</script><img src='https://example.org/x' onerror='document.title=\"taken\"'>=1+1"
VIEWS = (
    "#board=mortality",
    "#view=task&task=mortality/whas500-1y",
    "#view=task&task=mortality/whas500-1y&cell=mlp|1",
    "#view=model&model=random-forest",
    "#view=compare&model=random-forest&with=naive-bayes",
    "#view=methods",
    "#view=log",
)
PLACES = """
[...document.querySelectorAll('.labels')].map(list => [...list.children].map(label => {
  const box = label.getBoundingClientRect()
  return [box.left, box.top, box.right, box.bottom]
}))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests here."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def plain(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a mortality board with failures."""
    directory = tmp_path_factory.mktemp("plain")
    write_board(results, directory)
    return directory


@pytest.fixture(scope="module")
def figured(kinds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of boards of other kinds."""
    directory = tmp_path_factory.mktemp("figured")
    write_board(kinds, directory)
    return directory


@pytest.fixture(scope="module")
def standings(plain: Path) -> pd.DataFrame:
    """The headline rows as pandas reads them."""
    return pd.read_csv(plain / "standings.csv", keep_default_na=False, na_values=[""])


def names(tab: Tab, kind: str = "standings") -> list[str]:
    """Names of the models in the order of a table."""
    return tab.texts(f".{kind} tbody th a")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (768, "dark"), (390, "light"), (390, "dark")])
def test_every_view_opens_alone_and_fits(browser: Any, plain: Path, width: int, scheme: str) -> None:
    """Only files beside the page, no complaint, and no sideways scroll of the page itself."""
    tab = opened(browser, plain, width=width, scheme=scheme)
    for view in VIEWS:
        tab.go(view)
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, view
        assert len(tab.page.inner_text("body")) > 300
    assert tab.quiet()
    tab.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Any, plain: Path, figured: Path, scheme: str) -> None:
    """axe-core over every view, a drawer open, and figures unfolded; in the dark over those with the most colours."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    source = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    views = VIEWS if scheme == "light" else VIEWS[2:3]
    for directory, places in ((plain, views), (figured, ("#board=defer",))):
        tab = opened(browser, directory, scheme=scheme)
        tab.page.evaluate(source)
        for view in places:
            tab.go(view)
            tab.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
            found = tab.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            grave = [
                (each["id"], each["nodes"][0]["html"][:200], each["nodes"][0].get("failureSummary"))
                for each in found
                if each["impact"] in {"serious", "critical"}
            ]
            assert grave == [], view
        tab.page.close()


def test_standings_are_those_of_the_files(browser: Any, plain: Path, standings: pd.DataFrame) -> None:
    """Order and figures of the first table are those of standings.csv."""
    tab = opened(browser, plain)
    assert names(tab) == standings["title"].tolist()
    shown = [text.replace("\N{MINUS SIGN}", "-") for text in tab.texts(".standings tbody .score")]
    assert [float(text) for text in shown] == standings["skill"].round(3).tolist()
    tab.page.close()


@pytest.mark.parametrize(
    ("column", "key"), [("skill", "shown"), ("title", "model"), ("difference", "difference")]
)
def test_sorting_agrees_with_pandas(
    browser: Any, plain: Path, standings: pd.DataFrame, column: str, key: str
) -> None:
    """By figure and by name, both ways, what has no value last."""
    lower = standings.assign(title=standings["title"].str.lower())
    for way, ascending in (("up", True), ("down", False)):
        tab = opened(browser, plain, f"#sort={key}.{way}")
        order = lower.sort_values(column, ascending=ascending, kind="stable", na_position="last").index
        assert names(tab) == standings.loc[order, "title"].tolist()
        tab.page.close()


def test_a_heading_sorts_by_keyboard(browser: Any, plain: Path) -> None:
    """Enter on a heading sorts down, then up, then not; the heading says so."""
    tab = opened(browser, plain)
    before = names(tab)
    said = []
    for _ in range(3):
        tab.page.locator(".standings th.score button").focus()
        tab.page.keyboard.press("Enter")
        tab.settle()
        said.append(tab.page.locator(".standings th.score").get_attribute("aria-sort"))
    assert said == ["descending", "ascending", None]
    assert names(tab) == before
    assert tab.quiet()
    tab.page.close()


def test_a_model_filter_agrees_with_pandas(browser: Any, plain: Path, standings: pd.DataFrame) -> None:
    """Typing hides other models, and the address keeps what was typed."""
    tab = opened(browser, plain)
    tab.page.get_by_label("Models").fill("REGR")
    tab.settle()
    wanted = standings["title"].str.contains("regr", case=False)
    assert names(tab) == standings.loc[wanted, "title"].tolist()
    assert "q=REGR" in tab.page.url
    tab.page.get_by_label("only with every cell").check()
    tab.settle()
    tab.page.get_by_label("Models").fill("")
    tab.settle()
    complete = standings["rank"].notna() | (standings["role"] == "comparator")
    assert names(tab) == standings.loc[complete, "title"].tolist()
    tab.page.close()


@pytest.fixture(scope="module")
def replayed(results: Path) -> tuple[Section, NDArray[np.bool_]]:
    """The board in Python, and which of its tasks the filter `infarction rhc` leaves."""
    (section,) = read_board(results).sections
    shown = {part.task.name: part.task.shown for part in section.tasks}
    drawn = section.analysis.replicates
    return section, np.array(["infarction" in shown[name] or "rhc" in name for name in drawn.tasks])


def test_a_task_filter_computes_what_python_computes(
    browser: Any, plain: Path, replayed: tuple[Section, NDArray[np.bool_]]
) -> None:
    """Means, intervals, order and rank ranges over three tasks of three cohorts, from the replicates of the board."""
    section, chosen = replayed
    drawn = section.analysis.replicates
    share = np.where(chosen, 1 / chosen.sum(), 0.0)
    with np.errstate(invalid="ignore"):
        mean = pd.Series(np.where(chosen, vars(drawn)["values"], 0.0) @ share, index=drawn.models)
    tab = opened(browser, plain, "#tasks=infarction rhc")
    rows = pd.read_csv(io.StringIO(_downloaded(tab, "as CSV"))).set_index("model")
    entrants = rows[rows["role"] == "entrant"]
    assert entrants["shown"].tolist() == pytest.approx(mean[entrants.index].tolist(), abs=2e-6)
    ranked = entrants[entrants["rank"].notna()]
    assert ranked["rank"].tolist() == mean[ranked.index].rank(ascending=False, method="min").tolist()
    places = [drawn.models.index(name) for name in ranked.index]
    over = means(drawn, chosen)[:, places]
    assert ranked[["rank_low", "rank_high"]].to_numpy().tolist() == rank_ranges(-over).tolist()
    count = over.shape[0]
    middle = np.sort(over, axis=0)[[math.floor(0.025 * count), math.ceil(0.975 * count) - 1]]
    assert ranked["low"].tolist() == pytest.approx(middle[0].tolist(), abs=2e-6)
    assert ranked["high"].tolist() == pytest.approx(middle[1].tolist(), abs=2e-6)
    tab.page.close()


def test_coverage_of_a_choice_is_counted_anew(
    browser: Any, plain: Path, replayed: tuple[Section, NDArray[np.bool_]]
) -> None:
    """Ok of planned cells over the chosen tasks, and who has gaps there alone is unranked."""
    section, chosen = replayed
    kept = {name for name, keep in zip(section.analysis.replicates.tasks, chosen, strict=True) if keep}
    tab = opened(browser, plain, "#tasks=infarction rhc")
    rows = pd.read_csv(io.StringIO(_downloaded(tab, "as CSV"))).set_index("model")
    entrants = rows[rows["role"] == "entrant"]
    ok = {
        name: sum(
            score.ok
            for part in section.tasks
            if part.task.name in kept
            for score in part.scores
            if score.model == name
        )
        for name in entrants.index
    }
    assert entrants["ok"].to_dict() == ok
    assert set(entrants.index[entrants["rank"].isna()]) == {"mlp", "cox-lasso"}
    tab.page.close()


def test_the_whole_board_is_as_published(browser: Any, plain: Path, standings: pd.DataFrame) -> None:
    """Without a filter, ranges and intervals are those of the files, and common tasks leave what all have."""
    tab = opened(browser, plain)
    rows = pd.read_csv(io.StringIO(_downloaded(tab, "as CSV")))
    assert rows["low"].tolist() == pytest.approx(standings["skill_low"].tolist(), abs=1e-6)
    tab.page.get_by_label("Failed cells").select_option("common")
    tab.settle()
    assert "over 3 tasks" in tab.page.inner_text(".standings caption")
    assert all(tab.texts(".standings tbody tr:not(.reference) .rank"))
    tab.page.close()


def test_a_pair_is_compared_by_its_replicates(
    browser: Any, plain: Path, replayed: tuple[Section, NDArray[np.bool_]]
) -> None:
    """Difference and interval on each task are those of the shipped replicates."""
    drawn = replayed[0].analysis.replicates
    shown = vars(drawn)["values"]
    one, other = drawn.models.index("random-forest"), drawn.models.index("naive-bayes")
    tab = opened(browser, plain, "#view=compare&model=random-forest&with=naive-bayes")
    rows = pd.read_csv(io.StringIO(_downloaded(tab, "as CSV"))).set_index("task")
    for at, name in enumerate(drawn.tasks):
        steps = drawn.steps[:, [one, other], at] * drawn.scale[[one, other], at]
        gaps = np.sort(shown[one, at] - shown[other, at] + steps[:, 0] - steps[:, 1])
        count = gaps.size
        wanted = [
            shown[one, at] - shown[other, at],
            gaps[math.floor(0.025 * count)],
            gaps[math.ceil(0.975 * count) - 1],
        ]
        assert rows.loc[name, ["difference", "low", "high"]].tolist() == pytest.approx(wanted, abs=3e-6)
    tab.page.close()


def test_the_address_holds_the_whole_view(browser: Any, plain: Path) -> None:
    """What was typed, chosen and sorted is shown again by its address in another tab."""
    tab = opened(browser, plain)
    tab.page.get_by_role("searchbox", name="Tasks").fill("infarction")
    tab.page.get_by_label("Models").fill("e")
    tab.page.locator(".standings th.score button").click()
    tab.settle()
    address = tab.page.url.partition("#")[2]
    again = opened(browser, plain, f"#{address}")
    assert names(again) == names(tab)
    assert again.page.get_by_role("searchbox", name="Tasks").input_value() == "infarction"
    assert again.page.evaluate("location.hash.slice(1)") == address
    tab.page.close()
    again.page.close()


def test_links_lead_through_the_views_and_back(browser: Any, plain: Path) -> None:
    """Model, its task, a cell of it; Escape closes the cell, and the browser's Back leads to the overview."""
    tab = opened(browser, plain)
    tab.page.get_by_role("link", name="Multilayer perceptron").first.click()
    tab.page.wait_for_selector(".view.model h2")
    tab.page.get_by_role("link", name="WHAS500 infarction, death in 1 year").first.click()
    tab.page.wait_for_selector(".view.task h2")
    tab.page.get_by_role("link", name="Cells of Multilayer perceptron").click()
    tab.page.wait_for_selector("dialog[open]")
    tab.page.locator("dialog").get_by_role("link", name="seed 1").click()
    tab.page.wait_for_selector("dialog .reason")
    assert "Input X contains NaN" in tab.page.inner_text("dialog")
    assert "failed" in tab.page.inner_text("dialog .status")
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_selector("dialog", state="detached")
    for _ in range(6):
        if tab.page.locator(".view.overview").count():
            break
        tab.page.go_back()
        tab.settle()
    assert tab.page.locator(".view.overview").count() == 1
    assert tab.quiet()
    tab.page.close()


def _downloaded(tab: Tab, name: str, place: int = 0) -> str:
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("button", name=name).nth(place).click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def test_downloads_hold_what_is_shown(browser: Any, plain: Path, standings: pd.DataFrame) -> None:
    """CSV and JSON of a filtered, sorted table have its rows in its order and the files' numbers; SVG is a picture of them."""
    tab = opened(browser, plain, "#q=forest&sort=shown.up")
    rows = pd.read_csv(io.StringIO(_downloaded(tab, "as CSV")))
    wanted = standings[standings["title"].str.contains("forest", case=False)].sort_values("skill")
    assert rows["title"].tolist() == wanted["title"].tolist()
    for ours, theirs in (
        ("shown", "skill"),
        ("low", "skill_low"),
        ("difference", "difference"),
        ("ok", "ok"),
    ):
        assert rows[ours].tolist() == pytest.approx(wanted[theirs].tolist(), abs=1e-6)
    objects = json.loads(_downloaded(tab, "as JSON"))
    assert [each["model"] for each in objects] == wanted["model"].tolist()
    picture = ET.fromstring(_downloaded(tab, "as SVG"))  # noqa: S314 - our own text
    assert picture.tag.endswith("svg")
    assert set(wanted["title"]) <= {each.text for each in picture.iter() if each.tag.endswith("text")}
    tab.page.close()


def test_figures_fit_with_everything_unfolded(browser: Any, figured: Path) -> None:
    """Boards of other kinds on a phone and a wide screen, all folds open: every plot has a size and the page its width."""
    for width in (1280, 390):
        tab = opened(browser, figured, width=width)
        sizes = []
        for board in ("causal", "causal-average", "defer", "noisy-labels"):
            tab.go(f"#board={board}")
            tab.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
            tab.settle()
            assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
            sizes += tab.page.evaluate(
                "[...document.querySelectorAll('.canvas')].map(box => [box.clientWidth, box.clientHeight])"
            )
        assert len(sizes) == 18
        assert all(across >= 150 and up >= 100 for across, up in sizes)
        assert tab.quiet()
        tab.page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_labels_of_curves_are_seen_and_do_not_overlap(browser: Any, figured: Path, width: int) -> None:
    """Beside the plot on a wide screen, below it on a phone: no two labels of a figure share a place."""
    tab = opened(browser, figured, "#board=defer", width=width)
    figures = tab.page.evaluate(PLACES)
    assert len(figures) == 3
    for labels in figures:
        assert len(labels) >= 8
        for at, (left, top, right, bottom) in enumerate(labels):
            assert 0 <= left < right <= width
            others = labels[at + 1 :]
            assert not [
                box
                for box in others
                if left < box[2] and box[0] < right and top < box[3] - 1 and box[1] < bottom - 1
            ]
    tab.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_curves_can_be_told_from_the_ground(browser: Any, figured: Path, scheme: str) -> None:
    """Labels in a curve's colour contrast by at least 3 to 1 (WCAG, large or bold text and graphics), all eight differ."""
    tab = opened(browser, figured, "#board=defer", scheme=scheme)
    ground = _luminance(tab.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    colours = tab.page.evaluate(
        "[...document.querySelector('.labels').querySelectorAll('li:not(.others)')].map(label => getComputedStyle(label).color)"
    )
    assert len(set(colours)) == len(colours) == 9
    for colour in colours:
        light = _luminance(colour)
        assert (max(light, ground) + 0.05) / (min(light, ground) + 0.05) >= 3
    tab.page.close()


def test_a_printed_page_shows_what_is_folded(browser: Any, figured: Path) -> None:
    """In print the tables of numbers have a height though nobody unfolded them, and the navigation is gone."""
    tab = opened(browser, figured, "#board=defer", width=1100)
    tab.page.emulate_media(media="print")
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.page.locator("figure details table").first.bounding_box()["height"] > 100
    assert not tab.page.locator("nav:visible").count()
    assert not tab.page.locator(".filters").is_visible()
    tab.page.close()


def test_dark_and_light_differ_and_are_readable(browser: Any, plain: Path) -> None:
    """Text and ground contrast by at least 7 to 1 (WCAG AAA); the switch overrules the system and is remembered."""
    grounds = {}
    for scheme in ("light", "dark"):
        tab = opened(browser, plain, scheme=scheme)
        colours = tab.page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        text, ground = (_luminance(colour) for colour in colours)
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 7
        grounds[scheme] = colours[1]
        tab.page.close()
    assert grounds["light"] != grounds["dark"]
    tab = opened(browser, plain, scheme="dark")
    tab.page.locator(".theme").click()
    tab.page.reload()
    tab.page.wait_for_selector("html[data-ready]")
    now = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert now == grounds["light"]
    tab.page.close()


def test_names_with_markup_stay_text(browser: Any, tmp_path: Path) -> None:
    """A script, an image or a formula in any name neither runs nor loads; it is read as it was written, in every view."""
    content = table(
        suite={"name": "s", "title": NAME},
        tasks=[task(NAME[:150], title=NAME, card=NAME, flags=[NAME], cohort=NAME[:150])],
        models=[model("best", title=NAME), model("other", title=NAME)],
        cells=[cell(NAME[:150], "best", 0, 0.8, notes=[NAME]), failed(NAME[:150], "other", 0, reason=NAME)],
    )
    write_board(write(tmp_path, content))
    tab = opened(browser, tmp_path)
    assert names(tab)[0] == NAME
    assert pd.read_csv(io.StringIO(_downloaded(tab, "as CSV")))["title"].tolist() == [NAME, NAME]
    for view in (
        "model&model=best",
        "compare",
        "log",
        "task&task=" + NAME[:150],
        "task&cell=other|0&task=" + NAME[:150],
    ):
        tab.go(f"#view={view.replace('=1', '%3D1').replace('+', '%2B')}")
        assert "taken" not in tab.page.title().replace("title='taken'", "").replace('title="taken"', "")
        assert tab.page.locator("img, iframe, script:not([src])").count() == 0
    assert NAME in tab.page.inner_text("dialog")
    assert tab.quiet()
    tab.page.close()


def test_a_card_reads_as_paragraphs(browser: Any, tmp_path: Path) -> None:
    """Lines of a source file are one paragraph; blank lines and equations stay."""
    content = table(
        tasks=[task(card="Death\nby day 60.\n\nOutcome:\n  y = 1")],
        models=[model("best")],
        cells=[cell("mortality/a", "best", 0, 0.6)],
    )
    write_board(write(tmp_path, content))
    tab = opened(browser, tmp_path, "#view=task&task=mortality/a")
    assert tab.page.locator(".card").text_content() == "Death by day 60.\n\nOutcome:\n  y = 1"
    assert tab.quiet()
    tab.page.close()


def test_a_single_file_opens_from_anywhere(browser: Any, results: Path, tmp_path: Path) -> None:
    """One file with a policy of digests: the same views, one request."""
    write_board(results, tmp_path / "board", single=True)
    tab = opened(browser, tmp_path / "board")
    assert len(names(tab)) == 13
    tab.go("#view=task&task=mortality/whas500-1y&cell=mlp|1")
    assert "Input X contains NaN" in tab.page.inner_text("dialog")
    assert len([each for each in tab.requests if each.startswith("file:")]) == 1
    assert tab.quiet()
    tab.page.close()


def test_without_a_script_the_headline_is_there(browser: Any, plain: Path, standings: pd.DataFrame) -> None:
    """Names, figures and methods stand in the page itself."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((plain / "index.html").as_uri())
    text = page.inner_text("body")
    assert all(name in text for name in standings["title"])
    assert "Methods, and what they do not say" in text
    page.close()


def test_of_many_models_only_those_in_sight_are_drawn(browser: Any, tmp_path: Path) -> None:
    """Three hundred models: a screenful of rows with their numbers, others by scrolling, and all of them in the download."""
    many = [f"m{number:03d}" for number in range(300)]
    cells = [cell("mortality/a", name, 0, 0.9 - number / 1000) for number, name in enumerate(many)]
    write_board(write(tmp_path, table(models=[model(name) for name in many], cells=cells)))
    tab = opened(browser, tmp_path)
    assert tab.page.locator(".standings tbody tr").count() < 120
    first = tab.page.locator(".standings tbody tr[aria-rowindex]").first.get_attribute("aria-rowindex")
    assert first == "2"
    tab.page.evaluate("document.querySelector('.tall').scrollTop = 1e6")
    tab.settle()
    tab.settle()
    last = tab.page.locator(".standings tbody tr[aria-rowindex]").last.get_attribute("aria-rowindex")
    assert last == tab.page.locator("table.standings").get_attribute("aria-rowcount")
    assert len(_downloaded(tab, "as CSV").splitlines()) == int(last)
    tab.page.close()


def _luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)`. Source: WCAG 2.2."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
