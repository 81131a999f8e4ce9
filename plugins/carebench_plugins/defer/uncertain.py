"""Handing over by a network's own uncertainty: disagreement within an ensemble, or under dropout when asked.

Separate because no human is looked at: these are the two usual estimates of what a network does not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import IntRange, Model
from carebench_plugins.defer.networks import Recipe, log_loss, rows, train

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEIBIG = "Leibig C, Allken V, Ayhan MS, Berens P, Wahl S. Leveraging uncertainty information from deep neural networks for disease detection. Sci Rep 2017;7:17816."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _model(
            "ensemble-disagreement",
            "Ensemble",
            "Disagreement of an ensemble",
            "Five networks on bootstrap samples; hands over where their risks differ most.",
            "Lakshminarayanan B, Pritzel A, Blundell C. Simple and scalable predictive uncertainty estimation using deep ensembles. NeurIPS 2017. Liu J, Gallego B, Barbieri S. Incorporating uncertainty in learning to defer algorithms for safe computer-aided diagnosis. Sci Rep 2022;12:1762.",
        ),
        _model(
            "mc-dropout",
            "MonteCarloDropout",
            "Monte Carlo dropout",
            "One network asked fifty times with dropout; hands over where its risks differ most.",
            f"Gal Y, Ghahramani Z. Dropout as a Bayesian approximation. ICML 2016. {LEIBIG}",
        ),
    )


def _model(name: str, build: str, title: str, summary: str, citation: str) -> Model:
    return Model(
        name,
        families=("defer",),
        build=f"carebench_plugins.defer.uncertain.{build}",
        search={"members": IntRange(3, 20)} if build == "Ensemble" else {},
        title=title,
        summary=summary,
        citation=citation,
        modules=("carebench_plugins.defer.networks",),
        requires=("torch",),
    )


class Ensemble:
    """Members that answer with a mean risk, and hand over by the standard deviation of their risks.

    Of its own it hands over the share `share` of patients: those above that quantile of the training rows.

    Args:
        members: how many networks, or passes.
        share: handed over of its own.
        n_jobs: threads.
        random_state: seed of samples, training and passes.
    """

    def __init__(
        self, members: int = 5, *, share: float = 0.2, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        self.members = members
        self.share = share
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Ensemble:
        """Fit on n training rows."""
        import numpy as np

        self._learn(X, np.asarray(y, np.float32))
        self._point = float(np.quantile(self._risks(X).std(axis=0), 1 - self.share))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Mean probabilities, shape (n, 2)."""
        import numpy as np

        risk = self._risks(X).mean(axis=0)
        return np.column_stack([1 - risk, risk])

    def defer_score(self, X: NDArray[np.floating]) -> Floats:
        """Standard deviation of the members' risks less the operating point, shape (n,)."""
        return self._risks(X).std(axis=0) - self._point  # type: ignore[no-any-return]

    def _learn(self, X: NDArray[np.floating], y: NDArray[np.float32]) -> None:
        import numpy as np

        draw = np.random.default_rng(self.random_state)
        self._networks = []
        for _ in range(self.members):
            some, seed = draw.integers(0, len(y), len(y)), int(draw.integers(2**31))
            trained = train(X[some], (y[some],), log_loss, 1, Recipe(), seed=seed, threads=self.n_jobs)
            self._networks.append(trained)

    def _risks(self, X: NDArray[np.floating]) -> Floats:
        """Risks of every member, shape (members, n)."""
        import numpy as np

        return np.array([network.outputs(X)[:, 0].sigmoid().numpy() for network in self._networks])


class MonteCarloDropout(Ensemble):
    """One network whose passes each drop hidden units of their own, the same for every patient of a pass."""

    def __init__(
        self, members: int = 50, *, share: float = 0.2, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        super().__init__(members, share=share, n_jobs=n_jobs, random_state=random_state)

    def _learn(self, X: NDArray[np.floating], y: NDArray[np.float32]) -> None:
        self._network = train(X, (y,), log_loss, 1, Recipe(), seed=self.random_state, threads=self.n_jobs)

    def _risks(self, X: NDArray[np.floating]) -> Floats:
        import numpy as np
        import torch

        draw = torch.Generator().manual_seed(self.random_state)
        with torch.no_grad():
            return np.array([self._pass(rows(X).double(), draw) for _ in range(self.members)])

    def _pass(self, hidden: Any, draw: Any) -> Floats:
        """One pass; a dropped unit is dropped for all rows, and the others are raised to make up for it."""
        import torch
        from torch import nn

        for layer in self._network.layers:
            if isinstance(layer, nn.Dropout):
                kept = torch.rand(hidden.shape[1], generator=draw, dtype=torch.float64) >= layer.p
                hidden = hidden * kept / (1 - layer.p)
            else:
                hidden = layer(hidden)
        return hidden[:, 0].sigmoid().numpy()  # type: ignore[no-any-return]
