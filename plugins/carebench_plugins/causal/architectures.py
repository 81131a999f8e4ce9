"""The networks themselves: what the two arms share before each has its own outcome.

Separate from their training. Only this module needs torch when it is used; importing it does not.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Output(NamedTuple):
    """What a network says of n rows.

    Attributes:
        means: shape (n, 2), outcome without and with treatment (a logit where outcomes are 0 or 1).
        representation: shape (n, k), what both arms share.
        propensity: shape (n,), logit of the propensity, or None.
    """

    means: Any
    representation: Any
    propensity: Any


def build_network(architecture: str, inputs: int, width: int) -> Any:
    """A network of the named architecture with `inputs` columns.

    `tarnet`: two shared layers, then a head of two layers for each arm. `dragonnet`: the same, with a linear propensity
    from the shared layers. `snet`: five representations, for each arm, for both, for propensity, and for all;
    each head sees its own and the common ones. `flextenet`: in every layer a shared part and one for each arm;
    private parts see the shared ones.
    """
    from torch import nn

    makers = {"tarnet": _tarnet, "dragonnet": _tarnet, "snet": _snet, "flextenet": _flextenet}
    parts, forward = makers[architecture](inputs, width)
    propensity = architecture in ("dragonnet", "snet")

    class Network(nn.Module):
        """The named parts, asked in the order that the architecture gives."""

        def __init__(self) -> None:
            super().__init__()
            import torch

            self.parts = nn.ModuleDict(parts)
            self.epsilon = nn.Parameter(torch.zeros(1))
            if propensity:
                self.parts["propensity"] = nn.LazyLinear(1)

        def forward(self, rows: Any) -> Output:
            """What it says of n rows."""
            means, representation, seen = forward(self.parts, rows)
            logit = self.parts["propensity"](seen)[:, 0] if propensity else None
            return Output(means, representation, logit)

    import torch

    network = Network()
    with torch.no_grad():
        network(torch.zeros(2, inputs))
    return network


def layers(*widths: int) -> Any:
    """Fully connected layers with exponential linear units after each."""
    import itertools

    from torch import nn

    pairs = itertools.pairwise(widths)
    return nn.Sequential(*(part for before, after in pairs for part in (nn.Linear(before, after), nn.ELU())))


def _head(inputs: int, width: int) -> Any:
    from torch import nn

    return nn.Sequential(layers(inputs, width, width), nn.Linear(width, 1))


def _tarnet(inputs: int, width: int) -> tuple[dict[str, Any], Any]:
    import torch

    parts = {
        "shared": layers(inputs, width, width),
        "untreated": _head(width, width // 2),
        "treated": _head(width, width // 2),
    }

    def forward(parts: Any, rows: Any) -> tuple[Any, Any, Any]:
        shared = parts["shared"](rows)
        means = torch.cat([parts["untreated"](shared), parts["treated"](shared)], dim=1)
        return means, shared, shared

    return parts, forward


def _snet(inputs: int, width: int) -> tuple[dict[str, Any], Any]:
    import torch

    own, common = width // 4, width // 2
    parts = {name: layers(inputs, own, own) for name in ("of_untreated", "of_treated", "of_propensity")}
    parts |= {name: layers(inputs, common, common) for name in ("of_both", "of_all")}
    parts |= {name: _head(own + 2 * common, width // 2) for name in ("untreated", "treated")}

    def forward(parts: Any, rows: Any) -> tuple[Any, Any, Any]:
        both, everything = parts["of_both"](rows), parts["of_all"](rows)
        heads = [
            parts[arm](torch.cat([parts[f"of_{arm}"](rows), both, everything], dim=1))
            for arm in ("untreated", "treated")
        ]
        seen = torch.cat([parts["of_propensity"](rows), everything], dim=1)
        return torch.cat(heads, dim=1), torch.cat([both, everything], dim=1), seen

    return parts, forward


def _flextenet(inputs: int, width: int) -> tuple[dict[str, Any], Any]:
    import torch
    from torch import nn

    half = width // 2
    parts: dict[str, Any] = {"shared_1": layers(inputs, half), "shared_2": layers(half, half)}
    for arm in ("untreated", "treated"):
        parts |= {
            f"{arm}_1": layers(inputs, half),
            f"{arm}_2": layers(2 * half, half),
            arm: nn.Linear(2 * half, 1),
        }

    def forward(parts: Any, rows: Any) -> tuple[Any, Any, Any]:
        first = parts["shared_1"](rows)
        second = parts["shared_2"](first)
        means = []
        for arm in ("untreated", "treated"):
            private = parts[f"{arm}_2"](torch.cat([parts[f"{arm}_1"](rows), first], dim=1))
            means.append(parts[arm](torch.cat([private, second], dim=1)))
        return torch.cat(means, dim=1), second, second

    return parts, forward
