"""The built-in models: an ordinary plugin package that happens to live here."""
