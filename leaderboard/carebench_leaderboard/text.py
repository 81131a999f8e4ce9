"""Names and reasons of strangers, made safe to show; separate because every output needs its own way.

HTML is escaped by the page's template; here is what templates do not do.
"""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width ones
MARKDOWN = re.compile(r"([\\`*_\[\]|~])")


def visible(text: str, keep: str = "") -> str:
    """`text` with control characters, bidirectional overrides and other invisible ones spelt out, but for `keep`.

    Example:
        >>> visible("a" + chr(0x202E) + "b")
        'a⟨U+202E⟩b'
    """
    if text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(sign):04X}⟩" if sign not in keep and unicodedata.category(sign) in INVISIBLE else sign
        for sign in text
    )


def csv_text(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula.

    Example:
        >>> csv_text(" =1+1")
        "' =1+1"
    """
    risky = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    return visible(f"'{text}" if risky else text)


def markdown_text(text: str) -> str:
    r"""A text that stays text inside a Markdown table.

    Example:
        >>> markdown_text("a|b <i>")
        'a\\|b &lt;i&gt;'
    """
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MARKDOWN.sub(r"\\\1", plain)
