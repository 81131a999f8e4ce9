"""The page's frame: headline tables and methods as plain HTML, which a script then makes into a board.

Separate from the columns, which hold everything else. Without a script the frame still says who leads, by how much and
how it was computed. Templates lie in `templates/`; everything that they print is escaped, and invisible characters are
spelt out.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from carebench_leaderboard import figures
from carebench_leaderboard.forest import forest_axis, mark
from carebench_leaderboard.markdown import DISCLAIMER
from carebench_leaderboard.simulated import simulated
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.board import Board
    from carebench_leaderboard.records import Metric

LONGEST = 25
#: Scripts and styles of the folder itself and nothing else; no connection, frame, font, form or base.
POLICY = "default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'"


def page(board: Board, style: str = "", inline: Sequence[str] = ()) -> str:
    """The page of `board`, a whole HTML document: it loads its script from beside it, or holds `style` and `inline` ones."""
    css, js = f"\n{style}", [f"\n{each}" for each in inline]
    policy = POLICY.format(
        scripts=" ".join(map(_digest, js)) or "'self'", styles=_digest(css) if style else "'self'"
    )
    text = (
        _environment()
        .get_template("index.html")
        .render(
            board=board,
            policy=policy,
            # Our own files, and columns in which no tag can end: the only texts that are not escaped.
            style=style and Markup(css),  # noqa: S704
            inline=[Markup(each) for each in js],  # noqa: S704
            disclaimer=DISCLAIMER,
            directions=figures.DIRECTIONS,
            longest=LONGEST,
            simulated=simulated(),
        )
    )
    return text.rstrip() + "\n"


def direction(metric: Metric) -> str:
    """Which way a metric is better, as a sign behind its heading."""
    return {"higher": "↑", "lower": "↓", "nearer": f"→ {metric.ideal:g}"}[metric.better]


def _digest(text: str) -> str:
    """How a policy names the one inline text that it lets through."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("carebench_leaderboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bounds": figures.bounds,
        "difference": figures.difference,
        "direction": direction,
        "forest_axis": forest_axis,
        "mark": mark,
        "measure": figures.measure,
        "number": figures.number,
        "shown": figures.shown,
    }
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: markup and numbers as they are, texts with invisible characters spelt out."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n")
    return value
