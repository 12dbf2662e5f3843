# Two commands do everything on a fresh machine: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

# What is compiled is kept, also where the environment says otherwise: tests start some hundred processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test test-postgresql check format bench faults faults-mutants attack-surveys requirements asvs clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

run: $(RUN_READY) ## Start the product: web server, worker, SQLite, mail outbox
	@$(PYTHON) -m assessment run

# What tests throw away need not reach a disk: waiting for it is a fifth of the time of those that write. In kilobytes.
FREE := NR == 2 { disk = $$4 } /^MemAvailable/ { memory = $$2 } END { if (disk > 8e6 && memory > 8e6) print "/dev/shm" }
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk '$(FREE)' - /proc/meminfo 2>/dev/null)
# Three processes for two processors: some of the tests wait for others.
TEST := $(addprefix TMPDIR=,$(or $(TMPDIR),$(MEMORY))) $(PYTHON) -m pytest -q -n 3

test: $(DEV_READY) ## Run all tests, a real browser included, on SQLite and on a PostgreSQL of their own
	@$(TEST)
	@ASSESSMENT_TEST_DATABASE=postgresql $(TEST)

# What opens no database is not repeated on PostgreSQL, nor what looks at pages: tests/choosing.py, which also fails a
# test that belongs elsewhere. With PYTEST_ADDOPTS=--repeat-all everything is.
test-postgresql: $(DEV_READY) ## Run the tests on PostgreSQL alone
	@ASSESSMENT_TEST_DATABASE=postgresql $(TEST)

check: $(DEV_READY) ## Lint, types, layers, templates, questionnaires
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/djlint templates --lint --quiet
	@$(PYTHON) -m assessment check

format: $(DEV_READY) ## Put the code into its form
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

bench: $(DEV_READY) ## Measure, as ratios within one run
	@$(PYTHON) -m tests.bench

faults: $(DEV_READY) ## Inject every fault in full, on both databases (two hours)
	@$(PYTHON) -m tests.faults

faults-mutants: $(DEV_READY) ## Try the kills on five wrong designs: each must be caught
	@$(PYTHON) -m tests.faults.mutants

attack-surveys: $(DEV_READY) ## Attack the releases of 1,000 synthetic surveys: nobody may be singled out
	@$(PYTHON) -m tests.survey_attack 1000

asvs: $(DEV_READY) ## Print which rows of OWASP ASVS 5.0.0 are met, and the proof of each
	@$(PYTHON) -m tests.asvs

requirements: $(DEV_READY) ## Pin requirements anew, with hashes and without index addresses
	@for set in run dev; do $(VENV)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --python-version 3.11 requirements/$$set.in -o requirements/$$set.txt; done

clean: ## Remove the environment; the home folder (var) stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(RUN_READY): requirements/run.txt requirements/setup.txt requirements/setup.sh
	@requirements/setup.sh run

$(DEV_READY): requirements/run.txt requirements/dev.txt requirements/setup.txt requirements/setup.sh
	@requirements/setup.sh dev
