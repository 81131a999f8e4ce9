"""The report of a replication, for programs and for readers: `replications.json` and `replications.md`.

Separate from the command, which prints the same on a terminal; like the board's files they hold no time and no host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench.text import one_line
from carebench.writing import write_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from carebench.comparison import Comparison
    from carebench.published import Published

FORMAT = "carebench-replications/1"
HEADINGS = ("id", "what", "published", "ours", "difference", "tolerance", "verdict")


def write_replications(comparisons: Sequence[Comparison], folder: Path) -> None:
    """Write both files to `folder`, which is made when absent."""
    folder.mkdir(parents=True, exist_ok=True)
    table = {"format": FORMAT, "replications": [as_plain(each) for each in comparisons]}
    write_json(folder / "replications.json", table)
    write_whole(folder / "replications.md", "".join(_markdown(comparisons)).encode("utf-8"))


def as_plain(comparison: Comparison) -> dict[str, Any]:
    """All of a comparison as plain values; the file that holds the entry by its name alone."""
    entry = comparison.entry.model_dump() | {"file": comparison.entry.file.rpartition("/")[2]}
    return entry | {
        "ours": comparison.ours,
        "difference": comparison.difference,
        "verdict": comparison.verdict,
        "gates": comparison.entry.gates,
        "reason": comparison.reason,
    }


def figures(comparison: Comparison) -> tuple[str, str, str]:
    """Ours, difference and tolerance as people read them: six digits, two for the difference, empty without a number."""
    ours, difference = comparison.ours, comparison.difference
    return (
        "" if ours is None else f"{ours:.6g}",
        "" if difference is None else f"{difference:+.2g}",
        f"{comparison.entry.tolerance:g}",
    )


def printed(entry: Published) -> str:
    """The published number, with its uncertainty when that was printed."""
    return f"{entry.published:g}" + (f" ({entry.uncertainty})" if entry.uncertainty else "")


def _markdown(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield "# Published numbers and ours\n\n"
    yield _line(HEADINGS) + _line(["---"] * len(HEADINGS))
    for each in comparisons:
        entry = each.entry
        yield _line([entry.id, entry.what, printed(entry), *figures(each), each.verdict])
    for each in comparisons:
        entry = each.entry
        seeds = f"{entry.over_seeds} over the seeds {spans(entry.seeds)}" if len(entry.seeds) > 1 else ""
        yield f"\n**{_safe(entry.id)}, {_safe(entry.what)}**"
        yield f" ({entry.status}{f'; {seeds}' if seeds else ''}): `{entry.quantity}` of `{entry.task}`, `{entry.model}`.\n"
        yield f"Protocol: {_safe(entry.protocol)}\nSource: {_safe(entry.source)}\n"
        yield f"No number: {_safe(each.reason)}\n" if each.reason else ""


def spans(seeds: Sequence[int]) -> str:
    """Numbers, runs of them shortened.

    Example:
        >>> spans([0, 1, 2, 5, 8, 7])
        '0-2, 5, 7-8'
    """
    runs: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if runs and seed == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], seed]
        else:
            runs.append([seed])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_safe(cell) for cell in cells)} |\n"


def _safe(text: str) -> str:
    """Text of strangers on one line, without the characters that draw tables and tags."""
    return one_line(text, 2_000).replace("|", "\\|").replace("<", "&lt;")
