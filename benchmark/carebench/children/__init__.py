"""The child programs, the only processes that import plugins: discover, prepare, answer, score.

Each reads `order.json` from its work directory, leaves `outcome.json` and plain arrays there, and ends.
"""
