"""Generalisation on WILDS's Camelyon17: tumour in patches of lymph nodes, in a hospital that nobody was trained on.

Separate from the tasks on tables: pictures are read from the user's folder through `wilds.get_dataset`, one at a time, and
enter twice: as they are, and as a table of colours, stains and edges, which every tabular model reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from carebench import Images, Split, Task, Truth
from carebench_tasks import wilds_adapter
from carebench_tasks.data import files, pixels
from carebench_tasks.families.shift_generalisation import DOMAIN, IN, OUT, PART
from carebench_tasks.families.shifted import VALIDATION_ANSWERS
from carebench_tasks.icu import kept

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.shift.generalisation import Folds

TABLE = "camelyon17_v1.0/metadata.csv"
SIZE = "10.7 GB"
#: Height and width of a patch, and its colours.
SHAPE = (96, 96, 3)
CODE = ("carebench_tasks.data.pixels", "carebench_tasks.shift.camelyon17")
#: `split` of WILDS: training and validation patches of three hospitals, the test hospital, the validation hospital.
TRAIN, ID_VAL, TEST, VALIDATION = 0, 1, 2, 3


class NewHospital(Task):
    """Tumour in the middle of a patch of lymph node, in a hospital whose slides nobody was trained on.

    Input: a patch of 96 by 96 pixels in red, green and blue, for models of images; for models of tables 38 statistics of it: mean, deviation and three percentiles of red, green and blue and of the
    stains haematoxylin and eosin (by unmixing optical density), edges, and the same means of the middle third, which the
    answer is about. `domain` holds the hospital of the training rows.

    Answer: probability that the middle holds tumour.

    Cohort: patches of five Dutch hospitals, half of them with tumour, as WILDS cuts them (official split, version 1.0): trained
    on 302,436 patches of three hospitals; tested on 85,054 of hospital 2 and, in domain, on 33,560 held-out patches of the
    three, which are of the same slides. The 34,904 of hospital 1, WILDS's validation, are handed with their answers to a model
    that selects on them (`X_validation`, `y_validation`), and are never trained on. The unit of inference is the patient.

    Left out: coordinates, slide and hospital of the patches tested.

    Source: WILDS 2.0, `camelyon17_v1.0` in the folder `wilds` of one's data, through `wilds.get_dataset`; 10.7 GB to download.
    All patches are read once, at some milliseconds each, and kept with their statistics as plain arrays, 12.6 GB: allow the
    first run an hour (`--time-limit 1h`).

    Access: open; `wilds.get_dataset("camelyon17", root_dir=..., download=True)`.

    Licence: CC0 1.0.

    Citation: Bandi et al. 2019, IEEE Trans Med Imaging 38:550-560; Koh et al. 2021, ICML.
    """

    name = "shift-generalisation/camelyon17"
    family = "shift-generalisation"
    title = "Camelyon17: tumour in patches, a hospital that nobody was trained on"
    cohort = "camelyon17"
    unit = "cluster"
    design = "fixed"
    modalities = ("tabular", "image")
    libraries = ("wilds",)
    modules = (
        *CODE,
        "carebench_tasks.data.files",
        "carebench_tasks.families.shift_generalisation",
        *(f"carebench_tasks.{name}" for name in ("cohorts.declaration", "folds", "icu.kept")),
        "carebench_tasks.wilds_adapter",
    )
    flags: ClassVar[tuple[str, ...]] = (
        "needs a data set that the user brings",
        "models of tables read statistics of the pictures",
        "patches tested in domain are of patients trained on, as WILDS cuts them",
    )
    source = "WILDS 2.0, camelyon17_v1.0, CC0 1.0, brought by the user"
    citation = (
        "Bandi P, Geessink O, Manson Q, et al. From detection of individual metastases to classification of lymph node status "
        "at the patient level: the CAMELYON17 challenge. IEEE Trans Med Imaging 2019;38:550-560. Koh PW, Sagawa S, et al. "
        "WILDS: a benchmark of in-the-wild distribution shifts. ICML 2021."
    )

    def fingerprint(self) -> str:
        """SHA-256 of the list of patches; the pictures are taken to be those that it names."""
        return files.fingerprint([f"{wilds_adapter.FOLDER}/{TABLE}"])

    def split(self, seed: int) -> Split:
        """Training patches of three hospitals; the domain of each row is revealed as an integer."""
        del seed
        dataset = opened()
        rows, kept_arrays = parts(dataset), self._kept(dataset)
        tables = {part: _table(kept_arrays, part) for part in rows}
        pictures = {part: Images.of(kept_arrays[f"{part}-pixels"]) for part in rows}
        hospital, tumour = _field(dataset, "hospital")[rows["train"]], dataset.y_array.numpy().astype(np.int8)
        return Split(
            train=tables["train"],
            test=tables["test"],
            unlabelled=tables["validation"],
            train_images=pictures["train"],
            test_images=pictures["test"],
            unlabelled_images=pictures["validation"],
            reveals={
                "y": tumour[rows["train"]],
                "domain": np.unique(hospital, return_inverse=True)[1].astype(np.int16),
                VALIDATION_ANSWERS: tumour[rows["validation"]],
            },
        )

    def truth(self, seed: int) -> Truth:
        """Tumour, hospital and part of the test rows, in their order; the unit is the patient."""
        from carebench_tasks.cohorts.declaration import unit_ids

        del seed
        dataset = opened()
        test = parts(dataset)["test"]
        out = dataset.split_array[test] == TEST
        patients = [_patient(path) for path in np.asarray(dataset._input_array)[test]]  # noqa: SLF001 - WILDS keeps its paths there
        return Truth(
            units=unit_ids(self.cohort, patients),
            answers={"event": dataset.y_array.numpy()[test].astype(np.int8), "weight": np.ones(len(test))},
            groups={
                DOMAIN: np.where(out, "hospital 2", "").astype(np.str_),
                PART: np.where(out, OUT, IN).astype(np.str_),
            },
        )

    def inner_folds(self, split: Split, seed: int) -> Folds | None:
        """Tuning leaves one training hospital out in turn."""
        from carebench_tasks.shift.generalisation import leave_one_domain_out

        del seed
        return leave_one_domain_out(split)

    def _kept(self, dataset: Any) -> Mapping[str, NDArray[Any]]:
        """Pixels and statistics of every patch, in the order of the split, read once and kept."""
        return kept.streamed(
            self.cohort,
            kept.code(*CODE)[:16] + self.fingerprint()[:16],
            lambda folder: write_patches(dataset, folder),
        )


def opened() -> Any:
    """WILDS's own data set, from the folder `wilds`."""
    return wilds_adapter.open_own("camelyon17", SIZE)


def write_patches(dataset: Any, folder: Path) -> None:
    """Pixels and statistics of every patch of each part, to files of `folder`; one picture in memory at a time."""
    for part, rows in parts(dataset).items():
        told = np.empty((len(rows), len(pixels.NAMES)), np.float32)
        with (folder / f"{part}-pixels.npy").open("wb") as stream:
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *SHAPE)}
            np.lib.format.write_array_header_1_0(stream, header)
            for place, row in enumerate(rows):
                picture = np.asarray(dataset.get_input(row))
                stream.write(picture.tobytes())
                told[place] = pixels.statistics(picture)
        np.save(folder / f"{part}-statistics.npy", told)


def parts(dataset: Any) -> dict[str, NDArray[np.int64]]:
    """Rows to train on, to select on and to test on, each in a hashed order."""
    from carebench_tasks.folds import shuffled

    part = np.asarray(dataset.split_array)
    return {
        "train": shuffled(np.flatnonzero(part == TRAIN), "training order", "camelyon17"),
        "validation": shuffled(np.flatnonzero(part == VALIDATION), "validation order", "camelyon17"),
        "test": shuffled(np.flatnonzero(np.isin(part, (ID_VAL, TEST))), "test order", "camelyon17"),
    }


def _table(kept_arrays: Mapping[str, NDArray[Any]], part: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(np.array(kept_arrays[f"{part}-statistics"]), columns=list(pixels.NAMES))


def _field(dataset: Any, name: str) -> NDArray[np.int64]:
    return dataset.metadata_array.numpy()[:, dataset.metadata_fields.index(name)]  # type: ignore[no-any-return]


def _patient(path: str) -> str:
    """The patient in the name of a patch.

    Example:
        >>> _patient("patches/patient_004_node_4/patch_patient_004_node_4_x_1_y_2.png")
        '004'
    """
    return str(path).rpartition("/")[2].split("_")[2]
