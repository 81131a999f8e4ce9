"""The deferral tasks: one module per cohort, each task a declaration with its data card.

The rater studies of `carebench_tasks.consensus` are no deferral tasks. Nobody knows the right answer there: whichever
rater or vote stood for it, "right" would mean agreement with colleagues, the inputs would be the same kind of opinion as the
expert's, and a method would win by predicting the voters. They are scored where that is the question, as consensus.
"""
