"""Which families the built-in models answer; separate so that a new family is added in one place."""

from __future__ import annotations

#: Families of the risk of an event under shift, in all of which `fit` may ask for `domain`.
SHIFTED = ("shift", "shift-generalisation", "shift-adaptation")

#: Families that give unlabelled inputs of the target, as `X_target`.
ADAPTED = ("shift-adaptation",)

#: Families that ask for a statistic of a batch.
DETECTED = ("shift-detection",)

#: Families that ask for a statistic after every row of a stream.
FOLLOWED = ("shift-sequential",)

#: Families that ask how often a frozen classifier is right on a batch.
ESTIMATED = ("shift-estimation",)

#: Families that ask `fit(X, y)` and then the probability of the event: any probabilistic classifier answers.
RISK_OF_EVENT = ("mortality", "noisy-labels", "noisy-labels-known", "defer", *SHIFTED)

#: Families in which a published prognostic score is a reference line.
PUBLISHED_RISK = ("mortality", "noisy-labels", "noisy-labels-known")

#: Families that ask `fit(X, y, *, treatment)` and then the effect of treatment on each patient.
EFFECTS = ("causal",)

#: Families that ask `fit(X, y, *, treatment)` and then the average effect.
AVERAGE_EFFECTS = ("causal-average",)
