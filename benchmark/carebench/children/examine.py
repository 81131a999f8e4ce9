"""The examining child: a plugin's own function reads a data set in a folder, and says what it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carebench.children import harness
from carebench.errors import PluginError
from carebench.estimators import resolve


def examine(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Call the function `order["check"]` on the folder `order["path"]`; its counts come in its order, each with a name."""
    harness.mark(work, "load")
    check = resolve(order["check"])
    harness.mark(work, "read")
    counts = check(Path(order["path"]), nonstandard=order["nonstandard"])
    try:
        return {"counts": [[str(name), int(count)] for name, count in counts.items()]}
    except (AttributeError, TypeError, ValueError) as error:
        raise PluginError(f"{order['check']} gave {counts!r:.80}; counts by name were expected") from error


PROGRAM = examine

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
