"""The methods that learn from several raters: networks taught by their consensus, and the consensus itself."""

from __future__ import annotations

from carebench import Model
from carebench_plugins.noisy.entries import HOME, method

DAWID = "Dawid AP, Skene AM. Maximum likelihood estimation of observer error-rates using the EM algorithm. Appl Stat 1979;28:20-28."
WHITEHILL = "Whitehill J et al. Whose vote should count more. NeurIPS 2009."
HOVY = "Hovy D et al. Learning whom to trust with MACE. NAACL-HLT 2013:1120-1130."


def crowds() -> tuple[Model, ...]:
    """Networks taught by several raters' labels."""
    voted = {"method": "majority_vote"}
    return (
        method("vote-share-network", "crowds.ConsensusNetwork", "Vote shares", "A network taught the share of raters who recorded the event.", "", params=voted),
        method("dawid-skene-network", "crowds.ConsensusNetwork", "Dawid-Skene, then network", "A network taught the consensus of Dawid and Skene.", DAWID),
        method("glad-network", "crowds.ConsensusNetwork", "GLAD, then network", "A network taught the consensus of raters' skills and items' ease.", WHITEHILL, params={"method": "glad"}),
        method("raykar", "crowds.Raykar", "Raykar", "Network and raters' error rates learned together by EM.", "Raykar VC et al. Learning from crowds. J Mach Learn Res 2010;11:1297-1322."),
        method("crowd-layer", "crowds.CrowdLayerNetwork", "Crowd layer", "A network whose output passes a matrix of each rater's own, learned along, on its way to that rater's labels.", "Rodrigues F, Pereira FC. Deep learning from crowds. AAAI 2018;32:1611-1618."),
        method("mace-network", "crowds.ConsensusNetwork", "MACE, then network", "A network taught the consensus of raters who either know or guess.", HOVY, params={"method": "mace"}),
        method("crowdlab", "crowds.Crowdlab", "CROWDLAB", "A network taught the consensus of raters and its own held-out predictions.", "Goh HW, Tkachenko U, Mueller J. CROWDLAB. arXiv:2210.06812, 2022.", cleanlab=True),
    )  # fmt: skip


def rated() -> tuple[Model, ...]:
    """What judges items by raters' labels alone."""
    rows = (
        ("vote-shares", {"method": "majority_vote", "by_vote": True}, "Vote shares", "An item's probabilities are the shares of its raters.", ""),
        ("one-round-bayes", {"method": "majority_vote"}, "Bayes from vote shares", "Raters are judged once by the vote shares, then Bayes' rule: the first round of Dawid and Skene.", DAWID),
        ("dawid-skene", {"method": "dawid_skene"}, "Dawid-Skene", "Class shares and each rater's confusion matrix by EM, then Bayes' rule.", DAWID),
        ("mace", {"method": "mace"}, "MACE", "Raters either know or guess by a habit of their own; items are then judged by the confusion matrices that follow.", HOVY),
        ("glad", {"method": "glad"}, "GLAD", "Raters' skills and items' ease by EM; items are then judged by the confusion matrices that follow.", WHITEHILL),
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
