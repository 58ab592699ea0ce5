# What a person does with a checkout: run it, serve it, check it, test it. Every command works offline once `dev` is installed.
# PYTHON chooses the interpreter that makes .venv; pip's own environment (PIP_*) is respected.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
ARGS ?=

.PHONY: help run up setup dev check format lint types contracts fast sizes docs-check test bench docs lock clean
.DEFAULT_GOAL := help

help: ## these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup ## take the telescope data through the whole pilot (ARGS=--fresh starts over)
	@$(BIN)/moyai pilot run examples/gamma-ray/pilot.toml $(ARGS)

up: setup ## serve the portal and the API on this machine
	@$(BIN)/moyai up $(ARGS)

setup: $(VENV)/.installed ## make .venv and install moyai in it

dev: $(VENV)/.developed ## the same, with the tools that check and test it

$(BIN)/pip:
	@$(PYTHON) scripts/environment.py $(VENV)

$(VENV)/.installed: requirements/run.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what moyai needs into $(VENV) (once; some minutes on a slow line)"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.developed: requirements/dev.txt $(VENV)/.installed
	@echo "Installing the tools for checks and tests into $(VENV)"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

check: dev format lint types contracts docs-check fast ## everything that takes under two minutes; green before any hand-over

format: dev
	@$(BIN)/ruff format --quiet --check . || { echo "Put it in shape: $(BIN)/ruff format ."; exit 1; }

lint: dev
	@$(BIN)/ruff check --quiet .

types: dev
	@$(BIN)/basedpyright --level error

contracts: dev
	@$(BIN)/lint-imports --no-logo

fast: dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow"

sizes: dev ## the ten longest files and functions
	@$(BIN)/python -m pytest -s tests/house/test_sizes.py

docs-check: dev
	@$(BIN)/python -m scripts.reference --check

test: dev format lint types contracts docs-check ## everything, with every test; needs no network beyond this machine
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

bench: dev ## measure what is promised; results go to bench/results
	@$(BIN)/python -m bench $(ARGS)

docs: dev ## write docs/reference again from the code
	@$(BIN)/python -m scripts.reference

lock: dev ## choose and pin the newest fitting versions (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: $(PIP) install uv, and put it on PATH"; exit 1; }
	uv pip compile pyproject.toml requirements/build.in --extra pilot --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements/run.txt
	uv pip compile pyproject.toml requirements/build.in --extra pilot --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements/dev.txt

clean: ## forget .venv (the home .moyai stays)
	rm -rf $(VENV)
