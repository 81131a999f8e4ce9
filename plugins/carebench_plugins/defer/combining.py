"""Deciding with the human instead of handing over: once asked, his word is weighed against the model's risk.

Separate because these methods answer a further question: what to decide if he says 0, and if he says 1. Whom to ask is
ranked by what his word is worth: the expected confidence after it less the confidence before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.defer.classifiers import classifier, held_out_risk
from carebench_plugins.defer.experts import best_expert, rightness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = tuple(f"carebench_plugins.defer.{name}" for name in ("classifiers", "experts"))
SMALLEST = 1e-6


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _model(
            "combine-confusion-matrix",
            "ConfusionMatrix",
            "Combination by confusion matrix",
            "Bayes' rule on the model's calibrated risk and the human's sensitivity and specificity.",
            "Kerrigan G, Smyth P, Steyvers M. Combining human predictions with model probabilities via confusion matrices and calibration. NeurIPS 2021.",
        ),
        _model(
            "combine-logistic",
            "LogisticOnBoth",
            "Logistic regression on both",
            "Logistic regression of the outcome on the model's held-out log-odds and the human's decision.",
            "Knaus WA, Harrell FE, Lynn J, et al. The SUPPORT prognostic model. Ann Intern Med 1995;122:191-203. Steyvers M, Tejeda H, Kerrigan G, Smyth P. Bayesian modeling of human-AI complementarity. PNAS 2022;119:e2111547119.",
        ),
        _model(
            "conformal-sets",
            "ConformalSets",
            "Conformal sets",
            "Asks the human where a class-wise conformal set holds both outcomes, its level chosen on held-out decisions.",
            "Straitouri E, Wang L, Okati N, Gomez Rodriguez M. Improving expert predictions with conformal prediction. ICML 2023. Babbar V, Bhatt U, Weller A. On the utility of prediction sets in human-AI teams. IJCAI 2022.",
        ),
    )


def _model(name: str, build: str, title: str, summary: str, citation: str) -> Model:
    return Model(
        name,
        families=("defer",),
        build=f"carebench_plugins.defer.combining.{build}",
        title=title,
        summary=summary,
        citation=citation,
        modules=MODULES,
        requires=("scikit-learn",),
    )


class ConfusionMatrix:
    """P(y | m, h) proportional to m_y P(h | y): m the risk, recalibrated on held-out folds, and P(h | y) the expert's confusion matrix.

    Counts of the matrix begin at one. More than one expert: the one who is right most often.

    Args:
        random_state: seed of folds and classifier.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]
    ) -> ConfusionMatrix:
        """Fit on n training rows, the matrix on those that the expert decided.

        Raises:
            Unsuited: where no decision is known.
        """
        import numpy as np

        said = _known_word(expert, y)
        self._classifier = classifier("logistic", self.random_state).fit(X, y)
        self.classes_ = self._classifier.classes_
        held_out = held_out_risk(classifier("logistic", self.random_state), X, y, self.random_state)
        self._learn(_logits(held_out), np.asarray(y, int), said)
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities before the human is asked, shape (n, 2)."""
        import numpy as np

        risk = self._before(self._score(X))
        return np.column_stack([1 - risk, risk])

    def predict_with_human(self, X: NDArray[np.floating]) -> Floats:
        """Probability of the event if he says 0, and if he says 1, shape (n, 2)."""
        import numpy as np

        score = self._score(X)
        return np.column_stack([self._after(score, 0), self._after(score, 1)])

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Expected confidence after his word less the confidence before, shape (n,); above 0 it can change a decision."""
        import numpy as np

        before, score = self.predict_proba(X).max(axis=1), self._score(X)
        worth = sum(
            self._says(score, word) * np.maximum(self._after(score, word), 1 - self._after(score, word))
            for word in (0, 1)
        )
        return np.asarray(worth - before - SMALLEST)

    def _learn(self, score: Floats, y: NDArray[np.int64], said: NDArray[np.int8]) -> None:
        import numpy as np

        self._calibration = classifier("logistic", self.random_state).fit(score[:, None], y)
        counts = np.array([[np.sum((y == truth) & (said == word)) for word in (0, 1)] for truth in (0, 1)])
        self._matrix = (counts + 1) / (counts + 1).sum(axis=1, keepdims=True)

    def _score(self, X: NDArray[np.floating]) -> Floats:
        import numpy as np

        classes = list(self._classifier.classes_)
        table = self._classifier.predict_proba(X)
        return _logits(table[:, classes.index(1)] if 1 in classes else np.zeros(len(X)))

    def _before(self, score: Floats) -> Floats:
        import numpy as np

        table = self._calibration.predict_proba(score[:, None])
        return np.asarray(
            table[:, 1] if table.shape[1] == 2 else table[:, 0] * float(self._calibration.classes_[0])
        )

    def _after(self, score: Floats, word: int) -> Floats:
        """Probability of the event given his word, shape (n,)."""
        import numpy as np

        return np.asarray(self._before(score) * self._matrix[1, word] / self._says(score, word))

    def _says(self, score: Floats, word: int) -> Floats:
        """Probability that he says this word, shape (n,)."""
        import numpy as np

        risk = self._before(score)
        return np.asarray(risk * self._matrix[1, word] + (1 - risk) * self._matrix[0, word])


class LogisticOnBoth(ConfusionMatrix):
    """logit P(y | m, h) = a + b logit m + c h + d h logit m, m on held-out folds, and a logistic regression of h on logit m.

    The risk before he is asked follows: sum_h P(h | m) P(y | m, h).
    """

    def _learn(self, score: Floats, y: NDArray[np.int64], said: NDArray[np.int8]) -> None:
        known = said >= 0
        word = said[known]
        self._both = classifier("logistic", self.random_state).fit(_terms(score[known], word), y[known])
        self._word = classifier("logistic", self.random_state).fit(score[known][:, None], word)

    def _before(self, score: Floats) -> Floats:
        import numpy as np

        return np.asarray(sum(self._says(score, word) * self._after(score, word) for word in (0, 1)))

    def _after(self, score: Floats, word: int) -> Floats:
        import numpy as np

        return _chance_of(self._both, _terms(score, np.full(len(score), word)), 1)

    def _says(self, score: Floats, word: int) -> Floats:
        return _chance_of(self._word, score[:, None], word)


class ConformalSets:
    """Split-conformal sets by class; the human decides within the set, so he is asked where it holds both outcomes.

    The p-value of outcome k at x is the share of held-out training rows with outcome k, itself counted, whose risk of k is not
    higher. The set at level a holds the outcomes with p-value over a; with none or one the model decides. The score is
    the smaller p-value less the level, and the level the one, of 99, with the most right decisions on held-out rows.

    Args:
        random_state: seed of folds and classifier.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]
    ) -> ConformalSets:
        """Fit on n training rows, the level on those that the best expert decided.

        Raises:
            Unsuited: where no decision is known, or only one outcome was seen.
        """
        import numpy as np

        said, died = _known_word(expert, y), np.asarray(y, int)
        if len(np.unique(died)) < 2:
            raise Unsuited("needs training rows of both outcomes")
        self._classifier = classifier("logistic", self.random_state).fit(X, died)
        self.classes_ = self._classifier.classes_
        risk = held_out_risk(classifier("logistic", self.random_state), X, died, self.random_state)
        self._calibration = tuple(
            np.sort(np.where(died == k, risk if k else 1 - risk, np.nan)) for k in (0, 1)
        )
        known = said >= 0
        smaller = self._smaller(risk)[known]
        alone, human = ((risk > 0.5) == died)[known], said[known] == died[known]
        levels = np.arange(1, 100) / 100
        right = [np.where(smaller > level, human, alone).mean() for level in levels]
        self._level = float(levels[int(np.argmax(right))])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._classifier.predict_proba(X)  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """The smaller p-value less the level, shape (n,); above 0 the set holds both outcomes."""
        return self._smaller(self.predict_proba(X)[:, 1]) - self._level

    def _smaller(self, risk: Floats) -> Floats:
        import numpy as np

        values = []
        for outcome, scores in enumerate(self._calibration):
            known = scores[~np.isnan(scores)]
            own = risk if outcome else 1 - risk
            values.append((np.searchsorted(known, own, side="right") + 1) / (len(known) + 1))
        return np.minimum(*values)


def _known_word(expert: NDArray[np.int8], y: NDArray[np.generic]) -> NDArray[np.int8]:
    """What the best expert said, shape (n,), -1 where it is not known."""
    import numpy as np

    best = best_expert(expert, y)
    if np.isnan(rightness(expert, y)[:, best]).all():
        raise Unsuited("no decision of the expert is known")
    return expert[:, best]


def _chance_of(fitted: Any, X: NDArray[np.floating], word: int) -> Floats:
    """Probability of a class, shape (n,), bounded away from 0 and 1."""
    import numpy as np

    classes = list(fitted.classes_)
    table = fitted.predict_proba(X)
    chance = table[:, classes.index(word)] if word in classes else np.zeros(len(X))
    return np.clip(chance, SMALLEST, 1 - SMALLEST)


def _terms(score: Floats, word: NDArray[np.generic]) -> Floats:
    import numpy as np

    said = np.asarray(word, float)
    return np.column_stack([score, said, score * said])


def _logits(risk: Floats) -> Floats:
    import numpy as np
    from scipy.special import logit

    return np.asarray(logit(np.clip(risk, SMALLEST, 1 - SMALLEST)))
