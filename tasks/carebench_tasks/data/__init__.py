"""Loaders: one module per place that data come from."""
