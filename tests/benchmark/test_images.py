"""Images: pictures are cut, written and read a few at a time; a file that is there already is linked, not copied."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from carebench import Images, Model, inner, splits
from carebench.catalogue import Origin
from carebench.describe import describe_model, describe_task
from carebench.errors import PluginError
from carebench.images_on_disk import check_images
from carebench.testing import ModelContract, cut, simulate, simulate_images
from tests.carebench_spam.carebench_spam import SpamToy

if TYPE_CHECKING:
    from pathlib import Path

    from carebench import Split

ORIGIN = Origin(kind="module", target="tests", name="tests")
PIXELS = np.random.default_rng(0).integers(0, 256, (7, 4, 5, 3)).astype(np.uint8)


def test_rows_taken_are_the_rows() -> None:
    """In any order and as often as named; one is a picture, several are a stack, and batches are all in order."""
    some = Images.of(PIXELS).take([6, 2, 2])
    np.testing.assert_array_equal(some[:], PIXELS[[6, 2, 2]])
    np.testing.assert_array_equal(some[1], PIXELS[2])
    np.testing.assert_array_equal(list(iter(some)), some[:])
    np.testing.assert_array_equal(some.take([1, 0])[[1]], PIXELS[[6]])
    np.testing.assert_array_equal(np.concatenate(list(Images.of(PIXELS).batches(3))), PIXELS)


def test_what_is_read_is_a_copy() -> None:
    """Who writes into it changes no picture."""
    pictures = Images.of(PIXELS.copy())
    pictures[:2][:] = 0
    np.testing.assert_array_equal(pictures[:], PIXELS)


def mapped(file: Path, pixels: Any = PIXELS) -> Images:
    """Pictures of a file."""
    np.save(file, pixels)
    return Images.of(np.load(file, mmap_mode="r"))


def test_written_and_read_again(tmp_path: Path) -> None:
    """A model of images gets each part's pictures and no table."""
    split = cut()
    manifest = splits.write(tmp_path, split, ("surv",), ("age", "sex"))
    made = splits.read(tmp_path, "image")
    assert split.train_images is not None
    assert split.test_images is not None
    np.testing.assert_array_equal(made.train[:], split.train_images[:])
    np.testing.assert_array_equal(made.test[:], split.test_images[:])
    assert made.unlabelled is None
    assert {"image.train.pixels.npy", "image.test.rows.npy"} <= set(manifest["files"])


def test_a_mapped_file_is_linked_and_its_digest_is_of_the_pictures(tmp_path: Path) -> None:
    """Two places, one digest; some rows of it point to the same file, and a part of a file is copied."""
    digests = []
    for place in ("one", "other"):
        (tmp_path / place).mkdir()
        whole = mapped(tmp_path / f"{place}.npy", np.concatenate([simulate_images(simulate(160))[:]]))
        split = replace(cut(), train_images=whole.take(np.arange(160)[::-1]))
        digests.append(splits.write(tmp_path / place, split, ("surv",), ("age", "sex"))["digest"])
        assert (tmp_path / place / "image.train.pixels.npy").is_symlink()
        np.testing.assert_array_equal(splits.read(tmp_path / place, "image").train[:], whole[:][::-1])
    assert digests[0] == digests[1]
    part = Images.of(np.load(tmp_path / "one.npy", mmap_mode="r")[:160][::-1])
    (tmp_path / "part").mkdir()
    splits.write(tmp_path / "part", replace(cut(), train_images=part), ("surv",), ("age", "sex"))
    assert not (tmp_path / "part" / "image.train.pixels.npy").is_symlink()
    np.testing.assert_array_equal(splits.read(tmp_path / "part", "image").train[:], part[:])


def test_reading_a_file_keeps_memory_flat(tmp_path: Path) -> None:
    """All of 240 MiB pass by, in batches, and the peak of memory grows by less than a tenth of it."""
    np.lib.format.open_memmap(
        tmp_path / "big.npy", mode="w+", dtype=np.uint8, shape=(9100, 96, 96, 3)
    ).flush()
    code = (
        "import sys, resource, numpy as np; from carebench import Images\n"
        "images = Images.of(np.load(sys.argv[1], mmap_mode='r')); images[:64]\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak(); seen = sum(len(each) for each in images.batches(64)); print(seen, peak() - before)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "big.npy"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(told[0]) == 9100
    assert int(told[1]) < 24 * 1024


def test_a_split_without_images_says_so(tmp_path: Path) -> None:
    """No file is written, and who asks for images is told what the task should give."""
    splits.write(tmp_path, replace(cut(), train_images=None, test_images=None), ("surv",), ("age", "sex"))
    assert not list(tmp_path.glob("image*"))
    with pytest.raises(PluginError, match="give train_images and test_images"):
        splits.read(tmp_path, "image")


class Pictured(SpamToy):
    """The third party's toy with a picture of each patient."""

    modalities: ClassVar[tuple[str, ...]] = ("tabular", "image")

    def split(self, seed: int) -> Split:
        split = super().split(seed)
        parts = [simulate_images(simulate(len(part))) for part in (split.train, split.test)]
        return replace(split, train_images=parts[0], test_images=parts[1])


def test_inner_splits_cut_pictures_by_rows(tmp_path: Path) -> None:
    """Each fold holds the pictures of its own rows."""
    task = Pictured()
    split = task.split(0)
    inner.write(tmp_path, task, split, 0)
    assert split.train_images is not None
    for number, (fit, held) in enumerate(inner.stratified_folds(split, task.name, task.version, 0)):
        made = splits.read(tmp_path / str(number), "image")
        np.testing.assert_array_equal(made.train[:], split.train_images[fit])
        np.testing.assert_array_equal(made.test[:], split.train_images[held])


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        (Images.of(PIXELS.astype(np.float32)), "pixels are float32"),
        (Images.of(PIXELS[..., :1]), "uint8 of shape"),
        (Images.of(PIXELS[:6]), "6 units for 7 rows"),
        (Images(pixels=PIXELS, rows=np.arange(1, 8)), "rows run from 1 to 7; 0 to 6"),
        (Images(pixels=PIXELS, rows=np.arange(7, dtype=np.int32)), "rows are int32"),
        (None, "another part has some"),
    ],
)
def test_pictures_out_of_form_are_the_tasks_fault(pictures: Images | None, told: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(PluginError, match=told):
        check_images(pictures, 7, "train")


def test_pictures_of_two_sizes_do_not_meet(tmp_path: Path) -> None:
    """Training and test pictures are of one size."""
    split = replace(cut(), test_images=Images.of(np.zeros((60, 8, 8, 3), np.uint8)))
    with pytest.raises(PluginError, match="one size was expected"):
        splits.write(tmp_path, split, ("surv",), ("age", "sex"))


class Reddest:
    """Risk from the mean of red alone: a sound model of images."""

    def fit(self, X: Images, y: Any) -> Reddest:
        self.middle = float(np.mean(self._red(X)))
        return self

    def predict_proba(self, X: Images) -> Any:
        return 1 / (1 + np.exp((self.middle - self._red(X)) / 10))

    def _red(self, X: Images) -> Any:
        return np.concatenate([batch[..., 0].mean(axis=(1, 2)) for batch in X.batches(50)])


REDDEST = Model("reddest", families=["mortality"], build=Reddest, inputs="image", modality="image")


class TestReddest(ModelContract):
    """The contract of models meets a model of images, and it passes."""

    model: ClassVar[Model] = REDDEST


def test_the_modality_and_the_view_belong_together() -> None:
    """A model of images declares both, and a task may give them beside its table."""
    with pytest.raises(PluginError, match="'image' was expected of both or of neither"):
        describe_model(replace(REDDEST, modality="tabular"), ORIGIN)
    assert describe_model(REDDEST, ORIGIN).modality == "image"
    assert describe_task(Pictured(), ORIGIN).modalities == ["tabular", "image"]
