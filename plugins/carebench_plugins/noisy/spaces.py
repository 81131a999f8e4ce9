"""What tuning may change of the methods for noisy labels, and the network as it then builds them.

Separate from the list of methods because ranges have sources of their own: where the method's paper defines the parameter,
else a power of ten to either side of the setting that it used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange, IntRange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carebench_plugins.noisy.network import RobustNetwork

#: After the appendix of Gorishniy, Rubachev, Khrulkov and Babenko 2021, Revisiting deep learning models for tabular data, NeurIPS.
LOOP: dict[str, Any] = {
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "weight_decay": FloatRange(1e-6, 1e-1, log=True),
}
#: By method what it has beside the loop; early learning and JoCoR over the values of their papers' appendices.
OWN: dict[str, dict[str, Any]] = {
    "label-smoothing": {"share": FloatRange(0.01, 0.5)},
    "bootstrap-soft": {"beta": FloatRange(0.5, 1.0)},
    "bootstrap-hard": {"beta": FloatRange(0.5, 1.0)},
    "generalised-cross-entropy": {"q": FloatRange(0.05, 1.0)},
    "symmetric-cross-entropy": {
        "alpha": FloatRange(0.01, 1.0, log=True),
        "beta": FloatRange(0.1, 10.0, log=True),
    },
    "active-passive": {"alpha": FloatRange(0.1, 10.0, log=True), "beta": FloatRange(0.1, 10.0, log=True)},
    "bi-tempered": {"t1": FloatRange(0.2, 1.0), "t2": FloatRange(1.0, 4.0)},
    "mixup": {"alpha": FloatRange(0.1, 10.0, log=True)},
    "early-learning": {"strength": Choice([1.0, 3.0, 5.0, 7.0, 10.0]), "beta": Choice([0.5, 0.7, 0.9, 0.99])},
    "co-teaching": {"forget": FloatRange(0.05, 0.5), "warm_up": FloatRange(0.05, 0.5)},
    "jocor": {"agreement": FloatRange(0.05, 0.95), "forget": FloatRange(0.05, 0.5)},
    "nnpu": {"completeness": FloatRange(0.4, 1.0)},
    "volume-minimisation": {"strength": FloatRange(1e-3, 1e-1, log=True), "start": FloatRange(-4.0, 0.0)},
    "edited-neighbours": {"neighbours": IntRange(3, 50, log=True)},
    "deep-neighbours": {"neighbours": IntRange(3, 50, log=True)},
    "self-ensembling": {"momentum": FloatRange(0.0, 0.95), "rounds": IntRange(2, 5)},
    "raykar": {"rounds": IntRange(2, 8)},
}


def space(name: str) -> dict[str, Any]:
    """The search space of a method whose backbone is the network."""
    return LOOP | OWN.get(name, {})


def network(
    objective: str = "carebench_plugins.noisy.loop.Objective",
    *,
    settings: Mapping[str, Any] | None = None,
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    n_jobs: int = 1,
    random_state: int = 0,
    **params: Any,
) -> RobustNetwork:
    """A `RobustNetwork` whose objective takes its parameters by name beside those of the loop."""
    from carebench_plugins.noisy.network import RobustNetwork

    return RobustNetwork(
        objective=objective,
        params=params,
        settings=settings or {},
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        n_jobs=n_jobs,
        random_state=random_state,
    )
