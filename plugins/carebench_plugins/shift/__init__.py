"""Methods for data that shift: networks with a loss each, and methods around one logistic regression.

The list stands apart from the methods so that showing it imports none of the libraries that do the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model
from carebench_plugins.families import ADAPTED, SHIFTED
from carebench_plugins.shift.losses import LOSSES
from carebench_plugins.shift.spaces import LOGISTIC, NETWORK, OWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = "carebench_plugins.shift"
NETWORK_MODULES = tuple(f"{HERE}.{name}" for name in ("alignment", "label_weights", "network", "risks"))
LOGISTIC_MODULES = tuple(f"{HERE}.{name}" for name in ("label_weights", "logistic", "ratios"))
#: The plain methods of the two backbones, for the share of the oracle gap.
PLAIN_NETWORK, PLAIN_LOGISTIC = "mean-risk-network", "erm-logistic"
BACKBONE = "Two hidden layers (64, 32), 20 epochs"


def models() -> Iterator[Model]:
    """The methods of this package."""
    yield from _networks()
    yield from _refitted()
    yield from _logistic()
    yield from _adapted()
    yield from _updated()


def _networks() -> Iterator[Model]:
    for name, loss, options, title, citation in LOSSES:
        yield _model(
            name,
            f"{HERE}.spaces.network",
            SHIFTED,
            {"objective": f"{HERE}.{loss}", **options},
            title=title,
            summary=f"{BACKBONE}; loss `{loss.partition('.')[2]}`.",
            citation=citation,
            search=NETWORK | OWN.get(name, {}),
        )


def _refitted() -> Iterator[Model]:
    for name, build, families, title, summary, citation in (
        (
            "just-train-twice",
            "JustTrainTwice",
            SHIFTED,
            "Just train twice",
            "Rows that a short training got wrong count three times in the second.",
            "Liu et al. 2021, ICML.",
        ),
        (
            "dfr",
            "LastLayerRetrained",
            SHIFTED,
            "Deep feature reweighting",
            "The last layer anew on a held-out fifth, balanced by domain and answer; risks corrected back.",
            "Kirichenko et al. 2023, ICLR.",
        ),
        (
            "tent",
            "EntropyMinimised",
            ADAPTED,
            "TENT",
            "Scales and offsets of the features moved until the target's risks are surer.",
            "Wang et al. 2021, ICLR.",
        ),
    ):
        yield _model(
            name,
            f"{HERE}.refitted.{build}",
            families,
            {},
            title=title,
            summary=summary,
            citation=citation,
            search=OWN.get(name),
        )


def _logistic() -> Iterator[Model]:
    for name, build, params, title, summary in (
        (
            PLAIN_LOGISTIC,
            "Logistic",
            {},
            "Logistic regression, fixed penalty",
            "The plain method of the same penalty.",
        ),
        (
            "reweighted-logistic",
            "GroupBalanced",
            {"by": "weights"},
            "Logistic, groups weighted equally",
            "Every domain and answer counts equally; risks corrected back.",
        ),
        (
            "subsampled-logistic",
            "GroupBalanced",
            {"by": "subsampling"},
            "Logistic, groups of equal size",
            "As many rows of each domain and answer; risks corrected back.",
        ),
        (
            "leave-one-domain-out",
            "LeaveOneDomainOut",
            {},
            "Logistic, penalty by leave-one-domain-out",
            "The penalty under which a domain is best predicted from the others.",
        ),
        (
            "site-ensemble",
            "SiteEnsemble",
            {},
            "Logistic, one a domain",
            "Log-odds averaged over a regression for each domain.",
        ),
    ):
        yield _model(
            name,
            f"{HERE}.logistic.{build}" if build == "Logistic" else f"{HERE}.logistic_groups.{build}",
            SHIFTED,
            params,
            title=title,
            summary=summary,
            citation="Idrissi et al. 2022, CLeaR." if "Balanced" in build else "",
            search=LOGISTIC if build in ("Logistic", "GroupBalanced", "SiteEnsemble") else {},
        )


def _adapted() -> Iterator[Model]:
    for name, build, params, title, citation in (
        (
            "importance-classifier",
            "ImportanceWeighted",
            {"ratio": "classifier_ratio"},
            "Importance weights, domain classifier",
            "Bickel et al. 2009, JMLR 10:2137-2155.",
        ),
        (
            "importance-kmm",
            "ImportanceWeighted",
            {"ratio": "kernel_mean_matching"},
            "Importance weights, kernel mean matching",
            "Huang et al. 2007, NeurIPS.",
        ),
        (
            "importance-kliep",
            "ImportanceWeighted",
            {"ratio": "kliep"},
            "Importance weights, KLIEP",
            "Sugiyama et al. 2008, Ann Inst Stat Math 60:699-746.",
        ),
        (
            "importance-ulsif",
            "ImportanceWeighted",
            {"ratio": "ulsif"},
            "Importance weights, uLSIF",
            "Kanamori et al. 2009, JMLR 10:1391-1445.",
        ),
        (
            "bbse",
            "LabelWeighted",
            {"method": "bbse"},
            "Black-box shift estimation",
            "Lipton et al. 2018, ICML.",
        ),
        (
            "rlls",
            "LabelWeighted",
            {"method": "rlls"},
            "Regularised label-shift learning",
            "Azizzadenesheli et al. 2019, ICLR.",
        ),
        (
            "em-label-shift",
            "LabelWeighted",
            {"method": "em"},
            "EM with bias-corrected temperature scaling",
            "Saerens et al. 2002, Neural Comput 14:21-41; Alexandari et al. 2020, ICML.",
        ),
        ("shallow-coral", "ShallowCoral", {}, "Shallow CORAL", "Sun et al. 2016, AAAI."),
        (
            "optimal-transport",
            "OptimalTransport",
            {},
            "Optimal-transport mapping",
            "Courty et al. 2017, IEEE TPAMI 39:1853-1865; library POT, Flamary et al. 2021, JMLR 22(78).",
        ),
    ):
        yield _model(
            name,
            f"{HERE}.logistic.{build}",
            ADAPTED,
            params,
            title=title,
            summary=f"Logistic regression; {title[0].lower()}{title[1:]} from the unlabelled target.",
            citation=citation,
            search=LOGISTIC,
            requires=("scikit-learn", "POT") if name == "optimal-transport" else ("scikit-learn",),
        )


def _updated() -> Iterator[Model]:
    for name, update, title in (
        ("recalibrated-intercept", "intercept", "Logistic, intercept updated"),
        ("recalibrated-slope", "slope", "Logistic, intercept and slope updated"),
        ("prior-corrected", "prevalence", "Logistic, prevalence updated"),
    ):
        yield _model(
            name,
            f"{HERE}.logistic_updates.Updated",
            ADAPTED,
            {"update": update},
            title=title,
            summary=f"{title} by the few answers of the target that are told; declined where none is.",
            citation="Saerens et al. 2002, Neural Comput 14:21-41."
            if update == "prevalence"
            else "Steyerberg et al. 2004, Stat Med 23:2567-2586.",
            search=LOGISTIC,
            requires=("scikit-learn",),
        )


def _model(
    name: str,
    build: str,
    families: Sequence[str],
    params: Mapping[str, object],
    *,
    title: str,
    summary: str,
    citation: str,
    search: Mapping[str, object] | None = None,
    requires: Sequence[str] = ("torch", "scikit-learn"),
) -> Model:
    plain = PLAIN_LOGISTIC if ".logistic" in build else PLAIN_NETWORK
    return Model(
        name,
        families=families,
        build=build,
        params=params,
        search=search or {},
        title=title,
        summary=summary,
        citation=citation,
        requires=requires,
        extra="shift",
        modules=LOGISTIC_MODULES if ".logistic" in build else NETWORK_MODULES,
        reference="" if name == plain else plain,
    )
