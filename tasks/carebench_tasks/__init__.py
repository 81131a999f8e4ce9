"""The built-in families and tasks: an ordinary plugin package that happens to live here."""
