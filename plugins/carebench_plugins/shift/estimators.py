"""Estimators of a frozen classifier's accuracy from its risks alone: thresholds, averages and differences of confidence.

Separate from those that look at inputs. All have `fit(X, y, *, risk)` on labelled source rows and `estimate_accuracy(X, risk)`
of a batch; confidence is max(risk, 1 - risk), and the classifier is right where risk >= .5 is what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.families import ESTIMATED
from carebench_plugins.shift import label_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HERE = "carebench_plugins.shift"
MODULES = tuple(f"{HERE}.{name}" for name in ("estimators", "label_weights", "ratios"))
SMALL = 1e-6


def models() -> Iterator[Model]:
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
            modules=MODULES,
        )


class SourceAccuracy:
    """The accuracy on the labelled source rows, for every batch: the baseline, whose skill is 0."""

    def fit(self, X: pd.DataFrame, y: NDArray[np.generic], *, risk: Floats) -> SourceAccuracy:
        """Remember the source rows' risks and answers."""
        import numpy as np

        self._risk = np.asarray(risk, np.float64)
        self._event = np.asarray(y) == 1
        self._right = (self._risk >= 0.5) == self._event
        self._accuracy = float(self._right.mean())
        self._prepare(X)
        return self

    def _prepare(self, X: pd.DataFrame) -> None:
        """What else is learned from the source."""

    def estimate_accuracy(self, X: pd.DataFrame, risk: Floats) -> float:
        """The estimate, from 0 to 1; the source's accuracy for a batch of nobody."""
        if not len(risk):
            return self._accuracy
        return min(1.0, max(0.0, float(self._estimate(X, risk))))

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        del X, risk
        return self._accuracy


class AverageConfidence(SourceAccuracy):
    """Mean of max(p, 1 - p): unbiased wherever the risks are calibrated. Source: Hendrycks and Gimpel 2017, ICLR.

    Args:
        calibrated: whether risks are first recalibrated on the source with a slope and an intercept of their log-odds
            (bias-corrected temperature scaling, which is that for two labels).
    """

    def __init__(self, *, calibrated: bool = False) -> None:
        self.calibrated = calibrated

    def _prepare(self, X: pd.DataFrame) -> None:
        del X
        if self.calibrated:
            self._calibration = calibration(self._risk, self._event)

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        """The mean chance that the frozen classifier's own call is what happens."""
        import numpy as np

        del X
        told = self._calibration.predict_proba(logits(risk))[:, 1] if self.calibrated else risk
        return float(np.where(risk >= 0.5, told, 1 - told).mean())


class ThresholdedConfidence(SourceAccuracy):
    """The share of the batch whose confidence exceeds a threshold that as many source rows exceed as are right: ATC.

    Confidence ranks two classes as their negative entropy does, so that both variants of the paper are one here.

    Source: Garg, Balakrishnan, Lipton, Neyshabur and Sedghi 2022, ICLR, equations 1 and 2.
    """

    def _prepare(self, X: pd.DataFrame) -> None:
        import numpy as np

        del X
        wrong = int((~self._right).sum())
        ranked = np.sort(confidence(self._risk))
        self._threshold = -np.inf if not wrong else ranked[wrong - 1]

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        del X
        return float((confidence(risk) > self._threshold).mean())


class DifferenceOfConfidences(SourceAccuracy):
    """Source accuracy less the fall of the average confidence: DoC. Source: Guillory et al. 2021, ICCV."""

    def _prepare(self, X: pd.DataFrame) -> None:
        del X
        self._confidence = float(confidence(self._risk).mean())

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        del X
        return self._accuracy - self._fall(risk)

    def _fall(self, risk: Floats) -> float:
        return self._confidence - float(confidence(risk).mean())


class RegressedConfidences(DifferenceOfConfidences):
    """The same with a slope: how much accuracy falls where confidence does, by least squares over made shifts of the source.

    Each of 200 made shifts draws 200 source rows with odds exp(t r), r the rank of their confidence or of their risk and t
    normal of deviation 2; the line passes through no fall.

    Source: Guillory, Shankar, Ebrahimi, Darrell and Schmidt 2021, ICCV (regression on known shifts).

    Args:
        random_state: seed of the made shifts.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def _prepare(self, X: pd.DataFrame) -> None:
        import numpy as np
        from scipy.stats import rankdata

        super()._prepare(X)
        draw, size = np.random.default_rng(self.random_state), len(self._risk)
        ranks: list[Floats] = [rankdata(each) / size for each in (confidence(self._risk), self._risk)]
        falls = np.empty((200, 2))
        for number in range(len(falls)):
            odds = np.exp(draw.normal(0, 2) * ranks[number % 2])
            rows = draw.choice(size, 200, p=odds / odds.sum())
            falls[number] = self._fall(self._risk[rows]), self._accuracy - self._right[rows].mean()
        self._slope = float(falls[:, 0] @ falls[:, 1]) / max(float(falls[:, 0] @ falls[:, 0]), SMALL)

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        del X
        return self._accuracy - self._slope * self._fall(risk)


class ConfidenceTransport(SourceAccuracy):
    """One minus the least cost of moving the batch's risks onto labels in the source's shares: COT.

    For two labels the cost of moving (p, 1 - p) to a label is |label - p|, and the largest risks go to label 1.

    Source: Lu, Qin, Zhai et al. 2023, Characterizing out-of-distribution error via optimal transport, NeurIPS.
    """

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        import numpy as np

        del X
        events = self._event.mean() * len(risk)
        share = np.clip(events - np.arange(len(risk)), 0, 1)
        ranked = np.sort(risk)[::-1]
        return 1 - float(np.mean(share * (1 - ranked) + (1 - share) * ranked))


class LabelShiftAccuracy(SourceAccuracy):
    """Source accuracy of each answer, mixed by the answers' shares in the batch, which EM estimates from recalibrated risks.

    Exact where inputs given the answer are as in the source.

    Source: Saerens et al. 2002, Neural Computation 14:21-41; Alexandari et al. 2020, ICML.
    """

    def _prepare(self, X: pd.DataFrame) -> None:
        del X
        self._calibration = calibration(self._risk, self._event)
        self._prevalence = float(self._event.mean())
        self._each = [float(self._right[self._event == answer].mean()) for answer in (False, True)]

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        del X
        told = self._calibration.predict_proba(logits(risk))[:, 1]
        weight = label_weights.expectation_maximisation(told, self._prevalence)
        share = min(1.0, max(0.0, float(weight[1]) * self._prevalence))
        return (1 - share) * self._each[0] + share * self._each[1]


def confidence(risk: Floats) -> Floats:
    """The probability of the answer that the classifier gives: max(p, 1 - p)."""
    import numpy as np

    return np.maximum(risk, 1 - risk)


def logits(risk: Floats) -> Floats:
    """Log-odds within plus or minus 13.8, shape (n, 1)."""
    import numpy as np
    from scipy.special import logit

    return np.asarray(logit(np.clip(risk, SMALL, 1 - SMALL)))[:, None]


def calibration(risk: Floats, event: NDArray[np.bool_]) -> Any:
    """A logistic regression of the answer on the log-odds: slope and intercept."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1e6).fit(logits(risk), event)
