"""The methods that change the loss alone, or the objective that a batch is trained on."""

from __future__ import annotations

from carebench import Model
from carebench_plugins.noisy import spaces
from carebench_plugins.noisy.entries import BOTH_TRACKS, ESTIMATED, HOME, LOOP, OUT_OF_FOLD, REFERENCE

#: Losses by name of the model: function, title, summary, citation.
LOSSES = {
    "erm-network": (
        "cross_entropy",
        "Plain network",
        "One hidden layer trained on the log loss as if all labels were right: the reference of the family.",
        "Rumelhart DE, Hinton GE, Williams RJ. Learning representations by back-propagating errors. Nature 1986;323:533-536.",
    ),
    "label-smoothing": (
        "label_smoothing",
        "Label smoothing",
        "Log loss against labels softened by a tenth.",
        "Lukasik M et al. Does label smoothing mitigate label noise? ICML 2020.",
    ),
    "bootstrap-soft": (
        "bootstrap_soft",
        "Bootstrap, soft",
        "Log loss against a mix of label and own probability, 95 to 5.",
        "Reed S et al. Training deep neural networks on noisy labels with bootstrapping. ICLR workshop 2015.",
    ),
    "bootstrap-hard": (
        "bootstrap_hard",
        "Bootstrap, hard",
        "Log loss against a mix of label and own decision, 80 to 20.",
        "Reed S et al. Training deep neural networks on noisy labels with bootstrapping. ICLR workshop 2015.",
    ),
    "mean-absolute-error": (
        "absolute_error",
        "Mean absolute error",
        "Absolute error of the probabilities, robust to symmetric noise, slow to learn.",
        "Ghosh A, Kumar H, Sastry PS. Robust loss functions under label noise for deep neural networks. AAAI 2017.",
    ),
    "generalised-cross-entropy": (
        "generalised_cross_entropy",
        "Generalised cross-entropy",
        "A loss between log loss and absolute error, q = .7.",
        "Zhang Z, Sabuncu MR. Generalized cross entropy loss for training deep neural networks with noisy labels. NeurIPS 2018.",
    ),
    "symmetric-cross-entropy": (
        "symmetric_cross_entropy",
        "Symmetric cross-entropy",
        "A tenth of the log loss and the reverse cross-entropy.",
        "Wang Y et al. Symmetric cross entropy for robust learning with noisy labels. ICCV 2019.",
    ),
    "active-passive": (
        "active_passive",
        "Active and passive loss",
        "Normalised log loss and reverse cross-entropy.",
        "Ma X et al. Normalized loss functions for deep learning with noisy labels. ICML 2020.",
    ),
    "bi-tempered": (
        "bi_tempered",
        "Bi-tempered logistic loss",
        "A bounded loss of heavy-tailed probabilities, temperatures .8 and 1.2.",
        "Amid E et al. Robust bi-tempered logistic loss based on Bregman divergences. NeurIPS 2019.",
    ),
}
#: Objectives by name of the model: dotted tail, title, summary, citation.
OBJECTIVES = {
    "mixup": (
        "objectives.Mixup",
        "Mixup",
        "Log loss of convex mixtures of two rows and their labels.",
        "Zhang H et al. mixup: beyond empirical risk minimization. ICLR 2018.",
    ),
    "early-learning": (
        "objectives.EarlyLearning",
        "Early-learning regularisation",
        "Log loss, with a term that holds the network to what it believed early on.",
        "Liu S et al. Early-learning regularization prevents memorization of noisy labels. NeurIPS 2020.",
    ),
    "co-teaching": (
        "objectives.CoTeaching",
        "Co-teaching",
        "Two networks, each trained on the 80 % of a batch that the other finds easy.",
        "Han B et al. Co-teaching: robust training of deep neural networks with extremely noisy labels. NeurIPS 2018.",
    ),
    "jocor": (
        "objectives.JoCoR",
        "JoCoR",
        "Two networks that must agree, trained on the 80 % of a batch that both find easy.",
        "Wei H et al. Combating noisy labels by agreement: a joint training method with co-regularization. CVPR 2020.",
    ),
    "nnpu": (
        "objectives.NonNegativePU",
        "Non-negative PU",
        "Recorded events are events and the rest is unlabelled; seven events in ten are assumed recorded.",
        "Kiryo R et al. Positive-unlabeled learning with non-negative risk estimator. NeurIPS 2017.",
    ),
    "volume-minimisation": (
        "corrections.VolumeMinimisation",
        "VolMinNet",
        "Forward correction by a transition matrix learned along, of least volume.",
        "Li X et al. Provably end-to-end label-noise learning without anchor points. ICML 2021.",
    ),
}


def models() -> tuple[Model, ...]:
    """The methods of this module, plain training first."""
    return (*losses(), *objectives())


def losses() -> tuple[Model, ...]:
    """One network for each loss of `LOSSES`."""
    return tuple(
        Model(
            name,
            families=BOTH_TRACKS if name == "erm-network" else ESTIMATED,
            build=f"{HOME}.spaces.network",
            params={"loss": f"{HOME}.losses.{function}"},
            search=spaces.space(name),
            title=title,
            summary=summary,
            citation=citation,
            requires=("torch",),
            modules=LOOP,
            reference="" if name == REFERENCE else REFERENCE,
        )
        for name, (function, title, summary, citation) in LOSSES.items()
    )


def objectives() -> tuple[Model, ...]:
    """One network for each objective of `OBJECTIVES`."""
    return tuple(
        Model(
            name,
            families=ESTIMATED,
            build=f"{HOME}.spaces.network",
            params={"objective": f"{HOME}.{tail}"},
            search=spaces.space(name),
            title=title,
            summary=summary,
            citation=citation,
            requires=("torch",),
            modules=(*OUT_OF_FOLD, f"{HOME}.{tail.partition('.')[0]}"),
            reference=REFERENCE,
        )
        for name, (tail, title, summary, citation) in OBJECTIVES.items()
    )
