# What a developer types. Each target installs what it needs; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

UV_VERSION := 0.13.8
VENV := .venv
UV := .tools/bin/uv
PYTHON := $(VENV)/bin/python
CLUSTER := tests/cluster/cluster
# git and ssh are what the tests check out from and by.
PACKAGES := git openssh-client openssh-server
READY := $(VENV)/.ready

.PHONY: help
help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: $(READY) system ## a cluster, the chart, and a real pipeline that builds Longshore's wheel in pods
	PYTHONPATH=tests $(PYTHON) -m demo

.PHONY: test
test: check system ## everything: check, then the API server, the cluster, chaos
	$(CLUSTER) build
	$(PYTHON) -m pytest -n 2 --dist loadfile tests/integration tests/chaos
	$(PYTHON) -m pytest -n 2 --dist loadfile -m 'not alone' tests/e2e
	$(PYTHON) -m pytest -m alone tests/e2e

.PHONY: check
check: $(READY) ## what needs no cluster: style, types, layers, unit and property tests
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) -m pytest -q -n 2 tests/unit tests/property

.PHONY: bench
bench: $(READY) system ## how quick it is, beside raw pods: writes docs/benchmarks.md
	PYTHONPATH=tests $(PYTHON) -m bench

.PHONY: format
format: $(READY) ## put the code into shape
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

.PHONY: crds
crds: $(READY) ## write the CRDs and their reference anew from the models
	$(PYTHON) -m longshore.schemas

.PHONY: cluster-up
cluster-up: ## find or make a cluster; prints how to reach it
	@$(CLUSTER) up

.PHONY: cluster-down
cluster-down: ## end the cluster that cluster-up made
	@$(CLUSTER) down

.PHONY: lock
lock: $(UV) ## pin what the project needs, by hash
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" --group dev pyproject.toml -o requirements-dev.lock

.PHONY: system
system: ## install Debian's packages that the tests use, where they are missing
	@missing=$$(for name in $(PACKAGES); do \
		dpkg-query -W -f '$${Status}\n' $$name 2>/dev/null | grep -q ' installed' || echo $$name; done); \
	if [ -n "$$missing" ]; then \
		DEBIAN_FRONTEND=noninteractive apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive apt-get -qqy install --no-install-recommends $$missing; fi

$(UV):
	python3 -m venv .tools || { apt-get -qq update && apt-get -qqy install python3-venv && python3 -m venv .tools; }
	.tools/bin/pip install --quiet uv==$(UV_VERSION)

$(READY): $(UV) requirements-dev.lock pyproject.toml
	$(UV) venv --quiet --allow-existing --python python3 $(VENV)
	$(UV) pip sync --quiet --compile-bytecode --python $(VENV) --require-hashes requirements-dev.lock
	$(UV) pip install --quiet --python $(VENV) --no-deps --no-build-isolation --editable .
	$(PYTHON) -m compileall -q operator
	@touch $@
