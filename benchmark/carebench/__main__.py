"""`python -m carebench` is the command `carebench`."""

from carebench.cli import main

main()
