"""The page in a real browser: no request beyond the file itself, no error, no script, at every width."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from carebench_leaderboard import write_board
from tests.leaderboard.kinds import all_kinds
from tests.leaderboard.synthetic import cell, model, table, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PLACES = """
[...document.querySelectorAll('.labels')].map(list => [...list.children].map(label => {
  const box = label.getBoundingClientRect()
  return [box.left, box.top, box.right, box.bottom]
}))
"""
NAME = "<script>document.title='taken'</script><img src='https://example.org/x' onerror='document.title=\"taken\"'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium, or a skip that says what is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on the path")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of boards of other kinds."""
    directory = all_kinds(tmp_path_factory.mktemp("kinds"))
    write_board(directory)
    return directory


def visit(browser: Any, directory: Path, width: int, scheme: str) -> tuple[Any, list[str], list[str]]:
    """The opened page, the addresses that it asked for and what it complained of."""
    requests: list[str] = []
    complaints: list[str] = []
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto((directory / "index.html").as_uri())
    return tab, requests, complaints


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_alone_and_fits(
    browser: Any, results: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    """Only the file and data addresses, no complaint, and no sideways scroll of the page itself."""
    write_board(results, tmp_path)
    tab, requests, complaints = visit(browser, tmp_path, width, scheme)
    assert all(address.startswith(("file:", "data:")) for address in requests)
    assert complaints == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_fit_with_everything_unfolded(browser: Any, kinds: Path, width: int, scheme: str) -> None:
    """Boards of other kinds, all folds open: no request, no complaint, no sideways scroll, every plot has a size."""
    tab, requests, complaints = visit(browser, kinds, width, scheme)
    tab.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert all(address.startswith(("file:", "data:")) for address in requests)
    assert complaints == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sizes = tab.evaluate(
        "[...document.querySelectorAll('.canvas')].map(box => [box.clientWidth, box.clientHeight])"
    )
    assert len(sizes) == 14
    assert all(across >= 150 and up >= 100 for across, up in sizes)
    tab.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_labels_of_curves_are_seen_and_do_not_overlap(browser: Any, kinds: Path, width: int) -> None:
    """Beside the plot on a wide screen, below it on a phone: no two labels of a figure share a place."""
    tab, _, _ = visit(browser, kinds, width, "light")
    figures = tab.evaluate(PLACES)
    assert len(figures) == 4
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
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_curves_can_be_told_from_the_ground(browser: Any, kinds: Path, scheme: str) -> None:
    """Labels in a curve's colour contrast by at least 3 to 1 (WCAG, large or bold text and graphics), all eight differ."""
    tab, _, _ = visit(browser, kinds, 1280, scheme)
    ground = _luminance(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    colours = tab.evaluate(
        "[...document.querySelectorAll('.labels')[1].querySelectorAll('li:not(.others)')].map(label => getComputedStyle(label).color)"
    )
    assert len(set(colours)) == len(colours) == 9
    for colour in colours:
        light = _luminance(colour)
        assert (max(light, ground) + 0.05) / (min(light, ground) + 0.05) >= 3
    tab.close()


def test_a_printed_page_shows_what_is_folded(browser: Any, kinds: Path) -> None:
    """In print the tables of numbers have a height though nobody unfolded them, and the navigation is gone."""
    tab, _, _ = visit(browser, kinds, 1100, "light")
    tab.emulate_media(media="print")
    assert tab.locator("figure details table").first.bounding_box()["height"] > 100
    assert not tab.locator("nav").is_visible()
    assert not tab.locator(".within").first.is_visible()
    tab.close()


def test_dark_and_light_differ_and_are_readable(browser: Any, results: Path, tmp_path: Path) -> None:
    """Text and ground contrast by at least 7 to 1 (WCAG AAA) in both schemes."""
    write_board(results, tmp_path)
    grounds = set()
    for scheme in ("light", "dark"):
        tab, _, _ = visit(browser, tmp_path, 1280, scheme)
        colours = tab.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
        text, ground = (_luminance(colour) for colour in colours)
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 7
        grounds.add(colours[1])
        tab.close()
    assert len(grounds) == 2


def test_a_name_with_markup_stays_text(browser: Any, tmp_path: Path) -> None:
    """A script or an image in a model's name neither runs nor loads; it is read as it was written."""
    content = table(
        models=[model("best", title=NAME), model("other")], cells=[cell("mortality/a", "best", 0, 0.8)]
    )
    write_board(write(tmp_path, content))
    tab, requests, complaints = visit(browser, tmp_path, 1280, "light")
    assert "taken" not in tab.title()
    assert tab.locator("script, img").count() == 0
    assert NAME in tab.locator(".standings tbody th").first.inner_text()
    assert (len(requests), complaints) == (1, [])
    tab.close()


def _luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)`. Source: WCAG 2.2."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
