# Everything here sets itself up: programs, virtual environment, private servers. Start with `make demo`.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Most tests wait for processes to start, stop or come back: three at a time keep two cores busy.
TEST_PROCESSES ?= 3
READY := @$(PYTHON) infra/local/bootstrap.py
# Compiled Python goes to var/ too: what a run leaves behind is in var/ and .venv/ alone.
export PYTHONPYCACHEPREFIX := $(CURDIR)/var/cache/python
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/var/cache/hypothesis

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## push partners' files through the whole platform, show what became of them, and end
	$(READY) run
	@$(BIN)/meedoen demo

up: ## the same, but it stays up until Ctrl-C
	$(READY) run
	@$(BIN)/meedoen up

test: ## the whole suite of tests, on private servers of its own
	$(READY) test
	@$(BIN)/pytest -n $(TEST_PROCESSES) --dist loadscope

failed: ## what failed in the last run, once more and alone
	$(READY) test
	@$(BIN)/pytest --last-failed --last-failed-no-failures none

unit: ## the tests that need no server, in seconds
	$(READY) test
	@$(BIN)/pytest tests/unit tests/contract

repartition: ## change the partitions of every service of a running platform under load, with kills (some minutes)
	$(READY) test
	@$(BIN)/pytest -m long tests/acceptance/test_repartition.py

bench: ## measure Meedoen beside a plain nameko pipeline, in turns: medians and ratios (BENCH="--rounds 5" and the like)
	$(READY) run
	@$(BIN)/python -m bench $(BENCH)

bench-growth: ## measure Meedoen with a thousand and with three hundred thousand referrals in its databases
	$(READY) run
	@$(BIN)/python -m bench --growth $(BENCH)

speed: ## both of these, and write docs/reference/speed.md
	$(READY) run
	@$(BIN)/python -m bench --write $(BENCH)

screenshots: ## make the pictures of the how-to pages again (STORY=coordinator for those of one page)
	$(READY) test
	@$(BIN)/python -m tests.screenshots $(STORY)

lint: ## style, types, layers between packages, and the API descriptions by their official checkers
	$(READY) lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --cache-dir var/cache/import-linter
	@infra/lint/run.sh

compose-env: ## write a .env with fresh secrets for docker compose (DEMO=yes: one that needs nothing filled in)
	$(READY) env
	@$(BIN)/python -m infra.containers.environment $(if $(DEMO),--demo)

compose-check: ## prove the containers: files through the gateway while containers restart and die (SEED=, ROUNDS=)
	$(READY) env
	@$(BIN)/python -m ops.containers $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

faults: ## break a running platform in every way on the list, and write what came of it (some 55 minutes; ONLY="4 poison" ROUNDS=2)
	$(READY) test
	@$(BIN)/python -m tests.faults $(ONLY) --rounds $(or $(ROUNDS),4)

soak: ## a long load while one fault after the other happens, as chance has it (MINUTES=10, SEED=… for the same again)
	$(READY) test
	@SOAK_MINUTES=$(or $(MINUTES),10) $(BIN)/python -m tests.faults soak --rounds 1 $(if $(SEED),--seed $(SEED))

lock: ## lock the libraries with their hashes after a change of requirements/*.in (needs uv; UPGRADE=--upgrade for newer)
	@for set in run local test; do uv pip compile -q $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --custom-compile-command "make lock" requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean: ## remove the local installation and all caches; a running one must be stopped first
	@mkdir -p var && flock -n var/supervisor.lock rm -rf var .venv || { echo "It runs here: stop it first (Ctrl-C)."; exit 1; }

.PHONY: help demo up test failed unit screenshots repartition bench bench-growth speed lint compose-env compose-check faults soak lock clean
