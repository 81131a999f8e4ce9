"""The mortality tasks: one module per data set, each task's docstring its data card."""
