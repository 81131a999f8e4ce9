"""The one rule for names refuses what could become a path, a device, markup or a look-alike."""

from __future__ import annotations

import pytest

from carebench.errors import PluginError
from carebench.names import check_name, is_dotted, is_task_name, is_word, nearest

PATHS = [
    "",
    ".",
    "..",
    "../x",
    "a/../b",
    "a..b",
    "/a",
    "a/b",
    "a\\b",
    "C:a",
    "a.",
    ".a",
    "~",
    "~root",
    "a//b",
]
DEVICES = ["con", "prn", "aux", "nul", "com1", "lpt9", "con.txt", "nul.tar.gz", "com0.x"]
LOOK_ALIKES = [
    "A",
    "Forest",
    "é",
    "e\u0301",
    "\u0430ge",
    "\uff41",
    "\ufb01t",
    "\u212a",
    "ß",
    "a\u200bb",
    "a\u202eb",
    "\ufeffa",
    "a\u00ad",
    "\u0661",
]
CONTROLS = [
    "a\n",
    "\na",
    "a\0",
    "a\tb",
    "a\x1b[31m",
    "a\x7f",
    "a\udc80",
    "a b",
    " a",
    "a ",
    "a\u00a0b",
    "a\u2028",
]
SHELLS = [
    "-a",
    "_a",
    "1a",
    "$(a)",
    "`a`",
    "a;b",
    "a|b",
    "a&b",
    "a>b",
    "<script>",
    "a'b",
    'a"b',
    "a*",
    "a?",
    "[a]",
    "{a}",
]
SEPARATORS = ["a,b", "a=b", "a+b", "a@b", "a#b", "a%2e", "a:b", "a" * 65, "🩺"]
BAD = [*PATHS, *DEVICES, *LOOK_ALIKES, *CONTROLS, *SHELLS, *SEPARATORS]
GOOD = ["a", "ridge-logistic", "support2-180d.all-rows", "x_1", "a" * 64, "console", "com", "lpt10x", "a.con"]


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_a_bad_name_is_refused_for_models_and_in_either_half_of_a_tasks_name(name: str) -> None:
    """No bad name passes, and the refusal names the owner without repeating the raw characters."""
    assert not is_word(name)
    assert not is_task_name(f"mortality/{name}")
    assert not is_task_name(f"{name}/rhc")
    with pytest.raises(PluginError) as caught:
        check_name(name, "model", "spam 1.0")
    assert str(caught.value).startswith("spam 1.0: the model name ")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_passes(name: str) -> None:
    """Ordinary names, the longest one, and names that only begin like a device are allowed."""
    assert check_name(name, "model", "spam") == name
    assert check_name(f"mortality/{name}", "task", "spam") == f"mortality/{name}"


@pytest.mark.parametrize("name", [None, 1, 1.5, b"a", ["a"], True])
def test_what_is_no_text_is_refused(name: object) -> None:
    """Numbers, bytes and lists are no names."""
    with pytest.raises(PluginError, match="is not allowed"):
        check_name(name, "family", "spam")


@pytest.mark.parametrize("name", ["a", "mortality", "a/b/c", "mortality/", "/rhc"])
def test_a_tasks_name_has_exactly_two_halves(name: str) -> None:
    """One slash, with a word on either side."""
    assert not is_task_name(name)


@pytest.mark.parametrize(
    ("name", "dotted"),
    [
        ("sklearn.svm.SVC", True),
        ("SVC", False),
        ("a..b", False),
        ("a.b-c", False),
        ("a.b()", False),
        (".a.b", False),
    ],
)
def test_a_dotted_name_is_python_names_and_dots(name: str, dotted: bool) -> None:
    """Only what an import statement could name counts as an importable estimator."""
    assert is_dotted(name) is dotted


def test_nearest_offers_lists_or_says_that_nothing_is_registered() -> None:
    """A near name is offered, a strange one gets the list, and at most twenty are listed."""
    assert nearest("rige", ["ridge", "forest"]) == "did you mean 'ridge'?"
    assert nearest("zzz", ["ridge", "forest"]) == "known: forest, ridge"
    assert nearest("zzz", []).startswith("nothing is registered")
    assert nearest("zzz", [f"model{number:02}" for number in range(21)]).endswith("model19 ...")
