"""Networks on irregular series of measurements, one module an architecture, and logistic regression as their reference.

Separate from the networks on one row a patient because these read `carebench.Series`. Listing them imports no torch.
"""

from __future__ import annotations

from typing import Any

from carebench import Choice, FloatRange, Model

FAMILIES = ("mortality",)
HERE = "carebench_plugins.series"
#: Whose code decides a network's answers, beside its own.
SHARED = (
    "carebench_plugins.neural",
    f"{HERE}.network",
    f"{HERE}.observed",
    f"{HERE}.training",
)
#: What one cell takes of 8,000 stays with 37 channels, with room to spare.
MEMORY = 2 * 2**30
#: How networks are trained, about as widely as Horn et al. 2020 searched for all of theirs.
TRAINING: dict[str, Any] = {
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "dropout": FloatRange(0.0, 0.5),
    "batch": Choice([32, 64, 128]),
}
WIDTH: dict[str, Any] = {"hidden": Choice([32, 64, 128])}
STEP: dict[str, Any] = {"step": Choice([1.0, 2.0, 4.0])}


def models() -> tuple[Model, ...]:
    """The models of this module, simplest first."""
    return (
        Model(
            "grid-logistic",
            families=FAMILIES,
            build=f"{HERE}.gridded.GridLogistic",
            inputs="series",
            modality="series",
            search={"step": Choice([4.0, 8.0, 12.0, 24.0, 48.0])},
            title="Logistic regression on a grid",
            summary="Ridge logistic regression on the means of half days and on what was measured in them.",
            citation="le Cessie S, van Houwelingen JC. Ridge estimators in logistic regression. Appl Stat 1992;41:191-201.",
            modules=("carebench_plugins.linear",),
            requires=("scikit-learn",),
            memory=MEMORY,
        ),
        _network(
            "gru",
            "recurrent.RecurrentClassifier",
            "GRU",
            "A recurrent network on hourly values carried forward, masks and time gaps.",
            "Lipton ZC, Kale DC, Wetzel R. Directly modeling missing data in sequences with RNNs. MLHC 2016;56:253-270.",
            search=WIDTH | STEP,
        ),
        _network(
            "gru-d",
            "decay.DecayClassifier",
            "GRU-D",
            "A recurrent network whose inputs fade to their means, and whose state fades, while nothing is measured.",
            "Che Z, Purushotham S, Cho K, Sontag D, Liu Y. Recurrent neural networks for multivariate time series with missing values. Sci Rep 2018;8:6085.",
            search=WIDTH | STEP,
        ),
        _network(
            "channel-wise-lstm",
            "channelwise.ChannelwiseClassifier",
            "Channel-wise LSTM",
            "A bidirectional LSTM for each channel, and one over all of them.",
            "Harutyunyan H, Khachatrian H, Kale DC, Ver Steeg G, Galstyan A. Multitask learning and benchmarking with clinical time series data. Sci Data 2019;6:96.",
            search=WIDTH | STEP | {"channel_hidden": Choice([4, 8, 16])},
        ),
        _network(
            "temporal-convolution",
            "convolution.ConvolutionClassifier",
            "Temporal convolution",
            "Dilated causal convolutions over hourly values carried forward, masks and time gaps.",
            "Bai S, Kolter JZ, Koltun V. An empirical evaluation of generic convolutional and recurrent networks for sequence modeling. arXiv:1803.01271, 2018.",
            search=WIDTH | STEP | {"kernel": Choice([2, 3, 5, 7])},
        ),
        _network(
            "transformer",
            "transformer.TransformerClassifier",
            "Transformer",
            "Self-attention between the hours of values carried forward, masks and time gaps.",
            "Vaswani A, Shazeer N, Parmar N, et al. Attention is all you need. NeurIPS 2017;30:5998-6008.",
            search=WIDTH | STEP | {"heads": Choice([1, 2, 4, 8]), "layers": Choice([1, 2, 3])},
        ),
        _network(
            "seft",
            "sets.SetClassifier",
            "SeFT",
            "Attention over the set of all measurements, with no grid and nothing filled in.",
            "Horn M, Moor M, Bock C, Rieck B, Borgwardt K. Set functions for time series. ICML 2020;119:4353-4363.",
            search=WIDTH | {"heads": Choice([1, 2, 4, 8]), "waves": Choice([8, 16, 32])},
            modules=(f"{HERE}.transformer",),
        ),
        _network(
            "mtand",
            "interpolation.InterpolationClassifier",
            "mTAND",
            "Attention over time interpolates each channel at reference points, which a recurrent network reads.",
            "Shukla SN, Marlin BM. Multi-time attention networks for irregularly sampled time series. ICLR 2021.",
            search={
                "hidden": Choice([16, 32, 64]),
                "heads": Choice([1, 2, 4]),
                "points": Choice([16, 32, 64, 128]),
            },
        ),
    )


def _network(
    name: str,
    build: str,
    title: str,
    summary: str,
    citation: str,
    *,
    search: dict[str, Any],
    modules: tuple[str, ...] = (),
) -> Model:
    return Model(
        name,
        families=FAMILIES,
        build=f"{HERE}.{build}",
        inputs="series",
        modality="series",
        search=TRAINING | search,
        title=title,
        summary=summary,
        citation=citation,
        modules=(*SHARED, *modules),
        requires=("torch",),
        memory=MEMORY,
    )
