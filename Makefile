# make report    the whole default run: every notebook, then figures/
# make test      every test, with the notebooks' stored outputs compared
# make lab       JupyterLab on notebooks/
# make notebooks run the notebooks with their defaults and store the outputs in place
# make benchmark the speed runs
# make calibrate answer key and calibration of the estimators anew: hours on two cores; interrupted, it resumes
# make lock      write requirements.lock anew from pyproject.toml (needs uv)
# make clean     remove the environment, runs/ and caches
#
# Another Python: make PYTHON=python3.12 test. More options for JupyterLab: make lab LAB=--no-browser

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Written last: an environment without it was interrupted and is made anew.
READY := $(VENV)/.ready
CODE := rehab_stats tests notebooks

.PHONY: report test lint lab notebooks benchmark calibrate lock clean help
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

report: $(READY)
	$(BIN)/rehab-stats report

# A thread each, as the runner gives its kernels: two workers that calculate in two threads wait for each other.
test: $(READY) lint
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
	    $(BIN)/python -m pytest notebooks tests -n 2 --dist loadfile --no-loadscope-reorder \
	    --nbval --nbval-current-env --nbval-cell-timeout=120 --nbval-sanitize-with=tests/nbval_sanitize.cfg

lint: $(READY)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

lab: $(READY)
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@printf '%s\n' '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
	    > $(VENV)/share/jupyter/lab/settings/overrides.json
	$(BIN)/jupyter-lab --notebook-dir=. --LabApp.default_url=/lab/tree/notebooks $(LAB)

notebooks: $(READY)
	$(BIN)/rehab-stats store

benchmark: $(READY)
	@set -e; for program in tests/benchmarks/*.py; do echo "$$program"; $(BIN)/python "$$program"; done

calibrate: $(READY)
	$(BIN)/python -m rehab_stats.calibrate key
	$(BIN)/python -m rehab_stats.calibrate run

# Plain pip, so that the user's own index settings hold. --no-deps because the lock is complete and older pips refuse
# hashes with extras; the package itself comes last, built with the locked hatchling.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON) here: install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))' \
	    || { echo "rehab_stats needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1): name another with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
	    || { echo "$(PYTHON) cannot make environments: install its venv package (Debian and Ubuntu: python3-venv)"; exit 1; }
	@if test -e $@; then rm -f $@; else echo "Making the environment in $(VENV) (two to four minutes)"; $(PYTHON) -m venv --clear $(VENV); fi
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# uv is asked in an empty folder, because its own lock file records download addresses.
lock:
	@command -v uv > /dev/null || { echo "make lock needs uv (https://docs.astral.sh/uv)"; exit 1; }
	@work=$$(mktemp -d) && trap 'rm -rf "$$work"' EXIT \
	    && cp pyproject.toml README.md LICENSE "$$work" && cp -r rehab_stats "$$work" \
	    && uv lock --project "$$work" \
	    && uv export --project "$$work" --frozen --all-extras --no-emit-project --no-header --no-annotate \
	        --format requirements-txt --output-file "$$work/requirements.lock" > /dev/null \
	    && cp "$$work/requirements.lock" requirements.lock && echo "requirements.lock written: see git diff"

clean:
	rm -rf $(VENV) runs .pytest_cache .ruff_cache .hypothesis
	find rehab_stats tests notebooks \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} + 2> /dev/null || true
