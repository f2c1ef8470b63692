# What can be done here; `make` lists it. Each target says what it does and can be run twice.
# Needs Python 3.11 or newer, git and make; tests and benchmarks need Go 1.26 as well, which an
# older Go fetches by itself.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3 || command -v python)
BIN := .venv/bin
VENV := .venv/.python
PACKAGE := .venv/.package
DEVELOPMENT := .venv/.development
PINS := pyproject.toml tests/constraints.txt
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint tests/constraints.txt --editable .

# A directory tests/*/<name>/ with a go.mod is one Go program, built into .tools/<name>: its own
# main.go, or the module that its `tool` line names.
PROGRAMS := $(wildcard tests/hosts/*/go.mod tests/conformance/*/go.mod)
TOOLS := $(addprefix .tools/,$(notdir $(PROGRAMS:/go.mod=)))
.PHONY: help demo test fuzz conformance bench lint format schemas clean

help:
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(PACKAGE) ## show the Open Service Mesh bookstore become an Istio bookstore
	@echo "Rendering fixtures/scenarios/bookstore/input.yaml"
	@istio=$$($(BIN)/smi2istio render fixtures/scenarios/bookstore/input.yaml); \
	echo "$$istio"; \
	echo; echo "What became what:"; \
	awk '/^kind: / {kind = $$2} /^  name: / {name = $$2} /^  namespace: / {namespace = $$2} \
	  sub(/^    smi2istio.dev\/source: /, "") {print "  " kind " " namespace "/" name " from " $$0}' <<< "$$istio"

test: $(DEVELOPMENT) $(TOOLS) ## run all tests
	@echo "Running the tests"
	@PATH="$(CURDIR)/$(BIN):$(CURDIR)/.tools:$$PATH" $(BIN)/pytest --quiet

fuzz: $(DEVELOPMENT) ## run the properties marked `fuzz` with 20,000 random examples each
	@echo "Running the fuzz properties"
	@$(BIN)/pytest --quiet -m fuzz --hypothesis-profile=fuzz

conformance: $(DEVELOPMENT) .tools/osm .tools/istio .tools/crdcheck ## play 1,150 random meshes through OSM's and Istio's own proxies
	@echo "Comparing OSM and Istio"
	@$(BIN)/python -m tests.conformance
	@echo "Comparing what is refused, by the API server and here"
	@$(BIN)/pytest --quiet tests/conformance/test_refusals.py --documents 30000

bench: $(DEVELOPMENT) .tools/noop ## measure start-up, throughput, memory and growth, as a table
	@echo "Measuring"
	@$(BIN)/python -m tests.bench

lint: $(DEVELOPMENT) ## check formatting, lint and types
	@echo "Checking format, lint and types"
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

format: $(DEVELOPMENT) ## format the code
	@echo "Formatting"
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

schemas: $(PACKAGE) ## derive schemas/ again from the published Go modules
	@echo "Deriving schemas/"
	@$(BIN)/python schemas/derive.py

clean: ## remove what the other targets installed, built and remember
	@echo "Removing .venv, .tools and what tests and linters remember"
	@rm -rf .venv .tools .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(VENV):
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit("smi2istio needs Python 3.11 or newer; name one: make PYTHON=..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip==26.3
	@touch $@

$(PACKAGE): $(PINS) | $(VENV)
	@echo "Installing smi2istio into .venv"
	@$(INSTALL)
	@touch $@

$(DEVELOPMENT): $(PINS) | $(VENV)
	@echo "Installing smi2istio and the development tools into .venv"
	@$(INSTALL) --group dev
	@touch $(PACKAGE) $@

.tools/.go:
	@command -v go >/dev/null || { echo "Go 1.26 is needed: the tests build real hosts" >&2; exit 1; }
	@mkdir -p .tools
	@touch $@

.SECONDEXPANSION:
.tools/%: $$(wildcard tests/*/$$*/go.* tests/*/$$*/*.go) | .tools/.go
	@echo "Building $* into .tools"
	@cd tests/*/$* && build() { go build -o $(CURDIR)/$@ "$$(test -f main.go && echo . || echo tool)"; } && \
	{ build || build || build; } # because Go gives up at the first download that fails
	@touch $@
