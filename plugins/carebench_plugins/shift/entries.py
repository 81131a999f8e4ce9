"""The monitors of streams and the estimators of accuracy, as lists; separate so that showing them imports no method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model
from carebench_plugins.families import DETECTED, ESTIMATED, FOLLOWED

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "carebench_plugins.shift"
#: Monitors that also stand on the board of batches, whose rows they take as a stream.
OF_BATCHES = ("adwin-risk", "conformal-martingale")
OF_RISKS = tuple(f"{HERE}.{name}" for name in ("estimators", "label_weights", "ratios"))


def models() -> Iterator[Model]:
    """Both."""
    yield from monitors()
    yield from estimators()


def monitors() -> Iterator[Model]:
    """Every monitor, those that bet among them."""
    for name, build, params, title, citation in (
        (
            "cusum-columns",
            "monitors.CumulativeSums",
            {},
            "CUSUM by column",
            "Page 1954, Biometrika 41:100-115.",
        ),
        (
            "cusum-risk",
            "monitors.CumulativeSums",
            {"of": "risk"},
            "CUSUM of a risk",
            "Page 1954, Biometrika 41:100-115.",
        ),
        (
            "page-hinkley",
            "monitors.PageHinkley",
            {},
            "Page-Hinkley test of a risk",
            "Page 1954; Mouss et al. 2004, ASCC 815-818.",
        ),
        (
            "ewma-columns",
            "monitors.MovingAverage",
            {},
            "EWMA by column",
            "Roberts 1959, Technometrics 1:239-250.",
        ),
        (
            "multivariate-ewma",
            "monitors.MultivariateMovingAverage",
            {},
            "Multivariate EWMA",
            "Lowry et al. 1992, Technometrics 34:46-53.",
        ),
        (
            "sliding-hotelling",
            "monitors.SlidingHotelling",
            {},
            "Hotelling's T-squared in a window",
            "Hotelling 1931, Ann Math Stat 2:360-378.",
        ),
        (
            "adwin-risk",
            "monitors_betting.AdaptiveWindow",
            {},
            "ADWIN of a risk",
            "Bifet and Gavalda 2007, SDM; library river, Montiel et al. 2021, JMLR 22(110).",
        ),
        (
            "adwin-columns",
            "monitors_betting.AdaptiveWindow",
            {"of": "columns"},
            "ADWIN by column",
            "Bifet and Gavalda 2007, SDM; library river, Montiel et al. 2021, JMLR 22(110).",
        ),
        (
            "conformal-martingale",
            "monitors_betting.ConformalMartingale",
            {},
            "Conformal test martingale",
            "Vovk et al. 2021, COPA (PMLR 152).",
        ),
        (
            "conformal-cusum",
            "monitors_betting.ConformalMartingale",
            {"restarted": True},
            "Conformal CUSUM",
            "Vovk et al. 2021, COPA (PMLR 152).",
        ),
    ):
        yield Model(
            name,
            families=(*FOLLOWED, *DETECTED) if name in OF_BATCHES else FOLLOWED,
            build=f"{HERE}.{build}",
            params=params,
            title=title,
            summary=f"{title}: an alarm as soon as a stream leaves the reference.",
            citation=citation,
            requires=("scikit-learn", "river") if "adwin" in name else ("scikit-learn",),
            extra="shift",
            modules=(f"{HERE}.detectors", f"{HERE}.monitors"),
        )


def estimators() -> Iterator[Model]:
    """Every estimator, those that look at inputs among them."""
    for name, build, params, title, citation in (
        ("source-accuracy", "estimators.SourceAccuracy", {}, "Source accuracy", ""),
        (
            "average-confidence",
            "estimators.AverageConfidence",
            {},
            "Average confidence",
            "Hendrycks and Gimpel 2017, ICLR.",
        ),
        (
            "calibrated-confidence",
            "estimators.AverageConfidence",
            {"calibrated": True},
            "Average confidence, recalibrated",
            "Guo et al. 2017, ICML; Alexandari et al. 2020, ICML.",
        ),
        (
            "atc",
            "estimators.ThresholdedConfidence",
            {},
            "Average thresholded confidence",
            "Garg et al. 2022, ICLR.",
        ),
        (
            "difference-of-confidences",
            "estimators.DifferenceOfConfidences",
            {},
            "Difference of confidences",
            "Guillory et al. 2021, ICCV.",
        ),
        (
            "regressed-confidences",
            "estimators.RegressedConfidences",
            {},
            "Difference of confidences, regressed",
            "Guillory et al. 2021, ICCV.",
        ),
        (
            "confidence-transport",
            "estimators.ConfidenceTransport",
            {},
            "Confidence optimal transport",
            "Lu et al. 2023, NeurIPS.",
        ),
        (
            "label-shift-accuracy",
            "estimators.LabelShiftAccuracy",
            {},
            "Accuracy under estimated label weights",
            "Saerens et al. 2002, Neural Comput 14:21-41; Alexandari et al. 2020, ICML.",
        ),
        (
            "importance-accuracy",
            "estimators_of_inputs.ImportanceAccuracy",
            {"ratio": "classifier_ratio"},
            "Importance-weighted accuracy, domain classifier",
            "Sugiyama et al. 2007, JMLR 8:985-1005.",
        ),
        (
            "importance-accuracy-ulsif",
            "estimators_of_inputs.ImportanceAccuracy",
            {"ratio": "ulsif"},
            "Importance-weighted accuracy, uLSIF",
            "Sugiyama et al. 2007, JMLR 8:985-1005; Kanamori et al. 2009, JMLR 10:1391-1445.",
        ),
        (
            "reverse-accuracy",
            "estimators_of_inputs.ReverseAccuracy",
            {},
            "Reverse classification accuracy",
            "Fan and Davidson 2006, SDM; Valindria et al. 2017, IEEE TMI 36:1597-1606.",
        ),
        (
            "disagreement",
            "estimators_of_inputs.Agreement",
            {},
            "Agreement with a second classifier",
            "Jiang et al. 2022, ICLR.",
        ),
    ):
        yield Model(
            name,
            families=ESTIMATED,
            build=f"{HERE}.{build}",
            params=params,
            inputs="raw",
            title=title,
            summary=f"{title}: how often a frozen classifier is right where no outcome is known.",
            citation=citation,
            requires=("scikit-learn",),
            modules=OF_RISKS,
        )
