"""A board in a real headless Chromium: opens it, and keeps what it asked for and complained of."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOT_OURS = "the page asked for something beside its own files"


@dataclass
class Tab:
    """One opened board; `page` is playwright's."""

    page: Any
    directory: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, place: str = "") -> None:
        """Show what the address says after its #, and wait until it is there."""
        address = f"{(self.directory / 'index.html').as_uri()}{place}"
        if self.page.url.partition("#")[0] == address.partition("#")[0]:
            self.page.evaluate("delete document.documentElement.dataset.ready")
            self.page.evaluate("place => { location.hash = place }", place)
        else:
            self.page.goto(address)
        self.page.wait_for_selector("html[data-ready]", timeout=20_000)

    def settle(self) -> None:
        """Wait until a change that was just made is shown."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")

    def texts(self, selector: str) -> list[str]:
        """Texts of the elements that `selector` finds."""
        found: list[str] = self.page.eval_on_selector_all(
            selector, "all => all.map(one => one.textContent.trim())"
        )
        return found

    def quiet(self) -> bool:
        """Whether nothing but its own files was asked for, and nothing complained of."""
        strange = [each for each in self.requests if not each.startswith(("file:", "data:", "blob:"))]
        assert (strange, self.complaints) == ([], [])
        return True


@contextmanager
def chromium() -> Iterator[Any]:
    """Headless Chromium, or a skip that says what is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on the path; on Debian: apt-get install chromium")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def opened(
    browser: Any, directory: Path, place: str = "", *, width: int = 1280, scheme: str = "light"
) -> Tab:
    """A new tab with the board of `directory`."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
    )
    tab = Tab(page, directory)
    page.on("request", lambda request: tab.requests.append(request.url))
    page.on("console", lambda message: tab.complaints.append(message.text))
    page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.go(place)
    return tab
