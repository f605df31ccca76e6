# Every target sets itself up first: .venv is built from requirements.lock when it is missing, half
# built, moved, or older than the lock. Nothing has to be activated or installed by hand.
#
#   PYTHON=python3.12 make report    build .venv with another Python
#   make test ARGS="-k retention"    ARGS goes to the tool behind the target

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HERE = $(abspath $(BIN))
BRAND := completejourney
DEMO := demo

# The names of the two marks carry a checksum of what was installed, so that a set-up that was
# killed, a lock that changed and a folder that moved all look the same: the mark is not there.
LOCKED := $(VENV)/.locked-$(shell { cat requirements.lock; echo "$(CURDIR)"; } | cksum | tr ' ' -)
PACKAGED := $(VENV)/.packaged-$(shell cksum < pyproject.toml | tr ' ' -)

# A .venv whose Python was removed is built anew, and so is one of another version than was asked
# for by name.
VERSION := -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
HAS := $(shell $(BIN)/python $(VERSION))
ASKED := $(if $(filter file,$(origin PYTHON)),$(HAS),$(shell $(PYTHON) $(VERSION)))
ifneq ($(or $(HAS),none),$(ASKED))
.PHONY: $(LOCKED)
endif

# uv does the same in a tenth of the time. Where it cannot (a company's own index is often set up for
# pip alone), pip does it. Byte code is left to the first import: most of it is never needed.
OPTIONS := --quiet --require-hashes --no-deps --no-build-isolation
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
INSTALL = { command -v uv >/dev/null && uv pip install --python $(BIN)/python $(OPTIONS) -r $(1); } \
	|| $(PIP) install --no-compile $(OPTIONS) -r $(1)

.DEFAULT_GOAL := help
.PHONY: help setup report test test-slow lint format lock docs lab diffs bench clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(PACKAGED) ## Build .venv; every other target does this by itself
	@echo "set-up: $(VENV) has what requirements.lock says"

report: setup ## Load a real retailer and a simulated brand, make their reports, print where they are
	@$(BIN)/insights ingest completejourney --brand $(BRAND)
	@$(BIN)/insights run --brand $(BRAND) $(ARGS)
	@# Simulated, because no public data hold a private domain; made when there is none yet.
	@$(BIN)/insights demo load $(DEMO)
	@$(BIN)/insights run --brand $(DEMO) $(ARGS)

test: setup ## Run every test but the slow ones
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-slow: setup ## Run the slow tests: full seeds, kills, installing the wheel
	@# Handed out one by one: some files hold twenty minutes of work.
	$(BIN)/python -m pytest -m slow -n auto --dist worksteal $(ARGS)

lint: setup ## Check format, lint, types and who imports whom
	@# All of them run, so that one go tells everything that is wrong.
	@status=0; \
	for check in "ruff format --check ." "ruff check ." mypy "lint-imports --no-logo --no-cache"; do \
		echo "== $$check"; $(BIN)/$$check || status=1; \
	done; exit $$status

format: setup ## Format the code and empty the notebooks of outputs
	$(BIN)/nbstripout --keep-id notebooks/*.ipynb
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Write requirements.lock and environment.yml from pyproject.toml (ARGS=--upgrade: newest)
	@# One version of each package for every Python: the same numbers wherever it runs.
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest \
		--extra dask --extra demo --extra lab --extra sql --group dev --generate-hashes --no-annotate --no-header --quiet $(ARGS) \
		-o requirements.lock
	$(BIN)/python tests/house/environment.py

docs: setup ## Write what is generated: docs/tables.md, docs/api.md, the table of ARCHITECTURE.md
	$(BIN)/python -m insights.schema.document > docs/tables.md.new
	mv docs/tables.md.new docs/tables.md
	$(BIN)/python -m insights.lab.document > docs/api.md.new
	mv docs/api.md.new docs/api.md
	$(BIN)/python tests/house/modules.py

lab: diffs ## Open JupyterLab on notebooks/start_here.ipynb, with real data loaded (ARGS=--no-browser)
	@$(BIN)/insights ingest completejourney --brand $(BRAND)
	@$(BIN)/insights lab $(ARGS)

diffs: setup ## Let git compare and merge notebooks by their cells, and keep outputs out of it
	@# By their full names: nobody has to have .venv activated. .gitattributes says for which files.
	@git rev-parse --git-dir >/dev/null 2>&1 || exit 0; \
	git config diff.jupyternotebook.command "$(HERE)/git-nbdiffdriver diff" && \
	git config merge.jupyternotebook.name "notebooks by their cells" && \
	git config merge.jupyternotebook.driver "$(HERE)/git-nbmergedriver merge %O %A %B %L %P" && \
	git config filter.nbstripout.clean "$(HERE)/python -m nbstripout --keep-id" && \
	git config filter.nbstripout.smudge cat

bench: setup ## Run the benchmarks beside their peers, some at 50 million orders; takes hours
	@for script in benchmarks/*.py; do \
		test -e "$$script" || { echo "There are no benchmarks yet."; break; }; \
		echo "== $$script"; $(BIN)/python "$$script" $(ARGS) || exit 1; \
	done

clean: ## Remove .venv and caches; data and reports stay
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(PACKAGED): $(LOCKED)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "insights needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | head -n 1)"; \
		echo "Name another one: PYTHON=python3.12 make $(MAKECMDGOALS)"; exit 1; } >&2
	@echo "set-up: building $(VENV) from requirements.lock (about a minute; seconds where uv is installed)"
	@# The marks go first: a kill while the rest is being removed must not leave them behind.
	@rm -f $(VENV)/.locked-* $(VENV)/.packaged-* && rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@# One dependency is published as source only; what builds it comes from the lock, too.
	@awk '/^(packaging|setuptools|wheel)==/ {on = 1} on; !/\\$$/ {on = 0}' requirements.lock > $(VENV)/build.txt
	@$(call INSTALL,$(VENV)/build.txt)
	@$(call INSTALL,requirements.lock)
	@touch $@
