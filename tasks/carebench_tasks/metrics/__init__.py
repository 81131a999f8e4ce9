"""Metrics, each defined once with formula, range, direction and source, whichever families use them."""
