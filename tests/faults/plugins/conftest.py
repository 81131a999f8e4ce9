"""Keeps pytest from importing the plugins of this folder: several end the process that imports them."""

from __future__ import annotations

collect_ignore_glob = ["*.py"]
