"""Neural estimators of effects: one training loop, and architectures that differ in what the arms share.

Separate from the meta-learners because these learn one representation for both arms. Full-batch training in float32 on
standardised outcomes; the weights kept are those of the least loss on a fifth of the training patients.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal

from carebench import FloatRange, IntRange
from carebench_plugins.causal import balance
from carebench_plugins.causal.architectures import build_network
from carebench_plugins.causal.entries import of_patients
from carebench_plugins.causal.regressions import is_binary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench import Model

    Floats = NDArray[np.float64]

Architecture = Literal["tarnet", "dragonnet", "snet", "flextenet"]
MODULES = (
    "carebench_plugins.causal.architectures",
    "carebench_plugins.causal.balance",
    "carebench_plugins.causal.networks",
    "carebench_plugins.causal.regressions",
)
#: What matters most by the appendices of Shalit et al. 2017 and of Curth and van der Schaar 2021.
SEARCH: dict[str, Any] = {
    "width": IntRange(25, 200, log=True),
    "learning_rate": FloatRange(3e-4, 3e-2, log=True),
    "decay": FloatRange(1e-5, 0.1, log=True),
}
SHALIT = "Shalit U, Johansson FD, Sontag D. ICML 2017;70:3076-3085."
SHI = "Shi C, Blei D, Veitch V. NeurIPS 2019;32:2507-2517."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _entry("tarnet", {"architecture": "tarnet"}, "TARNet", "A shared representation and an outcome head for each arm.", SHALIT),
        _entry("cfr-mmd", {"architecture": "tarnet", "distance": "mmd", "balance": 0.1}, "CFR, MMD", "TARNet whose representation is balanced by maximum mean discrepancy.", SHALIT),
        _entry("cfr-wasserstein", {"architecture": "tarnet", "distance": "wasserstein", "balance": 0.03}, "CFR, Wasserstein", "TARNet whose representation is balanced by Sinkhorn's Wasserstein distance.", SHALIT),
        _entry("dragonnet", {"architecture": "dragonnet", "targeted": 1.0}, "DragonNet", "TARNet with a propensity head and targeted regularisation.", SHI),
        _entry("snet", {"architecture": "snet"}, "SNet", "Representations for each arm, for both, for the propensity and for all of these.", "Curth A, van der Schaar M. AISTATS 2021;130:1810-1818."),
        _entry("flextenet", {"architecture": "flextenet"}, "FlexTENet", "Shared and private layers side by side, so that the arms share what helps.", "Curth A, van der Schaar M. NeurIPS 2021;34:15883-15894."),
    )  # fmt: skip


def _entry(name: str, params: dict[str, Any], title: str, summary: str, citation: str) -> Model:
    return of_patients(
        name,
        CausalNetwork,
        title=title,
        summary=summary,
        citation=citation,
        modules=MODULES,
        params=params,
        requires=("torch",),
        search=SEARCH | ({"balance": FloatRange(1e-3, 10.0, log=True)} if "balance" in params else {}),
    )


class CausalNetwork:
    """A network with an outcome for each arm, trained on the factual outcomes.

    Loss: mean squared error of the standardised outcome (log loss where it is 0 or 1), plus `balance` times the distance
    between the arms' representations, plus, where the architecture has a propensity head, its log loss, plus `targeted` times
    the squared error of the outcome moved by epsilon (A / e - (1 - A) / (1 - e)), epsilon learnt (DragonNet).

    Args:
        architecture: what the arms share.
        distance: how unlike the arms' representations are: `mmd` or `wasserstein`; none if empty.
        balance: its weight.
        targeted: weight of the targeted regularisation.
        width: units of a layer of the representation; heads have half of it.
        learning_rate: of Adam.
        decay: L2 penalty of all weights, as Adam takes it.
        epochs: full-batch steps, at most.
        patience: steps without a better validation loss before it stops.
        n_jobs: threads.
        random_state: seed of the cut and the weights.
    """

    def __init__(
        self,
        architecture: Architecture = "tarnet",
        *,
        distance: Literal["", "mmd", "wasserstein"] = "",
        balance: float = 0.0,
        targeted: float = 0.0,
        width: int = 100,
        learning_rate: float = 3e-3,
        decay: float = 1e-3,
        epochs: int = 600,
        patience: int = 60,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.architecture = architecture
        self.distance = distance
        self.balance = balance
        self.targeted = targeted
        self.width = width
        self.learning_rate = learning_rate
        self.decay = decay
        self.epochs = epochs
        self.patience = patience
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> CausalNetwork:
        """Fit on n patients, a fifth of whom are held out to stop."""
        import numpy as np
        import torch

        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        self._binary = is_binary(y)
        self._centre, self._scale = (0.0, 1.0) if self._binary else (float(y.mean()), float(y.std()) or 1.0)
        inputs = rows(X)
        outcome = torch.from_numpy(((y - self._centre) / self._scale).astype(np.float32))
        arm = torch.from_numpy(np.asarray(treatment, np.float32))
        held = torch.from_numpy(_held_out(np.asarray(treatment), self.random_state))
        self._network = self._built(inputs)
        self._train(
            [each[~held] for each in (inputs, outcome, arm)], [each[held] for each in (inputs, outcome, arm)]
        )
        return self

    def potential_outcomes(self, X: Any) -> tuple[Floats, Floats]:
        """Expected outcomes without and with treatment, each of shape (n,)."""
        import torch

        with torch.no_grad():
            answer = self._network(rows(X))
            means = answer.means.sigmoid() if self._binary else answer.means
        untreated, treated = (means.double().numpy() * self._scale + self._centre).T
        return untreated, treated

    def effect(self, X: Any) -> Floats:
        """One effect a row, shape (n,)."""
        untreated, treated = self.potential_outcomes(X)
        return treated - untreated

    def _built(self, inputs: Any) -> Any:
        return build_network(self.architecture, inputs.shape[1], self.width)

    def _train(self, seen: list[Any], held: list[Any]) -> None:
        import torch

        optimiser = torch.optim.Adam(
            self._network.parameters(), lr=self.learning_rate, weight_decay=self.decay
        )
        best, since, weights = float("inf"), 0, copy.deepcopy(self._network.state_dict())
        for _ in range(self.epochs):
            self._network.train()
            optimiser.zero_grad()
            self._loss(*seen, regularised=True).backward()
            optimiser.step()
            self._network.eval()
            with torch.no_grad():
                loss = float(self._loss(*held, regularised=False))
            since += 1
            if loss < best:
                best, since, weights = loss, 0, copy.deepcopy(self._network.state_dict())
            if since >= self.patience:
                break
        self._network.load_state_dict(weights)
        self._network.eval()

    def _loss(self, inputs: Any, outcome: Any, arm: Any, *, regularised: bool) -> Any:
        """The training loss, or without its regularising parts the loss that is watched."""
        from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

        answer = self._network(inputs)
        factual = answer.means.gather(1, arm.long()[:, None])[:, 0]
        fit = binary_cross_entropy_with_logits if self._binary else mse_loss
        loss = fit(factual, outcome)
        if not regularised:
            return loss
        if self.distance:
            loss = loss + self.balance * balance.DISTANCES[self.distance](answer.representation, arm)
        if answer.propensity is not None:
            loss = loss + binary_cross_entropy_with_logits(answer.propensity, arm)
        if self.targeted:
            loss = loss + self.targeted * self._targeting(answer, factual, outcome, arm)
        return loss

    def _targeting(self, answer: Any, factual: Any, outcome: Any, arm: Any) -> Any:
        """DragonNet's regularisation, on the scale of the outcome's mean."""
        score = answer.propensity.sigmoid().clamp(0.01, 0.99)
        mean = factual.sigmoid() if self._binary else factual
        moved = mean + self._network.epsilon * (arm / score - (1 - arm) / (1 - score))
        return ((outcome - moved) ** 2).mean()


def _held_out(treatment: Floats, seed: int) -> NDArray[np.bool_]:
    """Mask of a fifth of each arm, at least one patient and never all."""
    import numpy as np

    draw = np.random.default_rng(seed)
    mask = np.zeros(len(treatment), bool)
    for arm in (0, 1):
        mine = draw.permutation(np.flatnonzero(treatment == arm))
        mask[mine[: min(max(len(mine) - 1, 0), max(1, len(mine) // 5))]] = True
    return mask


def rows(X: Any) -> Any:
    """The rows as a float32 tensor of its own, within ten standard deviations."""
    import numpy as np
    import torch

    return torch.from_numpy(np.clip(np.array(X, np.float32), -10, 10))
