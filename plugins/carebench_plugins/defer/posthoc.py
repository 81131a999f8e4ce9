"""Handing over after the fact: a fixed classifier, and models of when its humans are right.

Separate from methods that learn both at once. All share one classifier, so that they differ in the order of handing
over alone; what compares model and human on training rows uses held-out folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from carebench import Choice, Model, Unsuited
from carebench_plugins.defer.classifiers import classifier, held_out_risk
from carebench_plugins.defer.experts import rightness

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = tuple(f"carebench_plugins.defer.{name}" for name in ("classifiers", "experts"))
#: Either learner of risk and of who is right; which one suits is what the papers leave to the user.
LEARNER = {"kind": Choice(["logistic", "boosting"])}
RAGHU = "Raghu M, Blumer K, Corrado G, Kleinberg J, Obermeyer Z, Mullainathan S. The algorithmic automation problem: prediction, triage, and human effort. arXiv:1903.12220, 2019."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _model(
            "random-deferral",
            "RandomDeferral",
            {},
            "Random deferral",
            "Ridge logistic regression that hands over whom chance picks: what deferral must beat.",
            "",
        ),
        _model(
            "compare-confidence",
            "CompareConfidence",
            {},
            "Compare confidence",
            "Hands over where the chance that the human is right exceeds the classifier's own confidence.",
            RAGHU,
        ),
        _model(
            "compare-confidence-boosting",
            "CompareConfidence",
            {"kind": "boosting"},
            "Compare confidence, boosted trees",
            "The same with gradient boosting for the outcome and for whether the human is right.",
            RAGHU,
        ),
        _model(
            "cost-sensitive-rule",
            "CompareConfidence",
            {"pays": True},
            "Cost-sensitive rule",
            "Hands over where the human's chance of being right, less what he costs, exceeds the classifier's confidence.",
            "Bansal G, Nushi B, Kamar E, Horvitz E, Weld DS. Is the most accurate AI the best teammate? AAAI 2021.",
        ),
        _model(
            "few-decisions",
            "FewDecisions",
            {},
            "Self-trained model of the human",
            "Learns the human from few known decisions by self-training on the others, then compares confidence.",
            "Hemmer P, Thede L, Vossing M, Jakubik J, Kuhl N. Learning to defer with limited expert predictions. AAAI 2023.",
        ),
        _model(
            "two-stage-rejector",
            "TwoStageRejector",
            {},
            "Two-stage rejector",
            "Learns from held-out errors of a fixed classifier on which patients the human is right and it is not.",
            "Narasimhan H, Jitkrittum W, Menon AK, Rawat AS, Kumar S. Post-hoc estimators for learning to defer to an expert. NeurIPS 2022. Mao A, Mohri C, Mohri M, Zhong Y. Two-stage learning to defer with multiple experts. NeurIPS 2023.",
        ),
    )


def _model(
    name: str, build: str, params: Mapping[str, Any], title: str, summary: str, citation: str
) -> Model:
    return Model(
        name,
        families=("defer",),
        build=f"carebench_plugins.defer.posthoc.{build}",
        params=params,
        search={} if build == "RandomDeferral" or "kind" in params else LEARNER,
        title=title,
        summary=summary,
        citation=citation,
        modules=MODULES,
        requires=("scikit-learn", "scipy"),
    )


class RandomDeferral:
    """Ridge logistic regression with the same score for all.

    Args:
        kind: `logistic` or `boosting`.
        random_state: seed of the classifier.
    """

    def __init__(self, kind: Literal["logistic", "boosting"] = "logistic", random_state: int = 0) -> None:
        self.kind = kind
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> RandomDeferral:
        """Fit on n training rows."""
        self._classifier = classifier(self.kind, self.random_state).fit(X, y)
        self.classes_ = self._classifier.classes_
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._classifier.predict_proba(X)  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Zero for everybody, shape (n,): of its own it hands nobody over."""
        import numpy as np

        return np.zeros(len(X))


class CompareConfidence:
    """A model of the outcome, and one for each expert of whether he is right; the surer one decides.

    Args:
        kind: `logistic` or `boosting`, of all models alike.
        pays: whether what an expert costs is taken from his chance.
        random_state: seed of the models.
    """

    def __init__(
        self,
        kind: Literal["logistic", "boosting"] = "logistic",
        *,
        pays: bool = False,
        random_state: int = 0,
    ) -> None:
        self.kind = kind
        self.pays = pays
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8], cost: Floats
    ) -> CompareConfidence:
        """Fit on n training rows, each expert on those that he decided."""
        import numpy as np

        self._classifier = classifier(self.kind, self.random_state).fit(X, y)
        self.classes_ = self._classifier.classes_
        right = rightness(expert, y)
        self._humans = [self._human(X, column) for column in right.T]
        self._price = np.asarray(cost, float)[0] if self.pays else np.zeros(right.shape[1])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._classifier.predict_proba(X)  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Chance that the preferred expert is right, less his price and the classifier's confidence, shape (n,)."""
        import numpy as np

        return np.asarray(self._worth(X).max(axis=1) - self.predict_proba(X).max(axis=1))

    def expert_choice(self, X: NDArray[np.floating]) -> NDArray[np.intp]:
        """The expert with the highest chance of being right, less his price, shape (n,)."""
        import numpy as np

        return np.asarray(self._worth(X).argmax(axis=1))

    def human_right(self, X: NDArray[np.floating]) -> Floats:
        """Chance that this expert is right, shape (n,)."""
        import numpy as np

        return np.asarray(np.take_along_axis(self._chances(X), self.expert_choice(X)[:, None], axis=1)[:, 0])

    def _human(self, X: NDArray[np.floating], right: Floats) -> Any:
        import numpy as np

        known = ~np.isnan(right)
        if not known.any():
            raise Unsuited("an expert has no known decision")
        return classifier(self.kind, self.random_state).fit(X[known], right[known].astype(int))

    def _chances(self, X: NDArray[np.floating]) -> Floats:
        """Chance that each expert is right, shape (n, n_experts)."""
        import numpy as np

        return np.column_stack([_positive(human, X) for human in self._humans])

    def _worth(self, X: NDArray[np.floating]) -> Floats:
        return self._chances(X) - self._price


class FewDecisions(CompareConfidence):
    """Compare confidence whose models of the experts also learn from rows that these did not decide, by self-training."""

    def _human(self, X: NDArray[np.floating], right: Floats) -> Any:
        import numpy as np
        from sklearn.semi_supervised import SelfTrainingClassifier

        known = ~np.isnan(right)
        if known.all() or len(np.unique(right[known])) < 2:
            return super()._human(X, right)
        labels = np.where(known, np.nan_to_num(right), -1).astype(int)
        base = classifier(self.kind, self.random_state)
        return SelfTrainingClassifier(base.inner, threshold=0.9).fit(X, labels)


class TwoStageRejector:
    """A fixed classifier and, for each expert, a logistic model of who is right where only one of the two is.

    The rejector minimises sum_i |h_i - m_i| log(1 + exp(-s_i r(x_i))), s_i the sign of h_i - m_i: h_i is 1 where the expert is
    right and m_i where the classifier is on held-out folds.

    Args:
        kind: `logistic` or `boosting`, of all models alike.
        random_state: seed of folds and models.
    """

    def __init__(self, kind: Literal["logistic", "boosting"] = "logistic", random_state: int = 0) -> None:
        self.kind = kind
        self.random_state = random_state

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]
    ) -> TwoStageRejector:
        """Fit on n training rows."""
        self._classifier = classifier(self.kind, self.random_state).fit(X, y)
        self.classes_ = self._classifier.classes_
        risk = held_out_risk(classifier(self.kind, self.random_state), X, y, self.random_state)
        alone = ((risk > 0.5) == y).astype(float)
        self._rejectors = [self._rejector(X, column - alone) for column in rightness(expert, y).T]
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._classifier.predict_proba(X)  # type: ignore[no-any-return]

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Chance that the expert is the right one where only one is, less one half, shape (n,)."""
        return self._wins(X).max(axis=1) - 0.5  # type: ignore[no-any-return]

    def expert_choice(self, X: NDArray[np.floating]) -> NDArray[np.intp]:
        """The expert with the highest such chance, shape (n,)."""
        return self._wins(X).argmax(axis=1)  # type: ignore[no-any-return]

    def _rejector(self, X: NDArray[np.floating], difference: Floats) -> Any:
        import numpy as np

        differ = np.isin(difference, (-1.0, 1.0))
        if not differ.any():
            raise Unsuited("classifier and expert are never right one without the other")
        return classifier(self.kind, self.random_state).fit(X[differ], (difference[differ] > 0).astype(int))

    def _wins(self, X: NDArray[np.floating]) -> Floats:
        import numpy as np

        return np.column_stack([_positive(rejector, X) for rejector in self._rejectors])


def _positive(fitted: Any, X: NDArray[np.floating]) -> Floats:
    """Probability of 1, shape (n,), also of a model that saw one class only."""
    import numpy as np

    classes = list(fitted.classes_)
    if 1 not in classes:
        return np.zeros(len(X))
    return np.asarray(fitted.predict_proba(X)[:, classes.index(1)])
