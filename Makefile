# The two commands: `make leaderboard` and `make test`. Both set up .venv first; nothing else is needed
# beforehand but Python 3.11 or newer with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
EXTRAS := bayes,boost,causal,dev,noisy,shift,survival
# Modules side by side, the longest first, on four cores at most, since some start a Ray of their own, and one thread each.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup leaderboard test test-all bench simulations screenshots lint format clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## make the environment in .venv

leaderboard: $(READY) ## score the suite `quick` on real patients and leave a board to open
	$(BIN)/carebench run --suite quick

test: $(READY) lint ## lint, types and tests
	$(PYTEST) -m "not slow"

test-all: $(READY) lint ## likewise, with the tests that take minutes
	$(PYTEST)

bench: $(READY) ## speed, as ratios measured side by side in one run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench,$(EXTRAS)]'
	$(BIN)/python -m tests.performance --write

screenshots: $(READY) ## pictures of the board of `make leaderboard`, to docs; needs chromium
	$(BIN)/python -m tests.leaderboard.screenshots leaderboards/quick docs

simulations: $(READY) ## coverage and type I error of what the board prints, on made-up boards; some minutes
	$(BIN)/python -m tests.leaderboard.simulations --write

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

format: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

clean: ## remove the environment; results and boards stay
	rm -rf $(VENV)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "carebench needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' \
	  || { echo "this Python has no venv; install it (on Debian: python3-venv)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
	touch $(READY)
