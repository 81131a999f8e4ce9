"""What tuning may change of the methods against shift, and the network as it then builds them.

Separate from the list of methods because ranges have a source of their own: strengths, steps and rates as in Gulrajani and
Lopez-Paz 2021, In search of lost domain generalization, ICLR, appendix; what it does not have spans its definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, IntRange

if TYPE_CHECKING:
    from carebench_plugins.shift.network import ShiftNetwork

NETWORK: dict[str, Any] = {
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "weight_decay": FloatRange(1e-4, 1.0, log=True),
}
LOGISTIC: dict[str, Any] = {"C": FloatRange(1e-4, 1.0, log=True)}
#: By method what it has beside these; of just-train-twice the epochs and weights that its paper tried, cut to a small network.
OWN: dict[str, dict[str, Any]] = {
    "group-dro": {"step": FloatRange(1e-3, 1e-1, log=True)},
    "cvar-dro": {"alpha": FloatRange(0.1, 1.0)},
    "chi-square-dro": {"rho": FloatRange(0.05, 5.0, log=True)},
    "irm": {"strength": FloatRange(0.1, 1e5, log=True), "after": FloatRange(0.0, 0.9)},
    "v-rex": {"strength": FloatRange(0.1, 1e5, log=True)},
    "deep-coral": {"strength": FloatRange(0.1, 10.0, log=True)},
    "mmd-network": {"strength": FloatRange(0.1, 10.0, log=True)},
    "dann": {"strength": FloatRange(0.01, 100.0, log=True)},
    "cdan": {"strength": FloatRange(0.01, 100.0, log=True)},
    "just-train-twice": {"first_epochs": IntRange(1, 10), "upweight": IntRange(2, 50, log=True)},
    "tent": {"steps": IntRange(1, 50, log=True), "pace": FloatRange(1e-4, 1e-2, log=True)},
}


def network(
    objective: str,
    *,
    learning_rate: float = 1e-3,
    weight_decay: float = 1e-2,
    n_jobs: int = 1,
    random_state: int = 0,
    **options: Any,
) -> ShiftNetwork:
    """A `ShiftNetwork` whose objective takes its options by name beside those of the training."""
    from carebench_plugins.shift.network import ShiftNetwork

    return ShiftNetwork(
        objective,
        options=options,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        n_jobs=n_jobs,
        random_state=random_state,
    )
