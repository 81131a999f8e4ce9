"""Verdicts on published numbers, from forged rows of a results table; pooling is held to numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from carebench.comparison import Comparison, compare, pooled
from carebench.published import OverSeeds, Published
from carebench.records import Cell


def entry(**changed: Any) -> Published:
    """A published AUROC of .79, to be met within .005 at seed 0."""
    said: dict[str, Any] = {
        "id": "X1",
        "what": "AUROC",
        "task": "mortality/toy",
        "model": "ridge",
        "quantity": "auroc",
        "published": 0.79,
        "tolerance": 0.005,
        "protocol": "as there",
        "source": "a paper",
        "status": "seen",
        "file": "mine.toml",
    }
    return Published.model_validate(said | changed)


def row(**changed: Any) -> dict[str, Any]:
    """What the results table says of a cell that went well."""
    fine = {
        "status": "ok",
        "reason": "",
        "phase": "",
        "metrics": {"auroc": 0.79},
        "undefined": {},
        "facts": {},
    }
    return fine | changed


def compared(number: Published, *rows: dict[str, Any]) -> Comparison:
    """The comparison of a number with these rows, one for each seed."""
    return compare(number, dict(zip(number.cells, rows, strict=True)))


def with_auroc(value: float | None) -> dict[str, Any]:
    """A row with this AUROC."""
    return row(metrics={"auroc": value})


@pytest.mark.parametrize(
    ("ours", "verdict", "difference"),
    [
        (0.79, "within", 0.0),
        (0.7851, "within", -0.0049),
        (0.785, "within", -0.005),
        (0.795, "within", 0.005),
        (0.7849, "outside", -0.0051),
        (0.7951, "outside", 0.0051),
        (0.2, "outside", -0.59),
    ],
)
def test_the_tolerance_is_absolute_and_its_edge_is_within(
    ours: float, verdict: str, difference: float
) -> None:
    """Either way; binary fractions such as .795 - .79 > .005 decide nothing."""
    found = compared(entry(), with_auroc(ours))
    assert (found.verdict, found.ours) == (verdict, ours)
    assert found.difference == pytest.approx(difference)
    assert found.spoils is (verdict == "outside")


def test_a_tolerance_of_nothing_asks_for_the_same_number() -> None:
    """The same is within, the next thousandth is not."""
    assert compared(entry(tolerance=0.0), with_auroc(0.79)).verdict == "within"
    assert compared(entry(tolerance=0.0), with_auroc(0.791)).verdict == "outside"


@pytest.mark.parametrize("ours", [0.79, 0.1])
def test_an_unverified_number_is_shown_and_decides_nothing(ours: float) -> None:
    """Near or far, ours stands beside it."""
    found = compared(entry(status="unverified"), with_auroc(ours))
    assert (found.verdict, found.ours, found.spoils) == ("unverified", ours, False)


def test_a_number_that_was_run_gates_like_one_that_was_seen() -> None:
    """Both were checked by somebody."""
    assert compared(entry(status="run"), with_auroc(0.1)).spoils


def test_a_fact_stands_in_where_no_metric_has_the_name() -> None:
    """A metric goes before a fact of the same name."""
    number = entry(quantity="estimate")
    assert compared(number, row(facts={"estimate": 0.79})).verdict == "within"
    assert compared(number, row(facts={"estimate": 0.1}, metrics={"estimate": 0.79})).verdict == "within"


@dataclass(frozen=True)
class Gap:
    """A row without a number, and what is made of it."""

    row: dict[str, Any]
    verdict: str
    said: str


GAPS = {
    "data absent": Gap(
        row(status="unavailable", phase="data", reason="data not on this machine: set CAREBENCH_DATA"),
        "not run",
        "data not on this machine: set CAREBENCH_DATA",
    ),
    "library absent": Gap(
        row(status="unavailable", reason="needs econml, not installed"),
        "not run",
        "needs econml, not installed",
    ),
    "stopped": Gap(row(status="cancelled", reason="stopped in fit"), "not run", "stopped in fit"),
    "never begun": Gap(row(status="missing", reason="not run yet"), "not run", "not run yet"),
    "task broke": Gap(
        row(status="unavailable", phase="prepare", reason="KeyError"), "failed", "unavailable: KeyError"
    ),
    "model broke": Gap(row(status="failed", phase="fit", reason="ValueError: x"), "failed", "ValueError: x"),
    "model declined": Gap(row(status="unsuited", reason="no columns"), "failed", "unsuited: no columns"),
    "scorer broke": Gap(row(status="missing", reason="scorer: KeyError"), "failed", "scorer: KeyError"),
    "differs": Gap(row(status="irreproducible", reason="two answers"), "failed", "irreproducible"),
    "undefined": Gap(
        row(metrics={"auroc": None}, undefined={"auroc": "one class"}),
        "failed",
        "auroc is undefined: one class",
    ),
    "undefined fact": Gap(
        row(metrics={}, facts={"auroc": None}), "failed", "auroc is undefined: no reason is given"
    ),
    "no such quantity": Gap(
        row(metrics={"auroc2": 1.0}), "failed", "no metric or fact 'auroc'; did you mean 'auroc2'"
    ),
}


@pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS.keys())
def test_a_gap_fails_unless_something_is_not_here(gap: Gap) -> None:
    """Whose data or libraries are absent, or who was stopped, fails nothing; all else does, with the reason."""
    found = compared(entry(), gap.row)
    assert (found.verdict, found.ours, found.difference) == (gap.verdict, None, None)
    assert gap.said in found.reason
    assert found.spoils is (gap.verdict == "failed")
    assert not compared(entry(status="unverified"), gap.row).spoils


def test_one_seed_that_failed_leaves_no_number() -> None:
    """A mean over the others would be another protocol."""
    found = compared(entry(seeds=[0, 1]), with_auroc(0.79), row(status="timeout", reason="too long"))
    assert (found.verdict, found.ours) == ("failed", None)
    assert "mortality/toy x ridge x 1" in found.reason


def test_seeds_are_pooled_as_the_entry_says() -> None:
    """Three seeds by their median, of their own cells alone."""
    number = entry(seeds=[0, 2, 5], over_seeds="median")
    rows = {cell: with_auroc(0.7 + cell.seed / 100) for cell in number.cells}
    rows[Cell("mortality/toy", "ridge", 1)] = with_auroc(0.0)
    assert compare(number, rows).ours == pytest.approx(0.72)


@pytest.mark.parametrize(
    ("way", "oracle"),
    [
        ("mean", np.mean),
        ("median", np.median),
        ("standard-error", lambda values: np.std(values, ddof=1) / np.sqrt(len(values))),
        ("root-mean-square", lambda values: np.linalg.norm(values) / np.sqrt(len(values))),
    ],
)
@pytest.mark.parametrize("count", [2, 3, 100])
def test_pooling_equals_numpy(way: OverSeeds, oracle: Any, count: int) -> None:
    """All four ways, on even and odd counts, negative numbers among them."""
    values = np.random.default_rng(count).normal(0, 3, count).tolist()
    assert pooled(values, way) == pytest.approx(oracle(values), rel=1e-12)
