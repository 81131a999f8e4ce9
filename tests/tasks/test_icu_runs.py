"""Whole runs over the open demos: models of both modalities on the same rows, and a damaged copy that nobody else suffers from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, data: Path) -> list[dict[str, Any]]:
    """The cells of a run over both demos."""
    tasks = ["mortality/mimic-iv-in-hospital", "mortality/eicu-in-hospital"]
    models = ["prevalence", "ridge-logistic", "apache-iva", "grid-logistic"]
    words = [*(f"--task={name}" for name in tasks), *(f"--model={name}" for name in models)]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "carebench",
            "run",
            *words,
            "--seeds=1",
            "--executor=local",
            "--cpus=2",
            "--out=board",
        ],
        cwd=folder,
        env={**os.environ, "CAREBENCH_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert "Traceback" not in done.stderr
    table = json.loads((folder / "board/results.json").read_bytes())
    assert not any(task["ranked"] for task in table["tasks"])
    assert {model["name"]: model["modality"] for model in table["models"]}["grid-logistic"] == "series"
    cells: list[dict[str, Any]] = table["cells"]
    return cells


@pytest.mark.slow
def test_demos_end_to_end_and_damage_alone(raw_data: Path, tmp_path: Path) -> None:
    """Tables, series and APACHE IVa on both demos; then half a table of eICU: its cells say why, MIMIC-IV's stay."""
    for name in ("mimic_iv_demo", "eicu_demo"):
        if not (raw_data / name).is_dir():
            pytest.skip(f"CAREBENCH_DATA holds no {name}/")
    first = run(tmp_path, raw_data)
    assert {cell["status"] for cell in first} == {"ok"}
    assert {cell["model"] for cell in first if "eicu" in cell["task"]} == {
        *("prevalence", "ridge-logistic", "apache-iva", "grid-logistic")
    }
    assert {cell["facts"]["n_train"] for cell in first if "mimic" in cell["task"]} == {42}
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "mimic_iv_demo").symlink_to(raw_data / "mimic_iv_demo")
    shutil.copytree(raw_data / "eicu_demo", copies / "eicu_demo", copy_function=shutil.copyfile)
    damaged = copies / "eicu_demo" / "vitalAperiodic.csv.gz"
    damaged.write_bytes(damaged.read_bytes()[:10_000])
    (tmp_path / "again").mkdir()
    second = {(cell["task"], cell["model"]): cell for cell in run(tmp_path / "again", copies)}
    for cell in first:
        again = second[cell["task"], cell["model"]]
        if "mimic" in cell["task"]:
            assert (again["status"], again["answer"]) == ("ok", cell["answer"])
        else:
            assert again["status"] == "unavailable"
            assert "vitalAperiodic.csv.gz is damaged" in again["reason"]
