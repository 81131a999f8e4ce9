"""A plugin whose import ends the process at once with status 0, without any clean-up."""

import os

os._exit(0)
