# Each target sets up what it needs; Python 3.11 or newer and make are enough.
# Another Python:  make PYTHON=python3.12 test      Some tests:  make test TESTS=tests/test_note.py

ifeq ($(OS),Windows_NT)
PYTHON ?= python
BIN := .venv/Scripts
else
PYTHON ?= python3
BIN := .venv/bin
endif

INSTALLED := .venv/.installed

.PHONY: demo test check bench clean
.DELETE_ON_ERROR:

demo: $(INSTALLED)
	$(PYTHON) -c "import shutil; shutil.rmtree('demo-home', ignore_errors=True)"
	"$(BIN)/vledger" demo --home demo-home

# A part of the tests covers a part of the code, so only a whole run is held to the threshold.
test: $(INSTALLED)
	"$(BIN)/python" -m pytest -n 2 --dist worksteal $(if $(TESTS),$(TESTS),--cov)

check: $(INSTALLED)
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

bench: $(INSTALLED)
	"$(BIN)/python" -m benchmarks

# What was built and cached. The environment and ledgers stay: they are not ours to throw away.
clean:
	$(PYTHON) -c "import glob, shutil; [shutil.rmtree(p, ignore_errors=True) for g in ('build', 'dist', '*.egg-info', 'htmlcov', '.hypothesis', '.*_cache', '**/__pycache__') for p in glob.glob(g, recursive=True)]"
	$(PYTHON) -c "import glob, os; [os.remove(p) for p in glob.glob('.coverage*')]"

# On an older Python pip would look for versions that do not exist, and say so in a page of red.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'Python 3.11 or newer is needed: make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .[dev]
	"$(BIN)/python" -m compileall -q cli.py certificates ledger
	"$(BIN)/python" -m pip freeze --exclude-editable > "$(INSTALLED)"
