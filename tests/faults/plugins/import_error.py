"""A plugin whose import fails: the module that it needs is not there."""

import a_module_that_is_not_there  # type: ignore[import-not-found]  # noqa: F401 - the fault itself
