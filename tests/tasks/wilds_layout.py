"""A small folder in the exact layout of WILDS's camelyon17; separate because tests and benchmarks write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def write_camelyon17(root: Path, patches: int) -> Path:
    """Five hospitals with so many patches each, every other one a tumour, which is redder; one in eight is WILDS's id_val."""
    import pandas as pd
    from PIL import Image

    home = root / "camelyon17_v1.0"
    home.mkdir()
    (home / "RELEASE_v1.0.txt").write_text("1.0", encoding="utf-8")
    draw, rows = np.random.default_rng(0), []
    for center in range(5):
        for number in range(patches):
            patient = f"{20 * center + number // 4 % 20:03d}"
            row = {"patient": patient, "node": 0, "x_coord": number, "y_coord": center}
            row |= {"tumor": number % 2, "slide": 10 * center + number // 4 % 10, "center": center}
            rows.append(row | {"split": int(number % 8 == 7)})
            folder = home / "patches" / f"patient_{patient}_node_0"
            folder.mkdir(parents=True, exist_ok=True)
            pixels = draw.integers(0, 200, (12, 12, 3)).repeat(8, axis=0).repeat(8, axis=1)
            pixels[..., 0] += 50 * (number % 2)
            name = f"patch_patient_{patient}_node_0_x_{number}_y_{center}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name)
    pd.DataFrame(rows).to_csv(home / "metadata.csv")
    return root
