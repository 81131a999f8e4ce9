"""Networks that learn classifier and hand-over together, each from the surrogate loss of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from carebench import Choice, Model
from carebench_plugins.defer.experts import rightness
from carebench_plugins.defer.networks import SEARCH, Recipe, train

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.defer.losses import Reading, Surrogate

    Floats = NDArray[np.float64]

MODULES = tuple(f"carebench_plugins.defer.{name}" for name in ("experts", "losses", "networks"))
MOZANNAR = "Mozannar H, Sontag D. Consistent estimators for learning to defer to an expert. ICML 2020."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (*deferring(), *abstaining())


def deferring() -> tuple[Model, ...]:
    """Surrogates that know the experts' decisions."""
    return (
        _model(
            "defer-cross-entropy",
            {"surrogate": "cross_entropy", "settings": {"alpha": 1.0}},
            "Deferral by cross-entropy",
            "One softmax over classes and experts, trained by the consistent cross-entropy surrogate.",
            f"{MOZANNAR} Several experts: Verma R, Barrejon D, Nalisnick E. AISTATS 2023.",
            search={"settings": Choice([{"alpha": share} for share in (0.0, 0.25, 0.5, 0.75, 1.0)])},
        ),
        _model(
            "defer-cross-entropy-half",
            {"surrogate": "cross_entropy", "settings": {"alpha": 0.5}},
            "Deferral by cross-entropy, alpha 1/2",
            "The same with half the weight on patients whom an expert gets right.",
            MOZANNAR,
        ),
        _model(
            "defer-one-versus-all",
            {"surrogate": "one_versus_all"},
            "Deferral by one-versus-all",
            "A logistic loss per class and expert, whose chances of the expert being right are calibrated.",
            "Verma R, Nalisnick E. Calibrated learning to defer with one-vs-all classifiers. ICML 2022.",
            build="carebench_plugins.defer.surrogates.ChanceNetwork",
        ),
        _model(
            "defer-asymmetric-softmax",
            {"surrogate": "asymmetric_softmax"},
            "Deferral by asymmetric softmax",
            "A softmax for the classes and an asymmetric one for each expert, so that chances are bounded and calibrated.",
            "Cao Y, Mozannar H, Feng L, Wei H, An B. In defense of softmax parametrization for calibrated and consistent learning to defer. NeurIPS 2023.",
            build="carebench_plugins.defer.surrogates.ChanceNetwork",
        ),
        _model(
            "defer-realisable",
            {"surrogate": "realisable"},
            "Deferral by the realisable surrogate",
            "A softmax in which any right outcome counts, consistent where some team makes no error.",
            "Mozannar H, Lang H, Wei D, Sattigeri P, Das S, Sontag D. Who should predict? Exact algorithms for learning to defer to humans. AISTATS 2023.",
        ),
        _model(
            "defer-mixture-of-experts",
            {"surrogate": "mixture_of_experts"},
            "Mixture of model and experts",
            "A learned gate between model and experts, trained by the likelihood of the mixture.",
            "Madras D, Pitassi T, Zemel R. Predict responsibly: improving fairness and accuracy by learning to defer. NeurIPS 2018.",
        ),
    )


def abstaining() -> tuple[Model, ...]:
    """Surrogates that know only their own errors."""
    abstains = "carebench_plugins.defer.surrogates.AbstainingNetwork"
    return (
        _model(
            "selective-net",
            {"surrogate": "selective_net", "settings": {"coverage": 0.8}, "outputs": 5},
            "SelectiveNet",
            "A classifier and a selection head trained together for the risk on the 80 % that are kept; no human enters.",
            "Geifman Y, El-Yaniv R. SelectiveNet: a deep neural network with an integrated reject option. ICML 2019.",
            build=abstains,
            search={"settings": Choice([{"coverage": share} for share in (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)])},
        ),
        _model(
            "deep-gambler",
            {"surrogate": "deep_gambler", "settings": {"payoff": 1.5}, "outputs": 3},
            "Deep gambler",
            "A classifier that may keep its stake instead of betting on a class; no human enters.",
            "Liu Z, Wang Z, Liang PP, Salakhutdinov R, Morency LP, Ueda M. Deep gamblers: learning to abstain with portfolio theory. NeurIPS 2019.",
            build=abstains,
            search={"settings": Choice([{"payoff": odds} for odds in (1.1, 1.3, 1.5, 1.7, 1.9)])},
        ),
    )


def _model(
    name: str,
    params: Mapping[str, Any],
    title: str,
    summary: str,
    citation: str,
    build: str = "carebench_plugins.defer.surrogates.DeferringNetwork",
    search: Mapping[str, Any] | None = None,
) -> Model:
    return Model(
        name,
        families=("defer",),
        build=build,
        params=params,
        search={**SEARCH, **(search or {})},
        title=title,
        summary=summary,
        citation=citation,
        modules=MODULES,
        requires=("torch",),
    )


class DeferringNetwork:
    """A network with an output for each class and each expert, trained on a surrogate of `carebench_plugins.defer.losses`.

    Args:
        surrogate: name of the function that makes the loss.
        settings: its keyword arguments.
        hidden: widths of the hidden layers; none for a linear team.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        n_jobs: threads.
        random_state: seed of training.
    """

    def __init__(
        self,
        surrogate: str,
        settings: Mapping[str, Any] | None = None,
        *,
        hidden: tuple[int, ...] = Recipe.hidden,  # type: ignore[assignment]
        learning_rate: float = Recipe.learning_rate,
        weight_decay: float = Recipe.weight_decay,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.surrogate = surrogate
        self.settings = settings
        self.recipe = Recipe(hidden=hidden, learning_rate=learning_rate, weight_decay=weight_decay)
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic], *, expert: NDArray[np.int8]) -> Self:
        """Fit on n training rows with the experts' decisions, shape (n, n_experts)."""
        self._surrogate = _made(self.surrogate, self.settings)
        self._network = train(
            X,
            targets(y, rightness(expert, y)),
            self._surrogate.loss,
            2 + expert.shape[1],
            self.recipe,
            seed=self.random_state,
            threads=self.n_jobs,
        )
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        risk = self._read(X).risk.numpy()
        return np.column_stack([1 - risk, risk])

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """How much the preferred expert is preferred to the model, shape (n,); above 0 he is."""
        return self._read(X).prefer.amax(dim=1).numpy()  # type: ignore[no-any-return]

    def expert_choice(self, X: NDArray[np.floating]) -> NDArray[np.int64]:
        """Number of the preferred expert, shape (n,)."""
        return self._read(X).prefer.argmax(dim=1).numpy()  # type: ignore[no-any-return]

    def _read(self, X: NDArray[np.floating]) -> Reading:
        return self._surrogate.read(self._network.outputs(X))


class ChanceNetwork(DeferringNetwork):
    """A deferring network that also says how likely the preferred expert is right."""

    def human_right(self, X: NDArray[np.floating]) -> Floats:
        """Chance that the preferred expert is right, shape (n,)."""
        reading = self._read(X)
        return reading.right.gather(1, reading.prefer.argmax(dim=1, keepdim=True))[:, 0].numpy()  # type: ignore[no-any-return]


class AbstainingNetwork:
    """A network that learns to abstain from its own errors; of its own it abstains from a fixed share of patients.

    Args:
        surrogate: name of the function that makes the loss.
        settings: its keyword arguments.
        outputs: how many the loss needs.
        share: of the training rows above its operating point.
        hidden: widths of the hidden layers.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        n_jobs: threads.
        random_state: seed of training.
    """

    def __init__(
        self,
        surrogate: str,
        settings: Mapping[str, Any],
        outputs: int,
        *,
        share: float = 0.2,
        hidden: tuple[int, ...] = Recipe.hidden,  # type: ignore[assignment]
        learning_rate: float = Recipe.learning_rate,
        weight_decay: float = Recipe.weight_decay,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.surrogate = surrogate
        self.settings = settings
        self.outputs = outputs
        self.share = share
        self.recipe = Recipe(hidden=hidden, learning_rate=learning_rate, weight_decay=weight_decay)
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> AbstainingNetwork:
        """Fit on n training rows."""
        import numpy as np

        self._surrogate = _made(self.surrogate, self.settings)
        self._network = train(
            X,
            targets(y, np.zeros((len(y), 1))),
            self._surrogate.loss,
            self.outputs,
            self.recipe,
            seed=self.random_state,
            threads=self.n_jobs,
        )
        self._point = float(np.quantile(self._read(X).prefer[:, 0].numpy(), 1 - self.share))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        risk = self._read(X).risk.numpy()
        return np.column_stack([1 - risk, risk])

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """How far the wish to abstain lies above the operating point, shape (n,)."""
        return self._read(X).prefer[:, 0].numpy() - self._point  # type: ignore[no-any-return]

    def _read(self, X: NDArray[np.floating]) -> Reading:
        return self._surrogate.read(self._network.outputs(X))


def _made(name: str, settings: Mapping[str, Any] | None) -> Surrogate:
    from carebench_plugins.defer import losses

    return getattr(losses, name)(**(settings or {}))  # type: ignore[no-any-return]


def targets(y: NDArray[np.generic], right: Floats) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Classes and what goes with them, as the loop of networks takes them."""
    import numpy as np

    return np.asarray(y, np.int64), np.asarray(right, np.float32)
