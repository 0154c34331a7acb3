# Everything there is to do here, by name: `make help`. Needs Python 3.11 to 3.13 and GNU make, nothing else.

OUT ?= study.html

PY := .venv/bin/python
NNVIZ := .venv/bin/nnviz
APP := .venv/.app-installed
DEV := .venv/.dev-installed
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input
DENO := .venv/bin/deno
WITHOUT_BROWSER := $(PY) -m pytest --ignore=tests/browser -n 2 --dist loadfile --no-loadscope-reorder
PINNED := .venv/bin/uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 --upgrade \
  --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make requirements"

# Which Python makes .venv: PYTHON if given, else the first of these that can.
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python)
CAN := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

.PHONY: help run test coverage attack deploy-local study bench soak train lint format words browser pictures requirements clean
# With `make -j` too, one thing after the other: pip runs once, and tests get the machine for themselves.
.NOTPARALLEL:
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(APP)  ## start the app (PORT, HOST; the first time installs what it needs)
	@exec $(NNVIZ) run

test: $(DEV) browser lint  ## every check and every test, those in a real browser too (ARGS: some of them)
	@$(DENO) test --quiet --no-remote --no-check tests/components/frontend
ifdef ARGS
	@$(PY) -m pytest $(ARGS)
else
	@# Two at once, in the order of tests/conftest.py. A browser takes a core for itself, and what is quick to
	@# fail comes first: so tests with a browser have a run of their own.
	@$(WITHOUT_BROWSER)
	@$(PY) -m pytest tests/browser -n 2 --dist worksteal
endif

coverage: $(DEV)  ## which branches no test comes to; takes twice as long as the same tests without
	@$(WITHOUT_BROWSER) --cov

attack: $(DEV)  ## the long attacks: greed, malice, broken files (about 20 minutes)
	@$(PY) -m pytest tests/attacks tests/deploy tests/experiments/test_executor.py -m "attack or not attack" $(ARGS)

deploy-local: $(APP)  ## all of deploy/ without containers: proxy, two replicas, PostgreSQL, Dask (ARGS="--help")
	@exec $(PY) -m deploy.local $(ARGS)

study: $(APP)  ## the report's whole study as one page, without a browser (OUT=study.html)
	@$(NNVIZ) study --out "$(OUT)" $(if $(ONLY),--only $(ONLY))

bench: $(DEV)  ## side-by-side measurements (ONLY="mlp startup" for some of them)
	@$(NNVIZ) bench $(ONLY)

soak: $(DEV)  ## an hour of lessons: does the server stay light? (MINUTES=60)
	@$(NNVIZ) bench soak --minutes=$(or $(MINUTES),60)

train: $(APP)  ## make the shipped models again
	@$(NNVIZ) train $(ONLY)

lint: $(DEV)  ## style, format, types, who may import whom, how hard pages are to read, the catalogue of words
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-logo'])"
	@$(DENO) lint --quiet
	@$(DENO) fmt --quiet --check
	@$(DENO) check --quiet --no-remote nnviz/components/frontend tests/components/frontend
	@$(PY) -m tests.readability
	@$(PY) -m tests.words

format: $(DEV)  ## put the code into shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(DENO) fmt --quiet

words: $(DEV)  ## make the catalogue of all texts again, assets/words/nnviz.pot
	@$(PY) -m tests.words --write

pictures: $(DEV) browser  ## take the README's pictures anew
	@$(PY) -m tests.browser.pictures

browser: $(DEV)  ## find or install the browser that the tests drive
	@$(PY) -m tests.browser.finding --install >/dev/null

requirements: $(DEV)  ## pin the newest versions of everything that pyproject.toml asks for, with hashes
	@$(PINNED) --output-file requirements.txt
	@$(PINNED) --extra dev --output-file requirements-dev.txt

clean:  ## remove .venv and every cache
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage* dist screenshots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@found=; for python in $(PYTHONS); do \
	  if "$$python" -c '$(CAN)' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 to 3.13 with its venv module was found (tried: $(subst ",,$(PYTHONS)))." >&2; \
	  echo "Install one (on Debian and Ubuntu also: apt install python3-venv), or say PYTHON=/path/to/python3." >&2; \
	  exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version) ..."; \
	"$$found" -m venv --clear .venv || { rm -rf .venv; exit 1; }

# A stamp is newer than what it installed from, so pip runs again only when that changes. An installation that
# was interrupted has no stamp; one without pip (interrupted earlier still) gets it back first.
$(APP): requirements.txt pyproject.toml | $(PY)
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@echo "Installing what the app needs (the first time: a few minutes, about 3 GB) ..."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.txt $(APP)
	@echo "Installing what the tests need ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
