"""Data sets: found where the user says, declared in files, read in a child, fetched from a server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import os
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from typer.testing import CliRunner

from carebench import find_data
from carebench.cli import app
from carebench.commands import data as command
from carebench.datasets import Dataset, all_datasets, find_dataset, read_datasets
from carebench.errors import CarebenchError, UsageError
from carebench.fetching import downloads, fetch
from carebench.pinning import data_environment
from carebench.places import configuration_file, fetched_folder, remember, remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN: dict[str, Any] = {
    "name": "some-data",
    "title": "Some data",
    "holds": "two files",
    "access": "open",
    "how": "fetch it",
    "licence": "CC0",
    "citation": "nobody",
}


#: The user's raw data, before a test hides them.
RAW = os.environ.get("CAREBENCH_DATA", "")


@pytest.fixture
def raw_rhc() -> Path:
    """The raw RHC file."""
    if not Path(RAW, "rhc/rhc.csv.gz").is_file():
        pytest.skip("CAREBENCH_DATA is not set: it names the folder that holds rhc/")
    return Path(RAW, "rhc/rhc.csv.gz")


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configuration and cache of one test, and no folder named for all."""
    monkeypatch.setenv("CAREBENCH_CONFIG", str(tmp_path / "configuration"))
    monkeypatch.setenv("CAREBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CAREBENCH_DATA", raising=False)


def test_places_are_asked_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetched copy is found, one that was added comes before it, and the folder named for this run before both."""
    assert find_data("some-data") is None
    fetched_folder("some-data").mkdir(parents=True)
    assert find_data("some-data") is None
    (fetched_folder("some-data") / "fetched.json").write_text("{}")
    found = find_data("some-data")
    assert found is not None
    assert found.by == "data fetch"
    remember("some-data", tmp_path, nonstandard=True)
    found = find_data("some-data")
    assert found is not None
    assert (found.path, found.nonstandard, found.by) == (tmp_path, True, "data add")
    (tmp_path / "all" / "some_data").mkdir(parents=True)
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path / "all"))
    found = find_data("some-data")
    assert found is not None
    assert (found.path, found.nonstandard) == (tmp_path / "all" / "some_data", False)


def test_what_was_remembered_is_forgotten(tmp_path: Path) -> None:
    """Others stay, and a file that somebody broke is named."""
    remember("one", tmp_path)
    remember("two", tmp_path)
    remember("one", None)
    assert list(remembered()) == ["two"]
    configuration_file().write_text('{"two": 3}')
    with pytest.raises(UsageError, match=r"data\.json cannot be read"):
        remembered()
    assert find_data("two") is None


def test_children_see_the_users_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their home is their own, so where the user's are is told."""
    monkeypatch.setenv("CAREBENCH_DATA", "/data")
    assert data_environment() == {
        "CAREBENCH_DATA": "/data",
        "CAREBENCH_CONFIG": str(tmp_path / "configuration"),
        "CAREBENCH_CACHE": str(tmp_path / "cache"),
    }


def test_shipped_data_sets_are_whole() -> None:
    """Every declaration says how to get it; what can be fetched can be checked, and comes from an https address."""
    found = {each.name: each for each in all_datasets()}
    assert {
        "physionet2012",
        "mimic-iv",
        "mimic-iv-demo",
        "eicu",
        "eicu-demo",
        "support2",
        "rhc",
        "survset",
    } <= set(found)
    for each in found.values():
        assert each.holds
        assert each.how
        assert bool(each.url) == bool(each.files)
        if each.url:
            assert each.access == "open"
            assert each.check
            assert each.url.startswith("https://")
            assert each.url.endswith("/")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('files = ["../secret"]', "below the data set's folder"),
        ('files = ["/etc/passwd"]', "below the data set's folder"),
        ('files = ["a/\\u001b[2J.csv"]', "below the data set's folder"),
        ('access = "closed"', "access"),
        ('chek = "a.b"', "chek"),
        ('name = "Some Data"', "name"),
    ],
)
def test_a_wrong_declaration_is_refused(tmp_path: Path, line: str, said: str) -> None:
    """With file and key."""
    content = {**PLAIN}
    content.pop(line.partition(" ")[0], None)
    file = tmp_path / "some.toml"
    lines = [f'{name} = "{value}"' for name, value in content.items()]
    file.write_text("\n".join(["[[dataset]]", *lines, line]))
    with pytest.raises(UsageError, match=said):
        read_datasets(file)
    file.write_text("\n".join(["[[dataset]]", *(f'{name} = "{value}"' for name, value in PLAIN.items())]))
    assert read_datasets(file)[0].title == "Some data"


def test_an_unknown_name_gets_the_nearest() -> None:
    """As everywhere."""
    with pytest.raises(UsageError, match="mimic-iv"):
        find_dataset("mimic-v")


def test_list_says_what_is_here_and_how_to_get_the_rest(tmp_path: Path) -> None:
    """On board, a remembered folder, and what needs an agreement."""
    remember("eicu", tmp_path)
    said = CliRunner().invoke(app, ["data", "list"]).stdout
    flat = " ".join(said.split())
    assert "survset Cohorts of SurvSet: on board" in flat
    assert "carebench data add mimic-iv" in flat
    assert "eICU Collaborative Research Database 2.0: here" in flat
    assert str(tmp_path) in said.replace("\n", "")


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """What was added and then moved is not here any more; the list says it and how to go on."""
    remember("rhc", tmp_path / "moved")
    flat = " ".join(CliRunner().invoke(app, ["data", "list"]).stdout.split())
    assert "Right heart catheterisation, the raw file: its folder is gone" in flat
    assert "carebench data fetch rhc" in flat
    with pytest.raises(CarebenchError, match=r"moved.*is gone.*data forget rhc"):
        command.check("rhc")


def test_a_declaration_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in what a plugin declares are shown, not obeyed."""
    file = tmp_path / "some.toml"
    content = {**PLAIN, "title": "\\u001b[2Jempty"}
    file.write_text("\n".join(["[[dataset]]", *(f'{name} = "{value}"' for name, value in content.items())]))
    assert read_datasets(file)[0].title == r"\x1b[2Jempty"


def rhc_copy(folder: Path, patients: int = 20) -> Path:
    """A folder with a small table in the layout of the raw RHC file."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = ["swang1", "dth30", "wtkilo1", "age", "sex", *(f"c{number}" for number in range(57))]
    rows = [
        f"{n},{'RHC' if n % 2 else 'No RHC'},{'Yes' if n % 5 else 'No'},0,60,Male" + ",1" * 57
        for n in range(patients)
    ]
    (folder / "rhc.csv").write_text("\n".join([",".join(["", *columns]), *rows]) + "\n")
    return folder


def test_a_copy_is_read_before_it_is_remembered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other counts are refused with both; a subset that is meant is taken, counted, and forgotten again."""
    folder = rhc_copy(tmp_path / "copy")
    with pytest.raises(CarebenchError, match=r"\(20, 10, 16\).*\(5735, 2184, 1918\).*--allow-nonstandard"):
        command.add("rhc", folder, nonstandard=False)
    assert find_data("rhc") is None
    command.add("rhc", folder, nonstandard=True)
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert said[1:4] == ["20 patients", "10 catheterised", "16 dead within 30 days"]
    place = find_data("rhc")
    assert place is not None
    assert place.nonstandard
    command.check("rhc")
    command.forget("rhc")
    assert find_data("rhc") is None
    with pytest.raises(UsageError, match="no folder is remembered"):
        command.forget("rhc")


def test_what_cannot_be_added_says_why(tmp_path: Path) -> None:
    """No folder, and data that come with a dependency."""
    with pytest.raises(UsageError, match="is no folder"):
        command.add("rhc", tmp_path / "nowhere", nonstandard=False)
    with pytest.raises(UsageError, match="nothing to add"):
        command.add("survset", tmp_path, nonstandard=False)
    with pytest.raises(UsageError, match="sign the data use agreement"):
        command.fetch("eicu", "")
    with pytest.raises(CarebenchError, match="is not on this machine"):
        command.check("rhc")


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with ranges; cuts off the files named in `breaking` once, in the middle."""

    breaking: ClassVar[set[str]] = set()
    asked: ClassVar[list[tuple[str, str, str]]] = []

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        self.asked.append(("GET", path.name, self.headers.get("Range", "")))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        begin = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        if path.name in self.breaking:
            self.breaking.discard(path.name)
            self.wfile.write(content[begin : begin + len(content) // 2])
            self.close_connection = True
            return
        self.wfile.write(content[begin:])

    def log_message(self, *args: Any) -> None:
        del args


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server of this folder on the loopback."""
    Handler.asked.clear()
    Handler.breaking.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


@pytest.fixture
def publisher(tmp_path: Path) -> Path:
    """A publisher's folder: two files, one of them below a folder, and the list of their sums."""
    folder = tmp_path / "publisher"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"first\n" * 20_000)
    (folder / "sub" / "b.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    sums = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()} {name}"
        for name in ("a.txt", "sub/b.csv.gz")
    ]
    (folder / "SHA256SUMS.txt").write_text("\n".join(sums) + "\n")
    return folder


def dataset(**changed: Any) -> Dataset:
    """A data set of the publisher's two files."""
    return Dataset(**{**PLAIN, "files": ["a.txt", "sub/b.csv.gz"], "checksums": "SHA256SUMS.txt", **changed})


def test_files_come_with_sizes_progress_and_sums(publisher: Path, tmp_path: Path) -> None:
    """What is fetched is what was published, and the second time nothing is sent."""
    told: list[tuple[str, int, int | None]] = []
    with serving(publisher) as url:
        wanted = downloads(dataset(), url)
        assert [each.size for each in wanted] == [120_000, (publisher / "sub/b.csv.gz").stat().st_size]
        fetch(wanted, tmp_path / "here", lambda *said: told.append(said))
        assert (tmp_path / "here/sub/b.csv.gz").read_bytes() == (publisher / "sub/b.csv.gz").read_bytes()
        assert told[-2][:2] == ("a.txt", 120_000)
        sent = len(Handler.asked)
        fetch(wanted, tmp_path / "here", lambda *said: told.append(said))
        assert len(Handler.asked) == sent
    assert not list((tmp_path / "here").rglob("*.part"))


def test_a_broken_download_goes_on_where_it_ended(publisher: Path, tmp_path: Path) -> None:
    """The first attempt fails and keeps its part; the second asks for the rest alone."""
    with serving(publisher) as url:
        wanted = downloads(dataset(), url)
        Handler.breaking.add("a.txt")
        with pytest.raises(CarebenchError, match="ended too early"):
            fetch(wanted, tmp_path / "here", lambda *_: None)
        part = (tmp_path / "here/a.txt.part").stat().st_size
        assert 0 < part < 120_000
        assert not (tmp_path / "here/fetched.json").exists()
        fetch(wanted, tmp_path / "here", lambda *_: None)
        assert ("GET", "a.txt", f"bytes={part}-") in Handler.asked
    assert (tmp_path / "here/a.txt").read_bytes() == (publisher / "a.txt").read_bytes()


def test_another_file_than_the_published_is_refused(publisher: Path, tmp_path: Path) -> None:
    """A byte that changed on the way is found by the publisher's own list, and nothing is left that looks whole."""
    with serving(publisher) as url:
        wanted = downloads(dataset(), url)
        (publisher / "a.txt").write_bytes(b"wrong\n" * 20_000)
        with pytest.raises(CarebenchError, match="not the file that the publisher's list names"):
            fetch(wanted, tmp_path / "here", lambda *_: None)
    assert not (tmp_path / "here/a.txt").exists()


def test_without_sums_the_servers_size_decides(publisher: Path, tmp_path: Path) -> None:
    """A file of another length is fetched anew, and the longer part of another version is no file."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "a.txt").write_bytes(b"old\n")
    with serving(publisher) as url:
        wanted = downloads(dataset(checksums="", files=["a.txt"]), url)
        fetch(wanted, here, lambda *_: None)
        assert (here / "a.txt").read_bytes() == (publisher / "a.txt").read_bytes()
        (here / "a.txt").rename(here / "a.txt.part")
        (here / "a.txt.part").write_bytes(b"another\n" * 20_000)
        with pytest.raises(CarebenchError, match="has 120000 bytes by its server, and 160000 came"):
            fetch(wanted, here, lambda *_: None)
        fetch(wanted, here, lambda *_: None)
    assert (here / "a.txt").read_bytes() == (publisher / "a.txt").read_bytes()


def test_another_list_than_the_known_is_refused(publisher: Path) -> None:
    """Where the list's own sum was seen, another is no list; and one that lacks a file is refused."""
    with serving(publisher) as url:
        with pytest.raises(CarebenchError, match="was expected: the publisher changed"):
            downloads(dataset(checksums_sha256="0" * 64), url)
        with pytest.raises(CarebenchError, match=r"does not name c\.txt"):
            downloads(dataset(files=["c.txt"]), url)
        with pytest.raises(CarebenchError, match="404"):
            downloads(dataset(checksums="", files=["c.txt"]), url)


def test_nobody_there_is_said(tmp_path: Path) -> None:
    """An address that does not answer is named, with what to look at."""
    del tmp_path
    with pytest.raises(CarebenchError, match=r"127\.0\.0\.1:9/.* cannot be fetched"):
        downloads(dataset(), "http://127.0.0.1:9/")


def test_fetch_from_a_mirror_end_to_end(raw_rhc: Path, tmp_path: Path) -> None:
    """The command fetches, reads in a child, counts, and tasks find it; sizes are said before."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "rhc.csv").write_bytes(gzip.decompress(raw_rhc.read_bytes()))
    with serving(mirror) as url:
        done = CliRunner().invoke(app, ["data", "fetch", "rhc", "--base-url", url])
    assert done.exit_code == 0, done.output
    assert "1 files, " in done.output
    said = [line.strip() for line in done.output.splitlines()]
    assert {"5,735 patients", "2,184 catheterised", "1,918 dead within 30 days"} <= set(said)
    place = find_data("rhc")
    assert place is not None
    assert place.by == "data fetch"
