# Colloquy: `make run` starts it, `make test` checks it.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
BIN := .venv/bin

# Some machines forbid Python to keep what it compiled. Each of the hundreds of processes that tests start would then
# compile everything anew, which takes longer than most of their work.
export PYTHONDONTWRITEBYTECODE :=

# Processes that run tests; each may start servers and a browser.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 4 ? n : 4)))

.DEFAULT_GOAL := help
.PHONY: help run test lint bench smoke lock messages screenshots setup setup-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@$(PYTHON) deploy/setup.py run

setup-test:
	@$(PYTHON) deploy/setup.py test

run: setup ## Set everything up and start Colloquy with a sample organisation (PORT, VAR_DIR)
	@exec $(BIN)/python manage.py run

lint: setup-test ## Style, types, imports, templates and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

test: lint ## All checks, then all tests
	PATH="$(CURDIR)/$(BIN):$$PATH" node --test tests/js/*.test.js
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --no-loadscope-reorder

bench: setup-test ## Measure, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

smoke: setup ## Check a running installation: URL=https://... [EMAIL= PASSWORD=] [AUTHORITY=file]
	@EMAIL='$(EMAIL)' PASSWORD='$(PASSWORD)' AUTHORITY='$(AUTHORITY)' $(BIN)/python deploy/smoke.py '$(URL)'

lock: setup-test ## Pin the requirements anew
	deploy/lock.sh

messages: setup-test ## Bring the catalogs of the interface's languages up to date with the source
	$(BIN)/python deploy/messages.py

screenshots: setup-test ## Take every screen into docs/screenshots
	$(BIN)/python -m pytest -q tests/look/shoot.py
