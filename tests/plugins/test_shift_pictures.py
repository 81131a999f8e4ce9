"""The network on pictures: its loop against plain PyTorch, its losses and colours against closed forms, and that it learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from carebench import Images, Unsuited
from carebench.testing import simulate, simulate_images
from carebench_plugins.shift import stains
from carebench_plugins.shift.pictures import PictureNetwork, small_backbone
from carebench_plugins.shift.risks import GroupDRO

COHORT = simulate(150, seed=3)
PICTURES, DIED = simulate_images(COHORT), COHORT.died
RISKS = "carebench_plugins.shift.risks"


def test_the_loop_is_plain_pytorch() -> None:
    """The loop that one would write on tensors, with the same seed, has the same probabilities to the last bit."""
    ours = PictureNetwork(epochs=2, batch=32, random_state=7).fit(PICTURES, DIED).predict_proba(PICTURES)

    torch.manual_seed(7)
    inputs = 2 * (torch.from_numpy(PICTURES[:]).permute(0, 3, 1, 2).contiguous().float() / 255) - 1
    events = torch.from_numpy(DIED.astype(np.float32))
    network = torch.nn.Sequential(small_backbone(num_classes=64), torch.nn.Linear(64, 1), torch.nn.Flatten(0))
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=1e-2)
    for _ in range(2):
        for rows in torch.split(torch.randperm(150), 32):
            optimiser.zero_grad()
            logits = network(inputs[rows])
            losses = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, events[rows], reduction="none"
            )
            loss: Any = losses.mean()
            loss.backward()
            optimiser.step()
    network.eval()
    with torch.no_grad():
        plain = torch.cat([torch.sigmoid(network(part).double()) for part in torch.split(inputs, 32)])
    np.testing.assert_array_equal(ours[:, 1], plain.numpy())


def test_group_dro_with_one_group_is_mean_risk() -> None:
    """On pictures as well: the same network to the last bit."""
    plain = PictureNetwork(epochs=1).fit(PICTURES, DIED).predict_proba(PICTURES)
    grouped = PictureNetwork(epochs=1)
    grouped._objective = lambda *_: GroupDRO()  # type: ignore[method-assign]
    one = np.zeros(len(DIED))
    np.testing.assert_array_equal(grouped.fit(PICTURES, DIED, domain=one).predict_proba(PICTURES), plain)


def test_the_weights_kept_are_those_of_the_best_epoch_on_the_validation_domain() -> None:
    """Where validation answers are turned round, each epoch is worse there: the first is kept, and no other."""
    first = PictureNetwork(epochs=1, learning_rate=3e-3).fit(PICTURES, DIED).predict_proba(PICTURES)
    last = PictureNetwork(epochs=6, learning_rate=3e-3)
    told = last.fit(PICTURES, DIED, X_validation=PICTURES, y_validation=1 - DIED).predict_proba(PICTURES)
    np.testing.assert_array_equal(told, first)
    plain = PictureNetwork(epochs=6, learning_rate=3e-3).fit(PICTURES, DIED).predict_proba(PICTURES)
    assert np.abs(plain - first).max() > 0.05


def test_it_learns_colours_and_a_seed_is_a_seed() -> None:
    """New pictures of the same kind are told apart, and another seed is another network."""
    from sklearn.metrics import roc_auc_score

    cohort = simulate(150, seed=4)
    likely = (COHORT.risk > 0.5).astype(np.int8)
    fitted = [
        PictureNetwork(random_state=seed).fit(PICTURES, likely).predict_proba(simulate_images(cohort))[:, 1]
        for seed in (0, 1)
    ]
    assert roc_auc_score(cohort.risk > 0.5, fitted[0]) > 0.9
    assert np.abs(fitted[0] - fitted[1]).max() > 1e-3


@pytest.mark.slow
def test_pictures_of_a_file_are_not_kept_in_memory(tmp_path: Any) -> None:
    """Fitting on four times the pictures takes no more memory, by less than a quarter of what they would take."""
    import subprocess
    import sys

    code = (
        "import sys, resource, numpy as np; from carebench import Images\n"
        "from carebench_plugins.shift.pictures import PictureNetwork\n"
        "images = Images.of(np.load(sys.argv[1], mmap_mode='r')); y = np.arange(len(images)) % 2\n"
        "PictureNetwork(epochs=1).fit(images, y).predict_proba(images)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for size in (1000, 8000):
        file = tmp_path / f"{size}.npy"
        np.lib.format.open_memmap(file, mode="w+", dtype=np.uint8, shape=(size, 64, 64, 3)).flush()
        done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 7000 * 12 / 4


def test_a_backbone_that_does_not_load_is_declined() -> None:
    """With the reason; one of another module is taken by its name."""
    with pytest.raises(Unsuited, match=r"no_such_library\.resnet does not load here"):
        PictureNetwork(backbone="no_such_library.resnet").fit(PICTURES, DIED)


def test_stains_without_spread_stay() -> None:
    """Unmixed and mixed again, light is what it was; with spread it moves, and differently for each picture."""
    light = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)).clamp(min=0.05)
    light[1] = light[0]
    np.testing.assert_allclose(stains.jittered(light, spread=0.0).numpy(), light.numpy(), rtol=1e-4)
    torch.manual_seed(0)
    moved = stains.jittered(light)
    assert 0.001 < float((moved - light).abs().mean()) < 0.1
    assert float((moved[0] - moved[1]).abs().mean()) > 0.001


def test_patches_are_standardised_each_by_itself() -> None:
    """Mean 0 and deviation 1 of every colour; light of one value is 0."""
    light = torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    light[2] = 0.5
    made = stains.standardised(light)
    np.testing.assert_allclose(made[:2].mean(dim=(2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(made[:2].std(dim=(2, 3), correction=0), 1, rtol=1e-4)
    assert not made[2].any()


def test_no_picture_gives_no_answer() -> None:
    """And no error."""
    fitted = PictureNetwork(epochs=1).fit(PICTURES, DIED)
    nothing = Images.of(np.zeros((0, 16, 16, 3), np.uint8))
    assert fitted.predict_proba(nothing).shape == (0, 2)
    assert fitted.features(PICTURES).shape == (150, 64)


def test_a_backbone_of_torchvision_enters_by_its_name() -> None:
    """Where torchvision loads, through the door of WILDS that makes it load here, it trains and answers."""
    pytest.importorskip("wilds", reason="wilds comes with the extra `shift`")
    from carebench_tasks import wilds_adapter

    wilds_adapter._load_torchvision()
    few = PICTURES.take(range(24))
    fitted = PictureNetwork(backbone="torchvision.models.resnet18", epochs=1, batch=12).fit(few, DIED[:24])
    risk = fitted.predict_proba(few)[:, 1]
    assert np.isfinite(risk).all()
    assert sum(each.numel() for each in fitted._body.parameters()) > 11_000_000
