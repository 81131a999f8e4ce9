"""The benchmarks run and give their tables; no figure of speed is asserted, since tests share their machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.performance import __main__ as program
from tests.performance.timing import in_process
from tests.performance.work import Workload, write_data

if TYPE_CHECKING:
    from pathlib import Path

CHEAP = {
    "memory": 3,
    "startup": 5,
    "isolation": 3,
    "board": 2,
    "training": 4,
    "tabular": 2,
    "sequences": 8,
    "permutations": 3,
    "pictures": 4,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rows"), CHEAP.items())
def test_cheap_ones_give_their_tables(
    name: str, rows: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Title, a number in every row, and the same on the page."""
    page = tmp_path / "performance.md"
    monkeypatch.setattr(program, "PAGE", page)
    program.main([name, "--quick", "--write"])
    written = page.read_text(encoding="utf-8")
    assert f"\n{name}: " in capsys.readouterr().out
    assert len(re.findall(r"^\| .*\d \|$", written, re.MULTILINE)) == rows


@pytest.mark.slow
def test_carebench_and_a_plain_loop_do_the_same_work(tmp_path: Path) -> None:
    """Equal mean AUROC: what is compared in `short` is the same fits on the same rows."""
    workload = Workload(kind="short", tasks=2, models=4, seeds=1)
    write_data(tmp_path, workload)
    ours, plain = (
        in_process("contenders", name, str(tmp_path), workload.text) for name in ("carebench-local", "plain")
    )
    assert ours["mean"] == pytest.approx(plain["mean"], abs=1e-12)
