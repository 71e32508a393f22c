# One target a verb. Each sets up what it needs and is quick the second time.
# Needs python3 (3.11 or later), node and npm.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet
BUNDLE := videogen_nb/static/saved.js
# Bytecode is kept: some machines turn it off, and then every process that a test starts compiles all it imports.
export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo lab test test-all .setup .chromium elsewhere matrix torture lint format build docs bench picture clean

demo: $(VENV)/.notebook $(BUNDLE)
	@$(BIN)/python tools/demo.py

lab: $(VENV)/.notebook $(BUNDLE)
	@$(BIN)/jupyter lab notebooks/quickstart.ipynb

# In five minutes: every room, one real kernel, one real browser, each wire, one kill; ARGS=… runs what it names.
test: .setup
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	cd js && npm test --silent
	$(PYTEST) -m 'not slow' --ignore tests/elsewhere
endif

# What `make test` leaves out: the whole of the fault matrix, kills, kernels, browser, wheel and Binder.
test-all: .setup
	$(PYTEST) -m slow --ignore tests/elsewhere

# The three parts of the set-up wait for different things, so they go side by side.
.setup:
	@$(MAKE) --no-print-directory --jobs 3 $(VENV)/.test $(BUNDLE) .chromium

.chromium: $(VENV)/.test
	@$(BIN)/python tools/browser.py

# Real-time collaboration and Voilà, in an environment of their own: what they bring changes every JupyterLab beside it.
elsewhere: .elsewhere/.done $(BUNDLE)
	@.elsewhere/bin/python tools/browser.py
	.elsewhere/bin/python -m pytest tests/elsewhere

.elsewhere/.done: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m venv .elsewhere
	@.elsewhere/bin/python -m pip --disable-pip-version-check install --quiet -e '.[elsewhere]'
	@touch $@

# The kernel tests on each supported ipykernel and Python; some 15 minutes. PYTHONS and KERNELS can be given.
matrix: $(VENV)/.test $(BUNDLE)
	$(BIN)/python tools/matrix.py $(if $(PYTHONS),--pythons $(PYTHONS)) $(if $(KERNELS),--kernels $(KERNELS))

# Twenty minutes of what `make test` tries for seconds; ROUNDS and SEED can be given.
ROUNDS ?= 600
SEED   ?= 1
torture: $(VENV)/.test $(BUNDLE)
	$(BIN)/python -m tests.faults.killing --rounds $(ROUNDS) --seed $(SEED)
	$(BIN)/python -m tests.faults.soak --jobs 2000 --seed $(SEED)
	$(BIN)/python -m tests.faults.outage --minutes 10
	$(BIN)/python -m tests.faults.matrix

lint: $(VENV)/.lint js/node_modules/.done
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	cd js && npm run --silent check && npm run --silent lint

format: $(VENV)/.lint js/node_modules/.done
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	cd js && npm run --silent format

build: $(VENV)/.lint $(BUNDLE)
	@rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m tools.check_dist dist

# The site, in build/docs/html; BUILDER=linkcheck asks other sites whether the links to them still lead somewhere.
BUILDER ?= html
docs: $(VENV)/.docs docs/notebooks/.done
	$(BIN)/python tools/docs_tables.py
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet -b $(BUILDER) docs build/docs/$(BUILDER)
ifeq ($(BUILDER),html)
	$(BIN)/python tools/docs_links.py build/docs/html
endif

docs/notebooks/.done: $(wildcard notebooks/*.ipynb) tools/docs_notebooks.py | $(VENV)/.docs
	$(BIN)/python tools/docs_notebooks.py
	@touch $@

bench: $(VENV)/.test $(BUNDLE)
	@$(BIN)/python tools/browser.py
	$(BIN)/python -m benchmarks $(ARGS)

picture: $(VENV)/.test $(BUNDLE)
	@$(BIN)/python tools/browser.py
	$(BIN)/python tools/picture.py

clean:
	rm -rf $(VENV) .matrix .elsewhere .bench build dist demo docs/_generated docs/notebooks js/node_modules videogen_nb/static .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "videogen-nb needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Making a virtual environment failed; on Debian: apt install python3-venv"; exit 1; }

# The bundle comes first: installing the package would build it too, but once each time.
$(VENV)/.notebook: pyproject.toml $(BUNDLE) | $(BIN)/python
	@echo "Installing videogen-nb with JupyterLab into $(VENV) …"
	@$(PIP) -e '.[notebook]'
	@touch $@

$(VENV)/.test: pyproject.toml $(BUNDLE) | $(BIN)/python
	@echo "Installing videogen-nb with what its tests need into $(VENV) …"
	@$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.notebook

$(VENV)/.lint: $(VENV)/.test
	@$(PIP) -e '.[lint]'
	@touch $@

$(VENV)/.docs: pyproject.toml $(BUNDLE) | $(BIN)/python
	@echo "Installing videogen-nb with what its documentation needs into $(VENV) …"
	@$(PIP) -e '.[docs]'
	@touch $@

js/node_modules/.done: js/package.json js/package-lock.json
	@cd js && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(wildcard js/src/* js/src/*/* js/src/*/*/*) js/build.mjs js/node_modules/.done
	@cd js && npm run --silent build
	@touch $@
