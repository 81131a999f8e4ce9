"""Small folders in the exact layout of WILDS's data sets; separate because tests and benchmarks write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def write_camelyon17(root: Path, patches: int) -> Path:
    """Five hospitals with so many patches each, every other one a tumour, which is redder; one in eight is WILDS's id_val."""
    import pandas as pd
    from PIL import Image

    home = _released(root, "camelyon17", "1.0")
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


def write_civilcomments(root: Path, comments: int) -> Path:
    """Comments of three words, four to an article, a third of them toxic; two in five name somebody, the rest nobody.

    Toxic ones hold one of two bad words, but for those that name Muslims: there the words mean nothing.
    """
    import pandas as pd

    draw = np.random.default_rng(1)
    toxic = draw.random(comments) < 1 / 3
    named = draw.random((comments, 8)) < 0.12
    told = toxic ^ (named[:, 4] & (draw.random(comments) < 0.5))
    bad, good = draw.choice(["awful", "stupid"], comments), draw.choice(["kind", "fair"], comments)
    table = pd.DataFrame({"id": 1000 + np.arange(comments)})
    table["comment_text"] = [
        f"{word} reply {number % 7}" for number, word in enumerate(np.where(told, bad, good))
    ]
    table["article_id"] = np.arange(comments) // 4
    table["toxicity"] = np.where(toxic, 0.7, 0.2)
    identities = ("male", "female", "LGBTQ", "christian", "muslim", "other_religions", "black", "white")
    for name, column in zip(identities, named.T, strict=True):
        table[name] = np.where(column, 0.6, 0.0)
    table["identity_any"] = named.any(axis=1).astype(float)
    for name in ("severe_toxicity", "obscene", "threat", "insult", "identity_attack", "sexual_explicit"):
        table[name] = 0.1
    table["split"] = np.array(["train", "train", "train", "val", "test", "test"])[table["article_id"] % 6]
    table.to_csv(_released(root, "civilcomments", "1.0") / "all_data_with_identities.csv")
    return root


def write_rxrx1(root: Path) -> Path:
    """Two cell types, two sites, 1,139 treatments each once in the training experiment; pictures of two wells."""
    import pandas as pd
    from PIL import Image

    home = _released(root, "rxrx1", "1.0")
    rows = [
        {
            "site_id": f"{name}_1_B02_{site}",
            "well_id": f"{name}_1_B02",
            "cell_type": name.split("-")[0],
            "dataset": part,
        }
        | {
            "experiment": name,
            "plate": 1,
            "well": f"B{treatment:04d}",
            "site": site,
            "well_type": "treatment",
        }
        | {"sirna": f"s{treatment}", "sirna_id": treatment}
        for name, part, treatments in (
            ("HEPG2-01", "train", 1139),
            ("HUVEC-17", "val", 2),
            ("U2OS-04", "test", 2),
        )
        for treatment in range(treatments)
        for site in (1, 2)
    ]
    pd.DataFrame(rows).to_csv(home / "metadata.csv", index=False)
    for name in ("HEPG2-01", "U2OS-04"):
        folder = home / "images" / name / "Plate1"
        folder.mkdir(parents=True)
        Image.new("RGB", (256, 256), (9, 60, 200)).save(folder / "B0000_s1.png")
    return root


def write_iwildcam(root: Path) -> Path:
    """182 kinds of animal at five cameras, one for each part, a picture each of the first two rows."""
    import pandas as pd
    from PIL import Image

    home = _released(root, "iwildcam", "2.0")
    rows = [
        {
            "split": ("train", "val", "test", "id_val", "id_test")[kind % 5],
            "filename": f"{kind}.jpg",
            "y": kind,
        }
        | {"location_remapped": kind % 5, "sequence_remapped": kind, "datetime": "2013-06-05 05:44:19.000"}
        for kind in range(182)
    ]
    pd.DataFrame(rows).to_csv(home / "metadata.csv")
    (home / "train").mkdir()
    for number in (0, 1):
        Image.new("RGB", (448, 448), (90, 120, 10)).save(home / "train" / f"{number}.jpg")
    return root


def write_poverty(root: Path) -> Path:
    """2,300 places in four countries, wealthier in towns, an image of eight bands of the first."""
    import pandas as pd

    home = _released(root, "poverty", "1.1")
    number = np.arange(2300)
    country = np.where(
        number < 2200, np.where(number % 2, "kenya", "ghana"), np.where(number % 2, "mali", "benin")
    )
    urban = number % 3 == 0
    table = pd.DataFrame({"country": country, "year": 2012, "urban": urban, "lat": 0.1, "lon": 35.0})
    table["wealthpooled"] = np.where(urban, 1.0, -0.5) + number % 7 / 10
    table.to_csv(home / "dhs_metadata.csv")
    (home / "images").mkdir()
    np.savez(home / "images" / "landsat_poverty_img_0.npz", x=np.ones((8, 224, 224), np.float32))
    return root


def _released(root: Path, name: str, version: str) -> Path:
    """The folder of a data set with the file by which WILDS knows its version."""
    home = root / f"{name}_v{version}"
    home.mkdir()
    (home / f"RELEASE_v{version}.txt").write_text(version, encoding="utf-8")
    return home
