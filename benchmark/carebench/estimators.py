"""How the field's estimators are built and asked, so that an existing one is a plugin as it stands.

Separate from the answering program because the families share it. It runs in the answering child only.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from carebench.errors import InvalidAnswer, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray


def resolve(dotted: str) -> Callable[..., Any]:
    """Import what a dotted name such as `sklearn.svm.SVC` names.

    Raises:
        PluginError: when the module or the attribute is not there, or is not callable.
    """
    module_name, _, attribute = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise PluginError(
            f"{dotted!r} cannot be imported: {error}; is the distribution installed?"
        ) from error
    if not callable(found):
        raise PluginError(
            f"{dotted!r} is no class or function that builds an estimator, but {type(found).__name__}"
        )
    return found  # type: ignore[no-any-return]


def build(make: Callable[..., Any] | str, params: Mapping[str, Any], *, seed: int, threads: int) -> Any:
    """Build an estimator, passing `random_state` or `seed`, and `n_jobs`, where its signature has them."""
    maker = resolve(make) if isinstance(make, str) else make
    accepted = parameters(maker)
    given = dict(params)
    for name in ("random_state", "seed"):
        if name in accepted and name not in given:
            given[name] = seed
            break
    if "n_jobs" in accepted and "n_jobs" not in given:
        given["n_jobs"] = threads
    return maker(**given)


def fit_with_extras(estimator: Any, inputs: Any, answers: Any, extras: Mapping[str, Any]) -> Any:
    """Fit, passing each of `extras` only to a `fit` that names it, so that a plain estimator enters as it stands.

    Args:
        estimator: with `fit(X, y)`, or `fit(X, y, *, ...)` naming the extras that it wants.
        inputs: n rows.
        answers: training answers, shape (n,).
        extras: what else the family reveals, by the names that its contract gives.

    Returns:
        The fitted estimator.
    """
    wanted = parameters(estimator.fit)
    estimator.fit(inputs, answers, **{name: value for name, value in extras.items() if name in wanted})
    return estimator


def takes(make: Callable[..., Any] | str, name: str) -> bool:
    """Whether a maker takes the keyword argument `name`, by its signature."""
    maker = resolve(make) if isinstance(make, str) else make
    try:
        named = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return True
    return name in named or any(each.kind is each.VAR_KEYWORD for each in named.values())


def positive_class_answer(estimator: Any, inputs: Any) -> dict[str, NDArray[np.float64]]:
    """Ask a fitted binary classifier for the positive class.

    `predict_proba` gives `risk`: column of the larger class in `classes_` (the second column without
    `classes_`), or a one-dimensional array as it stands; where only one class was seen in training, the
    probability of 1 that follows. Without it, `decision_function` gives `score`,
    which ranks and is no probability.

    Args:
        estimator: fitted, with `predict_proba` or `decision_function`.
        inputs: n rows.

    Returns:
        One array of shape (n,), named `risk` or `score`.

    Raises:
        InvalidAnswer: when the estimator has neither method, or its answer has another shape.
    """
    if hasattr(estimator, "predict_proba"):
        return {"risk": _positive_column(estimator, estimator.predict_proba(inputs))}
    if hasattr(estimator, "decision_function"):
        return {"score": _vector(estimator.decision_function(inputs), "decision_function")}
    name = type(estimator).__name__
    raise InvalidAnswer(
        f"{name} has neither predict_proba(X) nor decision_function(X); one of them is needed"
    )


def parameters(make: Callable[..., Any] | str) -> frozenset[str]:
    """Names in the signature of a maker or method; empty where it has none that can be read."""
    try:
        return frozenset(inspect.signature(resolve(make) if isinstance(make, str) else make).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _positive_column(estimator: Any, answer: Any) -> NDArray[np.float64]:
    table = _plain(answer, "predict_proba")
    if table.ndim == 1:
        return table
    classes = list(getattr(estimator, "classes_", (0, 1)))
    if table.ndim == 2 and table.shape[1] == len(classes) == 1:
        return table[:, 0] if classes[0] == 1 else 1 - table[:, 0]
    if table.ndim != 2 or table.shape[1] != 2:
        raise InvalidAnswer(f"predict_proba gave shape {table.shape}; (n, 2) or (n,) was expected")
    return table[:, classes.index(max(classes))] if len(classes) == 2 else table[:, 1]


def _vector(answer: Any, method: str) -> NDArray[np.float64]:
    table = _plain(answer, method)
    if table.ndim != 1:
        raise InvalidAnswer(f"{method} gave shape {table.shape}; (n,) was expected")
    return table


def _plain(answer: Any, method: str) -> NDArray[np.float64]:
    """Plain float64 numbers; everything that is no real number is refused here, inside the plugin's process."""
    import numpy as np

    if isinstance(answer, np.ma.MaskedArray):
        raise InvalidAnswer(f"{method} gave a masked array; its mask would be ignored: fill it first")
    labels = getattr(answer, "index", None)
    if labels is not None and not callable(labels) and list(labels) != list(range(len(answer))):
        raise InvalidAnswer(f"{method} gave a pandas object whose index is not the test rows 0..n-1 in order")
    table = np.asarray(answer)
    if table.dtype.kind not in "fiu":
        raise InvalidAnswer(f"{method} gave dtype {table.dtype}; real numbers were expected")
    return np.array(table, dtype=np.float64, order="C")
