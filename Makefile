# Everything there is to do here, by name: `make help`. Needs Python 3.11 or newer and GNU make, nothing else.

PORT ?= 8501
HOST ?= 127.0.0.1
OUT ?= study.html

PY := .venv/bin/python
APP := .venv/.app-installed
DEV := .venv/.dev-installed
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input
STREAMLIT := $(PY) -m streamlit

# Which Python makes .venv: PYTHON if given, else the first of these that can.
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python)
CAN := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

# Worker processes find `nnviz` from wherever they start.
export PYTHONPATH := $(CURDIR)$(if $(PYTHONPATH),:$(PYTHONPATH))
# BLAS on one thread, read when NumPy is imported. With two threads on two cores, trainings side by side got
# up to twenty times slower.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1

.PHONY: help run test study bench train lint format browser clean
# With `make -j` too, one thing after the other: pip runs once, and tests get the machine for themselves.
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(APP)  ## start the app (PORT, HOST; the first time installs what it needs)
	@exec $(STREAMLIT) run app.py --server.port "$(PORT)" --server.address "$(HOST)"

test: $(DEV) browser lint  ## every check and every test, those in a real browser too
	@$(PY) -m pytest $(ARGS)

study: $(APP)  ## the report's whole study as one page, without a browser (OUT=study.html)
	@$(PY) -m nnviz.report.study --out "$(OUT)" $(if $(ONLY),--only $(ONLY))

bench: $(DEV)  ## side-by-side measurements (ONLY="mlp startup" for some of them)
	@$(PY) -m benchmarks $(ONLY)

train: $(APP)  ## make the shipped models again
	@$(PY) -m training $(ONLY)

lint: $(DEV)  ## style, format, types, and who may import whom
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo'])"

format: $(DEV)  ## put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

browser: $(DEV)  ## find or install the browser that the tests drive
	@$(PY) -m tests.browser.finding --install >/dev/null

clean:  ## remove .venv and every cache
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache screenshots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@found=; for python in $(PYTHONS); do \
	  if "$$python" -c '$(CAN)' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer with its venv module was found (tried: $(subst ",,$(PYTHONS)))." >&2; \
	  echo "Install one (on Debian and Ubuntu also: apt install python3-venv), or say PYTHON=/path/to/python3." >&2; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version) ..."; \
	"$$found" -m venv --clear .venv || { rm -rf .venv; exit 1; }

# A stamp is newer than what it installed from, so pip runs again only when that changes. An installation that
# was interrupted has no stamp; one without pip (interrupted earlier still) gets it back first.
$(APP): requirements.txt pyproject.toml | $(PY)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@echo "Installing what the app needs (the first time: a few minutes, about 2 GB) ..."
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -e .
	@touch $@

$(DEV): requirements-dev.txt $(APP)
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
