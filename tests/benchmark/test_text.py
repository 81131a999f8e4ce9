"""Text of strangers is made safe to store and to print, whatever it holds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench.output import HeadAndTail
from carebench.text import one_line, printable, shorten

#: Any text, lone surrogates included.
TEXTS = st.text(st.characters(), max_size=300)


@given(TEXTS)
def test_nothing_hidden_is_left(text: str) -> None:
    """No control, format, surrogate or private character, and no line separator, survives; UTF-8 takes the rest."""
    shown = printable(text)
    shown.encode("utf-8")
    hidden = {
        character
        for character in shown
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    }
    assert hidden <= {"\n", "\t"}
    assert len(one_line(text).splitlines()) <= 1


@given(TEXTS, st.integers(60, 200))
def test_the_limit_is_kept(text: str, limit: int) -> None:
    """However much escapes swell, the result is no longer than asked."""
    for made in (printable(text * 5, limit), one_line(text * 5, limit), shorten(text * 5, limit)):
        assert len(made) <= limit


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_plain_text_stays(text: str) -> None:
    """Printable ASCII is not touched."""
    assert printable(text) == text
    assert one_line(text) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\rb", r"a\rb"),
        ("a\bb", r"a\x08b"),
        ("\x9b31m", r"\x9b31m"),
        ("user\u202egpj.exe", r"user\u202egpj.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("half \udc80", r"half \udc80"),
        ("nul\0", r"nul\x00"),
        ("line\u2028end", r"line\u2028end"),
        ("café 🩺\n\tok", "café 🩺\n\tok"),
    ],
)
def test_hidden_characters_are_spelt_out(text: str, shown: str) -> None:
    """Escapes, overwrites, reversals and halves of pairs become visible; letters of any script stay."""
    assert printable(text) == shown


def test_long_text_keeps_head_and_tail_and_counts_the_rest() -> None:
    """Of 1,000 letters, the first and the last stand, and head, tail and count add up."""
    made = shorten("a" + "x" * 998 + "z", 100)
    head, _, tail = made.partition(" [... ")
    count, _, tail = tail.partition(" characters left out ...] ")
    assert (head[0], tail[-1]) == ("a", "z")
    assert len(head) + int(count) + len(tail) == 1000


@given(st.lists(st.binary(max_size=50_000), max_size=8))
def test_a_stream_is_kept_whole_or_by_its_ends(parts: list[bytes]) -> None:
    """First and last 32 KiB, in order, and the number of bytes between; nothing twice, nothing lost."""
    kept, whole = HeadAndTail(), b"".join(parts)
    for part in parts:
        kept.add(part)
    assert len(kept.head) + len(kept.tail) + kept.dropped == len(whole)
    assert bytes(kept.head) == whole[: 32 * 1024]
    assert whole.endswith(bytes(kept.tail))
    assert len(kept.tail) == min(max(len(whole) - 32 * 1024, 0), 32 * 1024)
