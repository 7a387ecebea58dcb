# make demo   install into .venv, compare the two default pipelines on simulated data, say where the report lies
# make test   install what tests need, then lint, check types and test; SLOW=1 adds the tests that take long
# make docs   build the documentation as a site into site/; whatever is wrong with it stops the build
# QUICK=1 make demo   the same in two minutes, too small to read anything into

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$python" && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
SOURCES := leukcad docsite $(wildcard plugins/*/leukcad_*)

.PHONY: demo test docs install clean

demo: .venv/installed
	$(BIN)/leukcad compare $(if $(QUICK),--quick)
	@echo "Open this page: $(CURDIR)/runs/compare/index.html"

test: .venv/tests-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/pytest $(if $(SLOW),,-m "not slow")

docs: .venv/tests-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Open this page: $(CURDIR)/site/index.html"

install: .venv/installed

.venv/installed: requirements.txt constraints.txt pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@test -n "$(PYTHON)" || { echo "leukcad needs Python 3.11 or newer: none of python3, python3.11 to python3.13 is." \
		"Install one, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv .venv
	@echo "Installing into .venv; PyTorch is large, this takes some minutes"
	$(PIP) -r requirements.txt
	@touch $@

.venv/tests-installed: .venv/installed requirements-dev.txt
	$(PIP) -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv dist site
