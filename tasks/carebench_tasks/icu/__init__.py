"""Intensive-care data in their publishers' own layouts: read, checked, cut at 48 hours."""
