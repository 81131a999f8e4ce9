"""One rule for the names that plugins choose; separate because a name reaches files, pages and terminals.

Names never become paths (digests do), yet a name that looks like a path is refused all the same.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from carebench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable

RULE = (
    "lower-case ASCII letters, digits, '-', '_' and '.', starting with a letter, at most 64 characters, "
    "no '..'; a task is 'family/name'"
)
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,63}\Z")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){1,7}\Z")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z")


def is_word(name: str) -> bool:
    """Whether `name` may name a model, a family or a suite.

    Example:
        >>> is_word("random-forest"), is_word("../forest"), is_word("Forest")
        (True, False, False)
    """
    return bool(_WORD.match(name)) and ".." not in name and name[-1] != "." and not _RESERVED.match(name)


def is_task_name(name: str) -> bool:
    """Whether `name` may name a task: two words with one slash between.

    Example:
        >>> is_task_name("mortality/rhc-30d"), is_task_name("mortality//rhc")
        (True, False)
    """
    family, slash, task = name.partition("/")
    return slash == "/" and is_word(family) and is_word(task)


def is_dotted(name: str) -> bool:
    """Whether `name` looks like an importable estimator, such as `sklearn.svm.SVC`."""
    return bool(_DOTTED.match(name))


def check_name(name: object, kind: str, owner: str) -> str:
    """Return `name` if the rule allows it for this `kind` ("task" or other), else raise naming `owner`."""
    good = isinstance(name, str) and (is_task_name(name) if kind == "task" else is_word(name))
    if not good:
        raise PluginError(f"{owner}: the {kind} name {name!r:.120} is not allowed; use {RULE}")
    return str(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the known names nearest to `name`, or lists them when few.

    Example:
        >>> nearest("randm-forest", ["random-forest", "ridge"])
        "did you mean 'random-forest'?"
        >>> nearest("m1", ["M1", "N1", "D1"])
        "did you mean 'M1'?"
    """
    pool = sorted(set(known))
    alike = [item for item in pool if item.casefold() == name.casefold()]
    close = alike or difflib.get_close_matches(name, pool, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(item) for item in close) + "?"
    if not pool:
        return "nothing is registered; see `carebench list plugins`"
    return "known: " + ", ".join(pool[:20]) + (" ..." if len(pool) > 20 else "")
