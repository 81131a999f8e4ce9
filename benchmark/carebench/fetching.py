"""Fetching open data from their publisher: sizes before, progress during, checksums after, and going on where it stopped.

Separate from the command because it prints nothing. pooch names, checks and moves files; what it leaves to a downloader,
to resume, is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump, file_digest
from carebench.errors import CarebenchError
from carebench.places import FETCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from carebench.datasets import Dataset

_CHUNK, _SECONDS = 1 << 14, 30


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file to fetch.

    Attributes:
        name: below the publisher's folder and ours.
        url: where it lies.
        sha256: what the publisher's list says, or nothing where there is no list.
        size: bytes that the publisher's server says it has; None where it does not.
    """

    name: str
    url: str
    sha256: str
    size: int | None


def downloads(dataset: Dataset, url: str) -> list[Download]:
    """The files of a data set with sizes and sums, asked of the publisher.

    Raises:
        CarebenchError: when the publisher cannot be reached, or the list of sums is another or lacks a file.
    """
    sums = _sums(dataset, url) if dataset.checksums else {}
    lacking = [name for name in dataset.files if dataset.checksums and name not in sums]
    if lacking:
        raise CarebenchError(
            f"the publisher's list {url}{dataset.checksums} does not name {', '.join(lacking)}; was the data set moved?"
        )
    return [
        Download(name=name, url=url + name, sha256=sums.get(name, ""), size=_size(url + name))
        for name in dataset.files
    ]


def fetch(wanted: list[Download], folder: Path, progress: Callable[[str, int, int | None], None]) -> None:
    """Bring the files to `folder`; those that are there with the right sum stay, and a part goes on where it ended.

    Args:
        wanted: what to fetch.
        folder: where to put it.
        progress: is told a file's name, the bytes that are here, and the size if it is known.

    Raises:
        CarebenchError: when a file cannot be had, or is not the one that the publisher's list names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for each in wanted:
        if not _is_here(each, folder):
            _fetch_one(each, folder, progress)
    (folder / FETCHED).write_bytes(
        dump({each.name: file_digest(folder / each.name) for each in wanted}) + b"\n"
    )


def _is_here(each: Download, folder: Path) -> bool:
    path = folder / each.name
    if not path.is_file():
        return False
    return file_digest(path) == each.sha256 if each.sha256 else path.stat().st_size == each.size


def _fetch_one(each: Download, folder: Path, progress: Callable[[str, int, int | None], None]) -> None:
    import pooch

    pooch.get_logger().setLevel("ERROR")
    target = folder / each.name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # what lies there is not the file that is wanted
    part = target.with_name(f"{target.name}.part")

    def download(url: str, output: str, _pooch: Any) -> None:
        _resume(url, part, lambda here, size: progress(each.name, here, size))
        _whole(part, each)
        part.replace(output)

    try:
        pooch.retrieve(
            each.url,
            known_hash=f"sha256:{each.sha256}" if each.sha256 else None,
            fname=target.name,
            path=target.parent,
            downloader=download,
        )
    except ValueError as error:
        raise CarebenchError(
            f"{each.url} is not the file that the publisher's list names ({error}); run the same command again, and tell "
            "the publisher if it stays so"
        ) from error


def _resume(url: str, part: Path, progress: Callable[[int, int | None], None]) -> None:
    """Append to `part` what is not in it yet; begins anew where the server cannot go on from the middle."""
    here = part.stat().st_size if part.is_file() else 0
    with _ask("GET", url, headers={"Range": f"bytes={here}-"} if here else {}) as response:
        if response.status_code == 416:  # nothing is left to send
            return
        going_on = response.status_code == 206
        length = response.headers.get("Content-Length")
        here = here if going_on else 0
        size = here + int(length) if length else None
        with part.open("ab" if going_on else "wb") as stream:
            for chunk in _chunks(response, url):
                stream.write(chunk)
                here += len(chunk)
                progress(here, size)


def _whole(part: Path, each: Download) -> None:
    """Refuse what is not as long as the publisher's server said, and take away what is longer: a part of another version."""
    here = part.stat().st_size
    if each.size is None or here == each.size:
        return
    if here > each.size:
        part.unlink()
    raise CarebenchError(
        f"{each.url} has {each.size} bytes by its server, and {here} came; run the same command again"
    )


def _chunks(response: Any, url: str) -> Iterator[bytes]:
    """The content of a response, piece by piece; a connection that breaks is said as such."""
    import requests

    try:
        yield from response.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise CarebenchError(
            f"{url} ended too early ({error}); run the same command again: it goes on from there"
        ) from error


def _sums(dataset: Dataset, url: str) -> Mapping[str, str]:
    """The publisher's list of sums: file to SHA-256."""
    import hashlib

    with _ask("GET", url + dataset.checksums) as response:
        content = response.content
    found = hashlib.sha256(content).hexdigest()
    if dataset.checksums_sha256 and found != dataset.checksums_sha256:
        raise CarebenchError(
            f"{url}{dataset.checksums} has the SHA-256 {found}; {dataset.checksums_sha256} was expected: the publisher changed "
            "the data, or something stands in between"
        )
    lines = [line.split(maxsplit=1) for line in content.decode("utf-8", "replace").splitlines()]
    return {
        line[1].strip().removeprefix("*").removeprefix("./"): line[0].lower()
        for line in lines
        if len(line) == 2
    }


def _size(url: str) -> int | None:
    with _ask("HEAD", url) as response:
        length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _ask(method: str, url: str, headers: Mapping[str, str] | None = None) -> Any:
    """A response that is a success, asked for without compression, so that bytes are the file's own."""
    import requests

    plain = {"Accept-Encoding": "identity", **(headers or {})}
    try:
        response = requests.request(
            method, url, headers=plain, stream=True, timeout=_SECONDS, allow_redirects=True
        )
        if response.status_code != 416:
            response.raise_for_status()
    except requests.RequestException as error:
        raise CarebenchError(
            f"{url} cannot be fetched: {error}; is there a way to it from here? What came so far is kept"
        ) from error
    if url.startswith("https://") and not response.url.startswith("https://"):
        raise CarebenchError(
            f"{url} was sent on to {response.url}, which is not encrypted: nothing was fetched"
        )
    return response
