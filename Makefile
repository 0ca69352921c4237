# `make` lists what there is; everything sets up what it needs in .venv.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE := tests/node/node_modules/.ready
PYRIGHT := tests/node/node_modules/.bin/pyright
REPORT := reports/latest
# Tests that run whole suites, or start processes and browsers: tracing them takes long, and adds little coverage.
UNTRACED := $(addprefix tests/,test_mutants.py test_variants.py test_replay.py test_runs.py test_realistic.py test_readme.py \
  test_clean.py test_browser.py test_recorded_runs.py test_adding.py test_packaging.py test_vendor_cli.py test_life_machine.py \
  test_reference_variants.py test_never_blinded.py test_odd_servers.py test_kill_matrix.py test_recipes.py test_comparison_page.py \
  test_faults.py test_compare.py test_guards_of_runs.py attacks/test_left_behind.py attacks/test_ownership.py)

.PHONY: help conformance docs test compare-demo lint house record bench order versions kill-matrix compare-mutants faults peer variants-page lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

conformance: $(READY) ## run the suites against the reference endpoint, and say where the page is
	@$(BIN)/exports-conformance -q --report-dir $(REPORT)
	@command -v exports-conformance >/dev/null || echo "to run it by its name in this shell: . $(VENV)/bin/activate"

docs: $(READY) ## build the documentation's site in docs/site/ from the last run, or from one against the reference
	@test -f $(REPORT)/result.json || $(BIN)/exports-conformance -q --report-dir $(REPORT)
	@$(BIN)/exports-conformance report $(REPORT)/result.json --report-dir docs/site

test: lint $(NODE) ## run the tests of this project, with their coverage, and every broken server
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal -q $(addprefix --ignore ,$(UNTRACED))
	$(BIN)/coverage combine -q
	$(BIN)/coverage report
	$(BIN)/pytest -n 2 --dist worksteal -q $(UNTRACED)

compare-demo: $(READY) ## replay the shipped recording against the later edition, and write the page of the comparison
	$(BIN)/python -m tests.compare_demo

lint: $(READY) $(NODE) ## check style and types, and that editors resolve our imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@test ! -x $(PYRIGHT) || $(PYRIGHT) suites
	@test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile

house: $(READY) ## print the modules and lines of each folder, who imports whom, and names that break the rules
	@$(BIN)/python -m tests.house

record: $(READY) ## make recordings/reference.har again, of what the suites send today
	$(BIN)/python -m tests.record

bench: $(READY) ## measure: exchanges, time, memory, the judge's pace
	$(BIN)/python -m tests.bench

order: $(READY) ## measure what each test finds with every broken server, and write suites/order.json, the order of tests
	$(BIN)/python -m tests.proof order

versions: ## run the installed wheel with pytest 8 and 9 and Python 3.11 to 3.13, as far as uv can get them
	tests/versions.sh

kill-matrix: $(READY) ## run the suites against every broken server, with 20 seeds, and write docs/kill-matrix.{md,json,svg}, docs/outside.md
	$(BIN)/python -m tests.proof matrix

faults: $(READY) ## reproduce the faults of every broken server, against it and a clean one
	$(BIN)/python -m tests.proof.faults

compare-mutants: $(READY) ## replay the shipped recording against every broken server and variant: each fault must be named as one entry
	$(BIN)/python -m tests.proof.compared

peer: $(READY) ## run Schemathesis against the same servers, into the same documents
	$(BIN)/python -m tests.proof peer

variants-page: $(READY) ## write docs/variants.md from the variants' docstrings
	@$(BIN)/python -m tests.proof variants

lock: ## renew requirements.lock, and the part of it that the image needs, from pyproject.toml
	uv pip compile --quiet --universal --generate-hashes --no-strip-extras --extra dev --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-header pyproject.toml -c requirements.lock -o requirements-runtime.lock

clean: ## remove what was built and measured
	rm -rf $(VENV) build dist *.egg-info tests/node/node_modules .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis $(REPORT) docs/site

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	mkdir -p $(VENV)/typing && ln -sfn ../.. $(VENV)/typing/exports_conformance
	touch $@

$(NODE): tests/node/package.json tests/node/package-lock.json
	@if command -v npm >/dev/null; then cd tests/node && npm ci --silent; else \
	  echo "node is not installed: the vendor's own client and the linters of pages and imports are left out"; \
	  mkdir -p tests/node/node_modules; fi
	@touch $@
