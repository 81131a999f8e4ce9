"""CEVAE: a latent cause of covariates, treatment and outcome, inferred by a variational autoencoder.

Separate from the other networks because it models how the covariates come about too: they are taken for proxies of a
confounder that nobody measured, where all other methods take them for the confounders themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, IntRange
from carebench_plugins.causal.entries import of_patients
from carebench_plugins.causal.networks import MODULES, CausalNetwork, rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench import Model

    Floats = NDArray[np.float64]

LOUIZOS = "Louizos C, Shalit U, Mooij J, Sontag D, Zemel R, Welling M. NeurIPS 2017;30:6446-6456."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        of_patients(
            "cevae",
            CausalAutoencoder,
            title="CEVAE",
            summary="A variational autoencoder of covariates, treatment and outcome with a latent confounder.",
            citation=LOUIZOS,
            modules=(*MODULES, "carebench_plugins.causal.latent"),
            requires=("torch",),
            search={
                "latent": IntRange(2, 30, log=True),
                "width": IntRange(25, 200, log=True),
                "learning_rate": FloatRange(3e-4, 3e-2, log=True),
            },
        ),
    )


class CausalAutoencoder(CausalNetwork):
    """Latent z, N(0, I), from which covariates, treatment and outcome are drawn independently; effects are averages over z.

    Maximised is the mean over patients of E_q [log p(x|z) + log p(a|z) + log p(y|a,z)] - KL(q(z|x,a,y) || p(z)) + log q(a|x)
    + log q(y|x,a), one z a patient and step. Columns of two values are Bernoulli, other columns normal with a
    deviation of their own, as is the outcome unless it is 0 or 1. Each arm has an encoder head and an outcome head.
    For a new patient, a, y and then z are drawn from q, and the expected outcomes averaged over `draws` of z.

    Source: Louizos et al. 2017, sections 3 and 3.1; the sizes are ours, smaller than theirs.

    Args:
        latent: dimensions of z.
        draws: of z for each patient who is asked about.
        width: units of a hidden layer.
        learning_rate: of Adam.
        decay: L2 penalty of all weights.
        epochs: full-batch steps, at most.
        patience: steps without a better bound on held-out patients before it stops.
        n_jobs: threads.
        random_state: seed of the cut, the weights and all draws.
    """

    def __init__(
        self,
        *,
        latent: int = 10,
        draws: int = 100,
        width: int = 100,
        learning_rate: float = 3e-3,
        decay: float = 1e-4,
        epochs: int = 600,
        patience: int = 60,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            width=width,
            learning_rate=learning_rate,
            decay=decay,
            epochs=epochs,
            patience=patience,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.latent = latent
        self.draws = draws

    def potential_outcomes(self, X: Any) -> tuple[Floats, Floats]:
        """Expected outcomes without and with treatment, averaged over draws of z, each of shape (n,)."""
        import torch

        with torch.no_grad():
            inputs, noise = rows(X), torch.Generator().manual_seed(self.random_state)
            means = sum(self._means(inputs, noise) for _ in range(self.draws)) / self.draws
        untreated, treated = (means.double().numpy() * self._scale + self._centre).T
        return untreated, treated

    def _built(self, inputs: Any) -> Any:
        from carebench_plugins.causal.latent import LatentNetwork, Sizes

        sizes = Sizes(columns=inputs.shape[1], latent=self.latent, width=self.width)
        return LatentNetwork(inputs, sizes, chance=self._binary)

    def _loss(self, inputs: Any, outcome: Any, arm: Any, *, regularised: bool) -> Any:
        """Minus the bound per patient; for the held-out patients with the same draws at every step."""
        import torch

        noise = None if regularised else torch.Generator().manual_seed(self.random_state)
        net = self._network
        posterior = net.posterior(inputs, outcome, arm)
        z = posterior.mean + posterior.stddev * torch.randn(posterior.mean.shape, generator=noise)
        prior = torch.distributions.Normal(0.0, 1.0)
        divergence = torch.distributions.kl_divergence(posterior, prior).sum(dim=1)
        bound = (
            net.of_covariates(z, inputs)
            + net.treatment(z).log_prob(arm)
            + net.outcome(z, arm).log_prob(outcome)
            - divergence
            + net.guessed_treatment(inputs).log_prob(arm)
            + net.guessed_outcome(inputs, arm).log_prob(outcome)
        )
        return -bound.mean()

    def _means(self, inputs: Any, noise: Any) -> Any:
        """Expected outcomes of n patients in both arms under one draw of a, y and z, shape (n, 2).

        The draw is the same for all patients, so that nobody's answer depends on who else is asked about.
        """
        import torch

        net = self._network
        arm = (torch.rand((), generator=noise) < net.guessed_treatment(inputs).probs).float()
        guessed = net.guessed_outcome(inputs, arm)
        if self._binary:
            outcome = (torch.rand((), generator=noise) < guessed.probs).float()
        else:
            outcome = guessed.mean + guessed.stddev * torch.randn((), generator=noise)
        posterior = net.posterior(inputs, outcome, arm)
        z = posterior.mean + posterior.stddev * torch.randn(self.latent, generator=noise)
        return net.means(z).sigmoid() if self._binary else net.means(z)
