"""WILDS's own interface: a user's loops run on our tasks, its data sets load from a user's folder, nothing calls out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import DataAbsent, splits
from carebench.testing import TaskContract
from carebench_tasks import wilds_adapter
from carebench_tasks.data import pixels
from carebench_tasks.families import shifted
from carebench_tasks.metrics import by_group
from carebench_tasks.shift import camelyon17 as camelyon17_module
from carebench_tasks.shift import civilcomments
from carebench_tasks.shift.camelyon17 import NewHospital
from carebench_tasks.shift.rhc import NewDiseases
from carebench_tasks.shift.support2 import Diagnosis
from tests.tasks.wilds_layout import (
    write_camelyon17,
    write_civilcomments,
    write_iwildcam,
    write_poverty,
    write_rxrx1,
)

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("wilds", reason="wilds comes with the extra `shift`")


@pytest.fixture(scope="module")
def diagnosis() -> Any:
    """The task shift/support2-diagnosis as a WILDS data set."""
    from carebench_tasks.wilds_dataset import TaskDataset

    return TaskDataset(Diagnosis())


def users_loop(dataset: Any, *, robust: bool, epochs: int = 4) -> dict[str, float]:
    """What a WILDS user writes, against wilds and torch alone: ERM, or group DRO with group-uniform batches."""
    import torch
    from wilds.common.data_loaders import get_eval_loader, get_train_loader
    from wilds.common.grouper import CombinatorialGrouper

    torch.manual_seed(0)
    grouper = CombinatorialGrouper(dataset, ["domain"])
    train = dataset.get_subset("train")
    uniform = {"uniform_over_groups": True, "grouper": grouper} if robust else {}
    loader = get_train_loader("standard", train, batch_size=256, **uniform)
    model = torch.nn.Linear(len(train[0][0]), 2)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    weights = torch.ones(grouper.n_groups) / grouper.n_groups
    for _ in range(epochs):
        for x, y, metadata in loader:
            losses = torch.nn.functional.cross_entropy(model(x), y, reduction="none")
            group = grouper.metadata_to_group(metadata)
            if robust:
                risks = torch.stack(
                    [
                        losses[group == g].sum() / max(int((group == g).sum()), 1)
                        for g in range(grouper.n_groups)
                    ]
                )
                weights = weights * torch.exp(0.01 * risks.detach())
                weights = weights / weights.sum()
                loss = weights @ risks
            else:
                loss = losses.mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    seen = [
        (model(x).argmax(dim=1).detach(), y, metadata)
        for x, y, metadata in get_eval_loader("standard", dataset.get_subset("test"), batch_size=512)
    ]
    results, text = dataset.eval(*(torch.cat(each) for each in zip(*seen, strict=True)))
    assert "Worst-group" in text
    return dict(results)


@pytest.mark.parametrize("robust", [False, True])
def test_a_users_own_loop_runs_unchanged(diagnosis: Any, *, robust: bool) -> None:
    """Accuracy beats the commoner answer's, and every diagnosis group has its own."""
    results = users_loop(diagnosis, robust=robust)
    common = 1 - float(diagnosis.get_subset("test").y_array.float().mean())
    assert results["acc_avg"] > common + 0.08
    assert 0 < results["acc_wg"] < results["acc_avg"]
    assert sum(name.startswith("acc_domain:") for name in results) == 8


def test_splits_and_metadata(diagnosis: Any) -> None:
    """Splits, fields and names are those of WILDS, and subsets hold the rows of the task."""
    split, truth = Diagnosis().split(0), Diagnosis().truth(0)
    parts = {name: len(diagnosis.get_subset(name)) for name in ("train", "val", "test")}
    assert parts["train"] + parts["val"] == len(split.train)
    assert parts["test"] == len(truth.units)
    assert diagnosis.metadata_fields == ["domain", "y", "from_source_domain"]
    assert len(diagnosis.get_subset("train", frac=0.5)) == round(parts["train"] / 2)
    labels = [
        diagnosis.metadata_map["domain"][code] for code in diagnosis.get_subset("test").metadata_array[:, 0]
    ]
    assert labels == truth.groups["group"].tolist()


def test_validation_is_out_of_distribution_where_the_test_is() -> None:
    """Of three training diseases one is kept for validation alone, and test domains are in neither."""
    from carebench_tasks.wilds_dataset import TaskDataset

    dataset = TaskDataset(NewDiseases())
    held = {
        name: set(dataset.get_subset(name).metadata_array[:, 0].tolist()) for name in ("train", "val", "test")
    }
    assert held["train"] == {0, 1}
    assert held["val"] == {2}
    assert not held["test"] & (held["train"] | held["val"])
    assert len(dataset.get_subset("id_test")) > 500


def test_group_means_equal_a_loop() -> None:
    """Fifty random cases, empty groups among them."""
    import torch

    draw = torch.Generator().manual_seed(3)
    for _ in range(50):
        values, group = torch.rand(40, generator=draw), torch.randint(0, 9, (40,), generator=draw)
        means, counts = wilds_adapter.group_means(values, group, 12)
        for each in range(12):
            here = values[group == each]
            assert float(counts[each]) == len(here)
            assert float(means[each]) == pytest.approx(float(here.mean()) if len(here) else 0)


def test_no_thread_is_left_and_outdated_is_as_it_was() -> None:
    """In a fresh process the import starts no thread, imports no torchvision, and opens no socket."""
    code = (
        "import socket, sys, threading; socket.socket.connect = lambda *a: sys.exit(7)\n"
        "from carebench_tasks import wilds_adapter; wilds_adapter.prepared()\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert 'outdated' not in sys.modules and 'torchvision' not in sys.modules\n"
        "import outdated"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("camelyon17", camelyon17_module.SIZE),
        ("civilcomments", civilcomments.SIZE),
        ("iwildcam", "12.0 GB"),
        ("poverty", "13.1 GB"),
        ("rxrx1", "7.4 GB"),
    ],
)
def test_absent_data_are_told_with_their_size(name: str, size: str, tmp_path: Path) -> None:
    """Nothing is downloaded; the message says what it would be."""
    with pytest.raises(DataAbsent, match=rf"{size} to download"):
        wilds_adapter.open_dataset(name, tmp_path)
    assert not any(tmp_path.iterdir())


def test_rxrx1_loads_from_a_users_folder(tmp_path: Path) -> None:
    """1,139 treatments, test experiments apart, second sites held out of the first; the worst cell type in `eval`."""
    import torch

    dataset = wilds_adapter.open_dataset("rxrx1", write_rxrx1(tmp_path))
    parts = {name: len(dataset.get_subset(name)) for name in ("train", "id_test", "val", "test")}
    assert parts == {"train": 1139, "id_test": 1139, "val": 4, "test": 4}
    assert dataset.n_classes == 1139
    assert dataset[0][0].size == (256, 256)
    told = torch.where(dataset.metadata_array[:, 0] == 2, 0, dataset.y_array)
    results, _ = dataset.eval(told, dataset.y_array, dataset.metadata_array)
    assert results["acc_wg"] == 0.5


def test_iwildcam_loads_from_a_users_folder(tmp_path: Path) -> None:
    """182 kinds, new cameras in validation and test; `eval` gives WILDS's three figures."""
    dataset = wilds_adapter.open_dataset("iwildcam", write_iwildcam(tmp_path))
    parts = [len(dataset.get_subset(name)) for name in ("train", "val", "test", "id_val", "id_test")]
    assert parts == [37, 37, 36, 36, 36]
    assert dataset.n_classes == 182
    assert dataset[1][0].size == (448, 448)
    results, _ = dataset.eval(dataset.y_array, dataset.y_array, dataset.metadata_array)
    assert {name: float(value) for name, value in results.items()} == {
        "acc_avg": 1,
        "recall-macro_all": 1,
        "F1-macro_all": 1,
    }


def test_poverty_loads_from_a_users_folder(tmp_path: Path) -> None:
    """A wealth index, countries apart; the correlation of urban and of rural places, and the worse of them."""
    dataset = wilds_adapter.open_dataset("poverty", write_poverty(tmp_path))
    parts = [len(dataset.get_subset(name)) for name in ("train", "id_val", "id_test", "val", "test")]
    assert parts == [200, 1000, 1000, 50, 50]
    assert tuple(dataset[0][0].shape) == (8, 224, 224)
    results, _ = dataset.eval(-dataset.y_array, dataset.y_array, dataset.metadata_array)
    assert float(results["r_wg"]) == pytest.approx(-1)


@pytest.fixture(scope="module")
def comments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data that holds WILDS's, with 4,800 comments."""
    folder = tmp_path_factory.mktemp("comments")
    (folder / "wilds").mkdir()
    write_civilcomments(folder / "wilds", 4800)
    return folder


def test_civilcomments_loads_from_a_users_folder(comments: Path) -> None:
    """Through wilds.get_dataset, under pandas 3: parts, and WILDS's worst group and answer in `eval`."""
    import torch

    dataset = wilds_adapter.open_dataset("civilcomments", comments / "wilds")
    assert [len(dataset.get_subset(name)) for name in ("train", "val", "test")] == [2400, 800, 1600]
    assert dataset[0][0].endswith("reply 0")
    told = torch.where(dataset.metadata_array[:, 4] == 1, 0, dataset.y_array)
    results, _ = dataset.eval(told, dataset.y_array, dataset.metadata_array)
    assert results["acc_wg"] == 0


def test_civilcomments_is_a_task(comments: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plain regression does worst where words mean nothing; groups overlap, articles are on one side, and rows are WILDS's."""
    from sklearn.linear_model import LogisticRegression

    from carebench import numeric_view
    from carebench_tasks.families.shift import FAMILY

    monkeypatch.setenv("CAREBENCH_DATA", str(comments))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    task = civilcomments.ToxicComments()
    split, truth = task.split(0), task.truth(0)
    assert task.fingerprint()
    assert split.train.shape == (2400, civilcomments.WORDS)
    assert set(split.reveals["domain"].tolist()) == set(range(10))
    dataset = civilcomments.opened()
    test = dataset.get_subset("test")
    muslims = by_group.members(truth.groups["group"])["muslim"]
    assert muslims.sum() == int(test.metadata_array[:, 4].sum())
    view = numeric_view(split)
    model = LogisticRegression(max_iter=500).fit(view.train, split.reveals["y"])
    scores = FAMILY.score(truth, {"risk": model.predict_proba(view.test)[:, 1]})
    figures = scores.subgroups["group"]
    assert set(figures) == set(civilcomments.IDENTITIES)
    skills = {name: each["brier_skill"] for name, each in figures.items()}
    assert min(skills, key=lambda name: skills[name] or 0) == "muslim"
    assert scores.metrics["worst_brier_skill"] == skills["muslim"]
    assert (scores.metrics["average_brier_skill"] or 0) > (skills["muslim"] or 0) + 0.2


def test_articles_are_on_one_side_when_tuned(
    comments: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every training comment is judged once, and no article is both fitted on and judged."""
    monkeypatch.setenv("CAREBENCH_DATA", str(comments))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    task, dataset = civilcomments.ToxicComments(), civilcomments.opened()
    article = civilcomments._articles(dataset)[civilcomments._rows(dataset, civilcomments.TRAIN)]
    folds = task.inner_folds(task.split(0), 0) or []
    assert sorted(np.concatenate([judged for _, judged in folds]).tolist()) == list(range(2400))
    assert not any(set(article[fitted]) & set(article[judged]) for fitted, judged in folds)


def test_a_bag_of_words_has_length_one() -> None:
    """Order and case mean nothing, and a text without words is empty."""
    bags = civilcomments.hashed(["Kind reply kind", "reply KIND kind", "?", float("nan")])
    np.testing.assert_array_equal(bags[0], bags[1])
    np.testing.assert_allclose(np.linalg.norm(bags, axis=1), [1, 1, 0, 1], rtol=1e-6)


@pytest.fixture
def camelyon17(tmp_path: Path) -> Path:
    """Five hospitals, eight patches each."""
    return write_camelyon17(tmp_path, patches=8)


def test_camelyon17_loads_from_a_users_folder(camelyon17: Path) -> None:
    """Through wilds.get_dataset: hospitals 1 and 2 are validation and test, a loader streams, eval has the worst slide."""
    import torch
    from wilds.common.data_loaders import get_eval_loader

    dataset = wilds_adapter.open_dataset("camelyon17", camelyon17)
    assert [len(dataset.get_subset(name)) for name in ("train", "id_val", "val", "test")] == [21, 3, 8, 8]

    def pixels(image: Any) -> Any:
        return torch.from_numpy(np.array(image, np.float32)).permute(2, 0, 1)

    loader = get_eval_loader("standard", dataset.get_subset("test", transform=pixels), batch_size=4)
    seen = [((x[:, 0].mean(dim=(1, 2)) > 125).long(), y, metadata) for x, y, metadata in loader]
    results, _ = dataset.eval(*(torch.cat(each) for each in zip(*seen, strict=True)))
    assert results["acc_avg"] == 1
    assert results["acc_wg"] == 1


@pytest.fixture(scope="module")
def users_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data that holds WILDS's, 60 patches a hospital."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "wilds").mkdir()
    write_camelyon17(folder / "wilds", patches=60)
    return folder


def test_camelyon17_is_a_task(users_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three hospitals are trained on, the fourth is WILDS's validation, the fifth is new; a plain regression tells tumours."""
    from sklearn.linear_model import LogisticRegression

    from carebench import numeric_view
    from carebench_tasks.families.shift_boards import GENERALISATION

    monkeypatch.setenv("CAREBENCH_DATA", str(users_folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    task = NewHospital()
    split, truth = task.split(0), task.truth(0)
    assert task.fingerprint()
    assert np.bincount(split.reveals["domain"]).tolist() == [53, 53, 53]
    assert len(truth.units) == 60 + 3 * 7
    assert (truth.groups["domain"] == "hospital 2").sum() == 60
    assert split.train.shape[1] == len(pixels.NAMES)
    assert [len(each or ()) for each in (split.train_images, split.test_images, split.unlabelled_images)] == [
        159,
        81,
        60,
    ]
    view = numeric_view(split)
    model = LogisticRegression(C=0.1, max_iter=500).fit(view.train, split.reveals["y"])
    scores = GENERALISATION.score(truth, {"risk": model.predict_proba(view.test)[:, 1]})
    assert (scores.metrics["out_accuracy"] or 0) > 0.9


def test_a_picture_is_read_once_and_no_other_is_kept(
    users_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The second split reads no picture, and statistics are those of each patch by itself."""
    from PIL import Image

    monkeypatch.setenv("CAREBENCH_DATA", str(users_folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    task = NewHospital()
    first = task.split(0)
    dataset = camelyon17_module.opened()
    row = camelyon17_module.parts(dataset)["train"][5]
    picture = Image.open(users_folder / "wilds" / "camelyon17_v1.0" / dataset._input_array[row])
    np.testing.assert_array_equal(
        pixels.statistics(np.asarray(picture.convert("RGB"))), first.train.iloc[5].to_numpy()
    )
    assert first.train_images is not None
    np.testing.assert_array_equal(first.train_images[5], np.asarray(picture))
    monkeypatch.setattr(camelyon17_module, "write_patches", lambda *_: pytest.fail("it was kept"))
    assert task.split(0).test.equals(first.test)


@pytest.mark.parametrize(
    "check",
    [
        *("split_is_in_form", "images_belong_to_the_rows", "no_test_answer_is_in_the_split"),
        *("truth_has_one_row_a_test_row", "same_seed_gives_the_same_bytes", "seeds_do_what_the_design_says"),
    ],
)
def test_camelyon17_keeps_the_contract(
    users_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, check: str
) -> None:
    """Table and pictures belong together, the validation hospital is apart, and a second split has the same bytes."""
    monkeypatch.setenv("CAREBENCH_DATA", str(users_folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "contract"))
    contract = type("Contract", (TaskContract,), {"task": NewHospital()})()
    getattr(contract, f"test_{check}")()


def test_a_fit_gets_the_validation_hospital_and_no_target(
    users_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pictures and answers of hospital 1, under their names; who asks for a target gets none."""
    monkeypatch.setenv("CAREBENCH_DATA", str(users_folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    seen: dict[str, Any] = {}

    class Selecting:
        def fit(
            self, X: Any, y: Any, *, X_target: Any = None, X_validation: Any = None, y_validation: Any = None
        ) -> None:
            seen.update(X_target=X_target, X_validation=X_validation, y_validation=y_validation)

    task = NewHospital()
    folder = tmp_path / "split"
    folder.mkdir()
    splits.write(folder, task.split(0), (), ())
    shifted.fit(Selecting(), splits.read(folder, "image"))
    dataset = camelyon17_module.opened()
    rows = camelyon17_module.parts(dataset)["validation"]
    assert seen["X_target"] is None
    assert seen["y_validation"].tolist() == dataset.y_array.numpy()[rows].tolist()
    np.testing.assert_array_equal(seen["X_validation"][3], np.asarray(dataset.get_input(rows[3])))
    assert (folder / "image.train.pixels.npy").is_symlink()


def test_without_a_folder_the_size_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before anything is downloaded."""
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataAbsent, match=rf"{camelyon17_module.SIZE} to download.*carebench data add wilds"):
        NewHospital().split(0)


def test_pure_stains_are_told_apart() -> None:
    """Light through haematoxylin alone, density 1: its mean is 1 and eosin's 0; a white picture has neither."""
    stained = np.exp(-pixels.DENSITIES[0] / np.linalg.norm(pixels.DENSITIES[0]))
    picture = np.broadcast_to(np.round(255 * stained).astype(np.uint8), (30, 30, 3))
    told = dict(zip(pixels.NAMES, pixels.statistics(picture), strict=True))
    assert told["haematoxylin mean"] == pytest.approx(1, abs=0.02)
    assert told["eosin mean"] == pytest.approx(0, abs=0.02)
    white = dict(zip(pixels.NAMES, pixels.statistics(np.full((30, 30, 3), 255, np.uint8)), strict=True))
    assert white["haematoxylin mean"] == pytest.approx(0, abs=1e-6)


@pytest.fixture(scope="module")
def board(users_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The cells of a real run on the folder: CNNs under three losses beside a regression on statistics, one answered twice."""
    place = tmp_path_factory.mktemp("run")
    models = ("ridge-logistic", "cnn-mean-risk", "cnn-group-dro", "cnn-deep-coral")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "carebench", "run", f"--task={NewHospital.name}"),
            *(f"--model={name}" for name in models),
            *("--seeds=1", "--executor=local", "--cpus=2", "--out=board"),
        ],
        cwd=place,
        env={**os.environ, "CAREBENCH_DATA": str(users_folder), "XDG_CACHE_HOME": str(place / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert "Traceback" not in done.stderr
    cells: list[dict[str, Any]] = json.loads((place / "board/results.json").read_bytes())["cells"]
    assert len(cells) == len(models)
    return cells


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_networks_on_pictures_stand_beside_models_of_tables(board: list[dict[str, Any]]) -> None:
    """All answer the same rows, and each tells tumours in the hospital that nobody was trained on."""
    assert {cell["status"] for cell in board} == {"ok"}, board
    assert {cell["facts"]["n_train"] for cell in board} == {159}
    skills = {cell["model"]: cell["metrics"]["out_auroc"] for cell in board}
    assert min(skills.values()) > 0.75, skills
