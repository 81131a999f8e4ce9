"""The methods that estimate the noise, or judge labels, and mend the training by it."""

from __future__ import annotations

from carebench import FloatRange, IntRange, Model
from carebench_plugins.noisy import spaces
from carebench_plugins.noisy.entries import (
    ANCHORED,
    BOTH_TRACKS,
    ESTIMATED,
    HOME,
    LOOP,
    OUT_OF_FOLD,
    REFERENCE,
    UNSURE,
    method,
)

NORTHCUTT = "Northcutt CG, Jiang L, Chuang IL. Confident learning. J Artif Intell Res 2021;70:1373-1411."


def corrections() -> tuple[Model, ...]:
    """The methods that correct by the transition matrix, known or estimated."""
    patrini = "Patrini G et al. Making deep neural networks robust to label noise: a loss correction approach. CVPR 2017."
    forward, backward, revision = (
        {"objective": f"{HOME}.corrections.{name}"} for name in ("Forward", "Backward", "Revision")
    )
    joint = {"estimate": "confident-joint"}
    linear = {"settings": {"hidden": [], "dropout": 0.0}}
    natarajan = "Natarajan N et al. Learning with noisy labels. NeurIPS 2013."
    rows = (
        ("forward", BOTH_TRACKS, forward, "Forward correction", f"Log loss of recorded labels through T; {ANCHORED}", patrini),
        ("forward-confident-joint", ESTIMATED, forward | joint, "Forward correction, confident joint", f"Log loss of recorded labels through T, which confident learning estimates. {UNSURE}", f"{patrini} {NORTHCUTT}"),
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
        method("importance-reweighting", "corrections.ImportanceReweighted", "Importance reweighting", f"Log loss weighted by how likely each recorded label is true; {ANCHORED}", "Liu T, Tao D. Classification with noisy labels by importance reweighting. IEEE TPAMI 2016;38:447-461.", families=BOTH_TRACKS),
        method("group-correction", "corrections.GroupCorrected", "Group-aware correction", f"Backward correction by a transition matrix for each group, by anchor points. {UNSURE}", "Wang J, Liu Y, Levy C. Fair classification with group-dependent label noise. FAccT 2021."),
    )  # fmt: skip


def judges() -> tuple[Model, ...]:
    """The methods that judge each label, and leave out, mend or weight rows."""
    return (
        method("confident-prune", "relabelling.ConfidentLearning", "Confident learning, pruned", "Leaves out the rows that cleanlab calls mislabelled.", NORTHCUTT, cleanlab=True),
        method("confident-reweight", "relabelling.ConfidentLearning", "Confident learning, reweighted", "Likewise, with the rest weighted up for what its class lost.", NORTHCUTT, params={"reweight": True}, cleanlab=True),
        method("loss-mixture", "relabelling.SmallLossMixture", "Small-loss mixture", "Labels of rows with large held-out losses are mended: DivideMix for tables.", "Arazo E et al. Unsupervised label noise modeling and loss correction. ICML 2019. Li J, Socher R, Hoi SCH. DivideMix. ICLR 2020."),
        method("edited-neighbours", "relabelling.EditedNeighbours", "Edited nearest neighbours", "Leaves out rows whose label most of ten neighbours do not share.", "Wilson DL. Asymptotic properties of nearest neighbor rules using edited data. IEEE Trans SMC 1972;2:408-421."),
        method("deep-neighbours", "relabelling.EditedNeighbours", "Deep nearest neighbours", "Likewise, among neighbours in the hidden layer of a first network.", "Bahri D, Jiang H, Gupta M. Deep k-NN for noisy labels. ICML 2020.", params={"deep": True}),
        method("self-ensembling", "relabelling.SelfEnsembling", "SELF ensembling", "Labels that a running ensemble disagrees with give way to its probabilities.", "Nguyen DT et al. SELF: learning to filter noisy labels with self-ensembling. ICLR 2020."),
    )  # fmt: skip


def others() -> tuple[Model, ...]:
    """The methods for unlabelled positives, and ensembles."""
    return (
        method("elkan-noto", "positive.ElkanNoto", "Elkan-Noto", f"Risk of a recorded event over the share of events that are recorded, which is known, or the mean risk of recorded events. {UNSURE}", "Elkan C, Noto K. Learning classifiers from only positive and unlabeled data. KDD 2008.", families=BOTH_TRACKS),
        method("bagged-networks", "ensembles.BaggedNetworks", "Bagged networks", "Mean of eight plain networks on bootstrap samples.", "Breiman L. Bagging predictors. Mach Learn 1996;24:123-140.", search={"members": IntRange(4, 32, log=True)}),
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
