"""Which families the built-in models answer; separate so that a new family is added in one place."""

from __future__ import annotations

#: Families that ask `fit(X, y)` and then the probability of the event: any probabilistic classifier answers.
RISK_OF_EVENT = ("mortality", "noisy-labels", "noisy-labels-known", "defer")

#: Families in which a published prognostic score is a reference line.
PUBLISHED_RISK = ("mortality", "noisy-labels", "noisy-labels-known")

#: Families that ask `fit(X, y, *, treatment)` and then the effect of treatment on each patient.
EFFECTS = ("causal",)

#: Families that ask `fit(X, y, *, treatment)` and then the average effect.
AVERAGE_EFFECTS = ("causal-average",)
