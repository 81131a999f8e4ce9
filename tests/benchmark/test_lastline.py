"""The last line of a running child: whole, at most once a second, gone at the end, and never in anybody's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from carebench.lastline import LastLine, last_line, place_of

if TYPE_CHECKING:
    from pathlib import Path


@given(st.lists(st.sampled_from(["a\n", "b", "\n", "cd\r", "é\n", " \n"]), max_size=30), st.integers(1, 7))
def test_only_whole_lines_count_however_the_stream_is_cut(parts: list[str], size: int) -> None:
    """In pieces of any size: the last line that has an end and something in it."""
    line, data = LastLine(None), "".join(parts).encode()
    for start in range(0, len(data), size):
        line.add(data[start : start + size])
    *whole, _ = data.decode().replace("\r", "\n").split("\n")
    told = [each.strip() for each in whole if each.strip()]
    assert line._last().decode() == (told[-1] if told else "")


def test_the_file_is_written_at_most_once_a_second(tmp_path: Path) -> None:
    """What comes too soon is written by the next `tell`, and the file goes at the end."""
    now = [0.0]
    path = tmp_path / "line"
    line = LastLine(path, clock=lambda: now[0])
    line.add(b"epoch 1\n")
    line.add(b"epoch 2\n")
    assert last_line(path) == "epoch 1"
    now[0] = 1.5
    line.tell()
    assert last_line(path) == "epoch 2"
    line.close()
    line.close()
    assert last_line(path) == ""


def test_what_strangers_print_is_short_and_printable(tmp_path: Path) -> None:
    """No control character, no second line, no endless one."""
    path = tmp_path / "line"
    LastLine(path).add(b"\x1b[2J\xff" + b"x" * 10_000 + b"\n")
    assert len(last_line(path)) <= 400
    LastLine(path).add(b"\x1b[2J\xff\n")
    assert last_line(path) == "\\x1b[2J\ufffd"


def test_a_folder_that_is_not_there_stops_nobody(tmp_path: Path) -> None:
    """Nothing is shown, nothing is raised."""
    line = LastLine(tmp_path / "absent" / "line")
    line.add(b"epoch 1\n")
    line.close()
    assert last_line(tmp_path / "absent" / "line") == ""


def test_labels_never_become_paths(tmp_path: Path) -> None:
    """A label with slashes and dots names a file in the one folder, and two labels two files."""
    first, second = (
        place_of(str(tmp_path), label) for label in ("../../etc x y", "mortality/toy x ridge x 0")
    )
    assert first.parent == second.parent == tmp_path / "unfinished"
    assert first != second
