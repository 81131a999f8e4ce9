"""What the lists of methods share: families, modules, words, and the entry of a method on the common backbone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model
from carebench_plugins.noisy import spaces

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME = "carebench_plugins.noisy"
#: The same network, trained plainly: what the share of the oracle gap is measured from.
REFERENCE = "erm-network"
ESTIMATED = ("noisy-labels",)
BOTH_TRACKS = ("noisy-labels", "noisy-labels-known")
LOOP = (f"{HOME}.network", f"{HOME}.loop", f"{HOME}.losses", "carebench_plugins.neural")
#: What such estimates of the noise rest on, and what becomes of them where it does not hold, as with most clinical outcomes.
UNSURE = "Where no patient's outcome is sure from the inputs, uncertain outcomes pass for wrong labels, and it can do harm."
ANCHORED = f"T known, or by anchor points. {UNSURE}"
OUT_OF_FOLD = (*LOOP, f"{HOME}.estimation")


def method(
    name: str,
    tail: str,
    title: str,
    summary: str,
    citation: str,
    *,
    families: tuple[str, ...] = ESTIMATED,
    params: Mapping[str, object] | None = None,
    cleanlab: bool = False,
    search: Mapping[str, object] | None = None,
) -> Model:
    """A model of this package, called `name`, whose class is `tail`."""
    return Model(
        name,
        families=families,
        build=f"{HOME}.{tail}",
        params=params or {},
        search=spaces.space(name) if search is None else search,
        title=title,
        summary=summary,
        citation=citation,
        requires=("torch", "scikit-learn", *(("cleanlab",) if cleanlab else ())),
        extra="noisy" if cleanlab else "",
        modules=(*OUT_OF_FOLD, f"{HOME}.consensus", f"{HOME}.competence"),
        reference=REFERENCE,
    )
