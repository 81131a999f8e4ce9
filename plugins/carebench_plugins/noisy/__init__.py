"""Methods for learning from noisy labels: one backbone, one training loop, and what each method changes of them.

This module is their list; the methods are in the modules beside it, which need PyTorch and are imported when one is
built. The backbone of all but `savage-boosting` is the network of `erm-network`, so that differences are the method's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import FloatRange, IntRange, Model
from carebench_plugins.noisy import spaces

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME = "carebench_plugins.noisy"
#: The same network, trained plainly: what the share of the oracle gap is measured from.
REFERENCE = "erm-network"
ESTIMATED = ("noisy-labels",)
BOTH_TRACKS = ("noisy-labels", "noisy-labels-known")
LOOP = (f"{HOME}.network", f"{HOME}.loop", f"{HOME}.losses", "carebench_plugins.neural")
HOVY = "Hovy D et al. Learning whom to trust with MACE. NAACL-HLT 2013:1120-1130."
#: What such estimates of the noise rest on, and what becomes of them where it does not hold, as with most clinical outcomes.
UNSURE = "Where no patient's outcome is sure from the inputs, uncertain outcomes pass for wrong labels, and it can do harm."
ANCHORED = f"T known, or by anchor points. {UNSURE}"
OUT_OF_FOLD = (*LOOP, f"{HOME}.estimation")
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
    """The methods, plain training first."""
    return (*_losses(), *_objectives(), *_corrections(), *_judges(), *_crowds(), *_others(), *_rated())


def _losses() -> tuple[Model, ...]:
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


def _objectives() -> tuple[Model, ...]:
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


def _corrections() -> tuple[Model, ...]:
    patrini = "Patrini G et al. Making deep neural networks robust to label noise: a loss correction approach. CVPR 2017."
    northcutt = "Northcutt CG, Jiang L, Chuang IL. Confident learning. J Artif Intell Res 2021;70:1373-1411."
    forward, backward, revision = (
        {"objective": f"{HOME}.corrections.{name}"} for name in ("Forward", "Backward", "Revision")
    )
    joint = {"estimate": "confident-joint"}
    linear = {"settings": {"hidden": [], "dropout": 0.0}}
    natarajan = "Natarajan N et al. Learning with noisy labels. NeurIPS 2013."
    rows = (
        ("forward", BOTH_TRACKS, forward, "Forward correction", f"Log loss of recorded labels through T; {ANCHORED}", patrini),
        ("forward-confident-joint", ESTIMATED, forward | joint, "Forward correction, confident joint", f"Log loss of recorded labels through T, which confident learning estimates. {UNSURE}", f"{patrini} {northcutt}"),
        ("backward", BOTH_TRACKS, backward, "Backward correction", f"Log loss unbiased by the inverse of T; {ANCHORED}", patrini),
        ("unbiased-logistic", BOTH_TRACKS, backward | linear, "Unbiased logistic regression", f"Logistic regression on the unbiased loss; {ANCHORED}", natarajan),
        ("t-revision", BOTH_TRACKS, revision, "T-revision", f"Importance reweighting by T, which is revised in the second half of training; {ANCHORED}", "Xia X et al. Are anchor points really indispensable in label-noise learning? NeurIPS 2019."),
    )  # fmt: skip
    corrected = tuple(
        Model(
            name,
            families=families,
            build=f"{HOME}.corrections.CorrectedNetwork",
            params=params,
            search=spaces.space(name),
            title=title,
            summary=summary,
            citation=citation,
            requires=("torch", "scikit-learn", *(("cleanlab",) if "estimate" in params else ())),
            extra="noisy",
            modules=OUT_OF_FOLD,
            reference="" if params.get("settings") else REFERENCE,
        )
        for name, families, params, title, summary, citation in rows
    )
    return (
        *corrected,
        _method("importance-reweighting", "corrections.ImportanceReweighted", "Importance reweighting", f"Log loss weighted by how likely each recorded label is true; {ANCHORED}", "Liu T, Tao D. Classification with noisy labels by importance reweighting. IEEE TPAMI 2016;38:447-461.", families=BOTH_TRACKS),
        _method("group-correction", "corrections.GroupCorrected", "Group-aware correction", f"Backward correction by a transition matrix for each group, by anchor points. {UNSURE}", "Wang J, Liu Y, Levy C. Fair classification with group-dependent label noise. FAccT 2021."),
    )  # fmt: skip


def _judges() -> tuple[Model, ...]:
    confident = "Northcutt CG, Jiang L, Chuang IL. Confident learning. J Artif Intell Res 2021;70:1373-1411."
    return (
        _method("confident-prune", "relabelling.ConfidentLearning", "Confident learning, pruned", "Leaves out the rows that cleanlab calls mislabelled.", confident, cleanlab=True),
        _method("confident-reweight", "relabelling.ConfidentLearning", "Confident learning, reweighted", "Likewise, with the rest weighted up for what its class lost.", confident, params={"reweight": True}, cleanlab=True),
        _method("loss-mixture", "relabelling.SmallLossMixture", "Small-loss mixture", "Labels of rows with large held-out losses are mended: DivideMix for tables.", "Arazo E et al. Unsupervised label noise modeling and loss correction. ICML 2019. Li J, Socher R, Hoi SCH. DivideMix. ICLR 2020."),
        _method("edited-neighbours", "relabelling.EditedNeighbours", "Edited nearest neighbours", "Leaves out rows whose label most of ten neighbours do not share.", "Wilson DL. Asymptotic properties of nearest neighbor rules using edited data. IEEE Trans SMC 1972;2:408-421."),
        _method("deep-neighbours", "relabelling.EditedNeighbours", "Deep nearest neighbours", "Likewise, among neighbours in the hidden layer of a first network.", "Bahri D, Jiang H, Gupta M. Deep k-NN for noisy labels. ICML 2020.", params={"deep": True}),
        _method("self-ensembling", "relabelling.SelfEnsembling", "SELF ensembling", "Labels that a running ensemble disagrees with give way to its probabilities.", "Nguyen DT et al. SELF: learning to filter noisy labels with self-ensembling. ICLR 2020."),
    )  # fmt: skip


def _crowds() -> tuple[Model, ...]:
    dawid = "Dawid AP, Skene AM. Maximum likelihood estimation of observer error-rates using the EM algorithm. Appl Stat 1979;28:20-28."
    whitehill = "Whitehill J et al. Whose vote should count more. NeurIPS 2009."
    voted = {"method": "majority_vote"}
    return (
        _method("vote-share-network", "crowds.ConsensusNetwork", "Vote shares", "A network taught the share of raters who recorded the event.", "", params=voted),
        _method("dawid-skene-network", "crowds.ConsensusNetwork", "Dawid-Skene, then network", "A network taught the consensus of Dawid and Skene.", dawid),
        _method("glad-network", "crowds.ConsensusNetwork", "GLAD, then network", "A network taught the consensus of raters' skills and items' ease.", whitehill, params={"method": "glad"}),
        _method("raykar", "crowds.Raykar", "Raykar", "Network and raters' error rates learned together by EM.", "Raykar VC et al. Learning from crowds. J Mach Learn Res 2010;11:1297-1322."),
        _method("crowd-layer", "crowds.CrowdLayerNetwork", "Crowd layer", "A network whose output passes a matrix of each rater's own, learned along, on its way to that rater's labels.", "Rodrigues F, Pereira FC. Deep learning from crowds. AAAI 2018;32:1611-1618."),
        _method("mace-network", "crowds.ConsensusNetwork", "MACE, then network", "A network taught the consensus of raters who either know or guess.", HOVY, params={"method": "mace"}),
        _method("crowdlab", "crowds.Crowdlab", "CROWDLAB", "A network taught the consensus of raters and its own held-out predictions.", "Goh HW, Tkachenko U, Mueller J. CROWDLAB. arXiv:2210.06812, 2022.", cleanlab=True),
    )  # fmt: skip


def _rated() -> tuple[Model, ...]:
    dawid = "Dawid AP, Skene AM. Maximum likelihood estimation of observer error-rates using the EM algorithm. Appl Stat 1979;28:20-28."
    rows = (
        ("vote-shares", {"method": "majority_vote", "by_vote": True}, "Vote shares", "An item's probabilities are the shares of its raters.", ""),
        ("one-round-bayes", {"method": "majority_vote"}, "Bayes from vote shares", "Raters are judged once by the vote shares, then Bayes' rule: the first round of Dawid and Skene.", dawid),
        ("dawid-skene", {"method": "dawid_skene"}, "Dawid-Skene", "Class shares and each rater's confusion matrix by EM, then Bayes' rule.", dawid),
        ("mace", {"method": "mace"}, "MACE", "Raters either know or guess by a habit of their own; items are then judged by the confusion matrices that follow.", HOVY),
        ("glad", {"method": "glad"}, "GLAD", "Raters' skills and items' ease by EM; items are then judged by the confusion matrices that follow.", "Whitehill J et al. Whose vote should count more. NeurIPS 2009."),
    )  # fmt: skip
    return tuple(
        Model(
            name,
            families=("rater-consensus",),
            build=f"{HOME}.rated.RaterConsensus",
            inputs="raw",
            params=params,
            title=title,
            summary=summary,
            citation=citation,
            modules=(f"{HOME}.consensus", f"{HOME}.competence"),
        )
        for name, params, title, summary, citation in rows
    )


def _others() -> tuple[Model, ...]:
    return (
        _method("elkan-noto", "positive.ElkanNoto", "Elkan-Noto", f"Risk of a recorded event over the share of events that are recorded, which is known, or the mean risk of recorded events. {UNSURE}", "Elkan C, Noto K. Learning classifiers from only positive and unlabeled data. KDD 2008.", families=BOTH_TRACKS),
        _method("bagged-networks", "ensembles.BaggedNetworks", "Bagged networks", "Mean of eight plain networks on bootstrap samples.", "Breiman L. Bagging predictors. Mach Learn 1996;24:123-140.", search={"members": IntRange(4, 32, log=True)}),
        Model(
            "savage-boosting",
            families=ESTIMATED,
            build=f"{HOME}.ensembles.SavageBoosting",
            search={"trees": IntRange(50, 500, log=True), "learning_rate": FloatRange(0.01, 0.3, log=True)},
            title="SavageBoost",
            summary="150 boosted trees on a bounded loss, which gives up on rows that stay wrong.",
            citation="Masnadi-Shirazi H, Vasconcelos N. On the design of loss functions for classification. NeurIPS 2008.",
            requires=("lightgbm",),
            extra="boost",
            modules=LOOP,
        ),
    )  # fmt: skip


def _method(
    name: str,
    tail: str,
    title: str,
    summary: str,
    citation: str,
    *,
    families: tuple[str, ...] = ESTIMATED,
    params: Mapping[str, object] | None = None,
    cleanlab: bool = False,
    search: Mapping[str, object] | None = None,
) -> Model:
    """A model of this package, called `name`, whose class is `tail`."""
    return Model(
        name,
        families=families,
        build=f"{HOME}.{tail}",
        params=params or {},
        search=spaces.space(name) if search is None else search,
        title=title,
        summary=summary,
        citation=citation,
        requires=("torch", "scikit-learn", *(("cleanlab",) if cleanlab else ())),
        extra="noisy" if cleanlab else "",
        modules=(*OUT_OF_FOLD, f"{HOME}.consensus", f"{HOME}.competence"),
        reference=REFERENCE,
    )
