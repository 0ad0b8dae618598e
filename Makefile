# Everything a developer or an operator calls. Needs only Python 3.11 or newer with pip and venv, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# What Python and pytest compile of the sources serves the next process, and there are hundreds of them in a test run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test fuzz lint bench chaos soak safeguards gallery words docs format lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/.run  ## set up what is missing, then start the bridge
	@$(BIN)/qwen-bridge

test: $(VENV)/.dev  ## run the tests
	$(BIN)/python -m pytest -q -n 4 --dist worksteal

fuzz: $(VENV)/.dev  ## look for inputs that nobody thought of: twenty times the examples, and other ones each time
	$(BIN)/python -m pytest -q -n 4 -m hypothesis --hypothesis-profile search
	$(BIN)/python -m tests.mutations

lint: $(VENV)/.dev  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev  ## print what things cost, as ratios
	@$(BIN)/python -m tests.bench

chaos: $(VENV)/.dev  ## kill the program hundreds of times, and count what is lost (half an hour)
	@$(BIN)/python -m tests.chaos.twins
	@$(BIN)/python -m tests.chaos

soak: $(VENV)/.dev  ## ask for twenty minutes without a pause, and see what grows
	@$(BIN)/python -m tests.soak

safeguards: $(VENV)/.dev  ## take each thing out that keeps messages from being lost, and see which test notices
	@$(BIN)/python -m tests.safeguards

gallery: $(VENV)/.dev  ## draw the pictures of the README anew
	@$(BIN)/python -m tests.gallery

words: $(VENV)/.dev  ## gather what the bridge says into the catalogs of its languages
	@$(BIN)/python -m tests.catalogs

docs: $(VENV)/.dev  ## write the generated parts of the README and of docs/ anew
	@$(BIN)/python -m tests.docs

format: $(VENV)/.dev  ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.venv  ## write requirements*.txt anew from pyproject.toml
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean:  ## remove what make built
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Qwen Bridge needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/.venv
	@echo "Setting up in $(VENV) (once; about a minute) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
