"""The densities of CEVAE and of its inference, as one network; needs PyTorch, and is imported when one is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from carebench_plugins.causal.architectures import layers

#: PyTorch's distributions, most of which are not typed.
laws: Any = torch.distributions


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Of a network: columns of x, dimensions of z, and units of a hidden layer."""

    columns: int
    latent: int
    width: int


class LatentNetwork(nn.Module):
    """Densities of n patients: covariates x (n, p), treatment a (n,), outcome y (n,) and latent z (n, latent).

    Columns of two values are Bernoulli, others normal with a deviation of their own.

    Args:
        inputs: covariates of training, shape (n, p): which of them have two values.
        sizes: of the layers.
        chance: whether the outcome is 0 or 1, and not a number.
    """

    def __init__(self, inputs: Tensor, sizes: Sizes, *, chance: bool) -> None:
        super().__init__()
        low, self._high = inputs.amin(dim=0), inputs.amax(dim=0)
        self._binary = ((inputs == low) | (inputs == self._high)).all(dim=0) & (self._high > low)
        self._chance = chance
        self._draw_from(sizes)
        self._infer_with(sizes)

    def _draw_from(self, sizes: Sizes) -> None:
        """The layers of p(x | z), p(a | z) and p(y | a, z)."""
        latent, width = sizes.latent, sizes.width
        self.decode = nn.Sequential(layers(latent, width, width), nn.Linear(width, sizes.columns))
        self.spread = nn.Parameter(torch.zeros(sizes.columns))
        self.treat = nn.Sequential(layers(latent, width), nn.Linear(width, 1))
        heads = (nn.Sequential(layers(latent, width, width), nn.Linear(width, 1)) for _ in range(2))
        self.heads = nn.ModuleList(heads)
        self.noises = nn.Parameter(torch.zeros(2))

    def _infer_with(self, sizes: Sizes) -> None:
        """The layers of q(z | x, a, y), q(y | x, a) and q(a | x)."""
        columns, width = sizes.columns, sizes.width
        self.encode = layers(columns + 1, width, width)
        self.of_arm = nn.ModuleList(nn.Linear(width, 2 * sizes.latent) for _ in range(2))
        self.see = layers(columns, width, width)
        self.guesses = nn.Linear(width, 2)
        self.guess_treatment = nn.Sequential(layers(columns, width), nn.Linear(width, 1))

    def posterior(self, x: Tensor, y: Tensor, a: Tensor) -> Any:
        """q(z | x, a, y), of shape (n, latent)."""
        hidden = self.encode(torch.cat([x, y[:, None]], dim=1))
        either = torch.where(a[:, None] == 1, self.of_arm[1](hidden), self.of_arm[0](hidden))
        mean, raw = either.chunk(2, dim=1)
        return laws.Normal(mean, nn.functional.softplus(raw) + 1e-4)

    def of_covariates(self, z: Tensor, x: Tensor) -> Tensor:
        """Log p(x | z), shape (n,)."""
        answer, binary = self.decode(z), self._binary
        asked = (x[:, binary] == self._high[binary]).float()
        chances = laws.Bernoulli(logits=answer[:, binary], validate_args=False).log_prob(asked)
        spread = nn.functional.softplus(self.spread[~binary]) + 1e-2
        densities = laws.Normal(answer[:, ~binary], spread).log_prob(x[:, ~binary])
        total: Tensor = chances.sum(dim=1) + densities.sum(dim=1)
        return total

    def treatment(self, z: Tensor) -> Any:
        """p(a | z)."""
        return laws.Bernoulli(logits=self.treat(z)[:, 0])

    def means(self, z: Tensor) -> Tensor:
        """Mean, or logit, of the outcome in both arms given z, shape (n, 2)."""
        return torch.cat([head(z) for head in self.heads], dim=1)

    def outcome(self, z: Tensor, a: Tensor) -> Any:
        """p(y | a, z)."""
        return self._law(self.means(z), a, self.noises[0])

    def guessed_outcome(self, x: Tensor, a: Tensor) -> Any:
        """q(y | x, a)."""
        return self._law(self.guesses(self.see(x)), a, self.noises[1])

    def guessed_treatment(self, x: Tensor) -> Any:
        """q(a | x)."""
        return laws.Bernoulli(logits=self.guess_treatment(x)[:, 0])

    def _law(self, means: Tensor, a: Tensor, noise: Tensor) -> Any:
        own = means.gather(1, a.long()[:, None])[:, 0]
        return (
            laws.Bernoulli(logits=own)
            if self._chance
            else laws.Normal(own, nn.functional.softplus(noise) + 1e-2)
        )
