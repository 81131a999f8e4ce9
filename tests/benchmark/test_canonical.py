"""Equal values give equal bytes, and JSON of strangers is read strictly."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench.canonical import MAX_BYTES, MAX_DEPTH, digest, dump, file_digest, load

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    """Any plain value survives, types included: 1, 1.0 and True stay apart."""
    back = load(dump(value))
    assert repr(back) == repr(json.loads(json.dumps(value, sort_keys=True)))
    assert back == value


@given(st.dictionaries(st.text(), LEAVES))
def test_the_order_of_a_mapping_does_not_matter(value: dict[str, Any]) -> None:
    """The bytes and the digest are those of the reversed mapping."""
    turned = dict(reversed(value.items()))
    assert dump(value) == dump(turned)
    assert digest(value) == digest(turned)


def test_the_bytes_are_ascii_without_white_space() -> None:
    """Letters beyond ASCII are escaped, keys are sorted, and nothing separates but comma and colon."""
    assert (
        dump({"b": "é\udc80", "a": [1, 1.0, True, None]}) == b'{"a":[1,1.0,true,null],"b":"\\u00e9\\udc80"}'
    )


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, {"a": [math.nan]}, b"bytes", {1, 2}, object()]
)
def test_what_json_lacks_is_not_written(value: Any) -> None:
    """Neither NaN nor infinity, bytes, sets or objects reach a file."""
    with pytest.raises((ValueError, TypeError)):
        dump(value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"NaN", "NaN is no JSON number"),
        (b"[Infinity]", "Infinity is no JSON number"),
        (b'{"a":-Infinity}', "-Infinity is no JSON number"),
        (b"[1e999]", "1e999 is no JSON number"),
        (b"-1E400", "-1E400 is no JSON number"),
        (b'{"a":1,"b":{"c":1,"c":1}}', "'c' stands twice"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), f"deeper than {MAX_DEPTH} levels"),
        (b'{"a":' * 100_000, f"deeper than {MAX_DEPTH} levels"),
        (b" " * (MAX_BYTES + 1), "at most"),
        (b"", "Expecting value"),
        (b"{} {}", "Extra data"),
        (b'"\xff"', "can't decode"),
        ('{"a":1}'.encode("utf-16"), "can't decode"),
        (b"9" * 5000, "digits"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_json_that_is_not_strict_is_refused(data: bytes, words: str) -> None:
    """Every deviation is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=words):
        load(data)


def test_the_deepest_allowed_nesting_is_read_and_brackets_in_text_do_not_count() -> None:
    """Forty levels are read; a hundred brackets inside a string, escapes around them, are text."""
    assert load(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
    text = '\\"' + "[{" * 50 + "\\"
    assert load(json.dumps([text]).encode()) == [text]


def test_digests_are_sha_256_of_the_bytes(tmp_path: Path) -> None:
    """Of canonical JSON, and of a file."""
    assert digest({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
    (tmp_path / "file").write_bytes(b"content")
    assert file_digest(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()
