"""The networks on pictures as a list; separate so that showing it imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model
from carebench_plugins.families import SHIFTED
from carebench_plugins.shift import HERE, NETWORK_MODULES
from carebench_plugins.shift.losses import LOSSES
from carebench_plugins.shift.spaces import NETWORK, OWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLAIN = "cnn-mean-risk"
MEAN_RISK = f"{HERE}.risks.MeanRisk"
BACKBONE = "Four convolutions, 10 epochs, the best of them on the validation domain where there is one"
#: What one cell takes however many pictures there are, with room to spare.
MEMORY = 2 * 2**30


def models() -> Iterator[Model]:
    """Every loss under the one backbone, two ways with colours, and the backbone of WILDS."""
    for name, loss, options, title, citation in LOSSES:
        short = f"cnn-{name.removesuffix('-network')}"
        params = {"objective": f"{HERE}.{loss}", **options}
        summary = f"{BACKBONE}; loss `{loss.partition('.')[2]}`."
        yield _model(
            short, params, f"CNN, {title.removeprefix('Network, ')}", summary, citation, OWN.get(name, {})
        )
    for how, title, citation in (
        ("stain-jitter", "stains jittered", "Tellez et al. 2018, IEEE Trans Med Imaging 37:2126-2136."),
        ("patch-normalised", "patches standardised", "Ulyanov et al. 2016, arXiv:1607.08022."),
    ):
        params = {"objective": MEAN_RISK, "preparation": how}
        yield _model(f"cnn-{how}", params, f"CNN, {title}", f"{BACKBONE}; mean risk, {title}.", citation, {})
    yield _model(
        "densenet121",
        {"objective": MEAN_RISK, "backbone": "torchvision.models.densenet121"},
        "DenseNet-121, mean risk",
        "The backbone of WILDS's baselines, without pretrained weights; declined where torchvision does not load.",
        "Huang et al. 2017, CVPR; Koh et al. 2021, ICML.",
        None,
    )


def _model(
    name: str,
    params: Mapping[str, object],
    title: str,
    summary: str,
    citation: str,
    own: Mapping[str, object] | None,
) -> Model:
    return Model(
        name,
        families=SHIFTED,
        build=f"{HERE}.pictures.PictureNetwork",
        inputs="image",
        modality="image",
        params=params,
        search={} if own is None else NETWORK | dict(own),
        title=title,
        summary=summary,
        citation=citation,
        requires=("torch", "torchvision") if own is None else ("torch",),
        extra="shift",
        modules=(*NETWORK_MODULES, f"{HERE}.stains"),
        reference="" if name in (PLAIN, "densenet121") else PLAIN,
        memory=MEMORY,
    )
