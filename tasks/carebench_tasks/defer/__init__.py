"""The deferral tasks: one module per cohort, each task a declaration with its data card."""
