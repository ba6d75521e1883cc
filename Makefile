# Two commands do all: `make demo` runs the main job, `make test` passes the tests.
# They need python3 (3.11 or newer, with venv), make and a network.
.PHONY: audit fuzz-guided docs demo wheel test test-image fuzz soak lint types unit coverage bench simulate chaos java stubs manifests k3d cluster-job k3d-down lock clean help
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

help: ## what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The project goes into its own environment: the index has another package called "kernels".
$(VENV)/.run: requirements/run.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@echo "compiling kernels for this machine: once, a minute or two"
	# Linked into one object where there is a C linker: then no start imports the compiler.
	$(BIN)/python -m kernels.build --target host || $(BIN)/python -c "import kernels; kernels.warm()"
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/ascmhl.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/test.txt
	# The official MHL tool pins an older click than ours and runs with this one.
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/ascmhl.txt
	@touch $@

demo: $(VENV)/.run ## make a moving raw clip, inspect it, debayer it through local functions
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python demo/run.py

test: lint types unit ## ruff, mypy --strict, pytest

lint: $(VENV)/.test ## ruff: its rules and its layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test ## mypy --strict; the tests and the demo too
	$(BIN)/mypy

# Of two cores two processes use two thirds: tests wait for servers, disks and other processes.
PROCESSES ?= 3
unit: $(VENV)/.test ## pytest alone, on PROCESSES=3: a file's tests stay together
	# Not reordered: xdist would begin files of many quick tests and leave to the end, when a process
	# has nobody to share with, files of few tests that take a minute each.
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

coverage: $(VENV)/.test ## pytest with the share of lines it runs, in its processes too; htmlcov/ shows the rest
	$(BIN)/python -m coverage erase
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m coverage run -m pytest $(TESTS); status=$$?; \
		$(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage html --quiet && \
		$(BIN)/python -m coverage report --skip-covered --sort=cover && exit $$status

test-image: $(VENV)/.test ## build the image and test it in a Docker engine
	$(BIN)/python -m pytest -m image -rs tests/container

SEED ?= 1
COUNT ?= 10000
fuzz: $(VENV)/.test ## COUNT seeded mutations (SEED=1) of every format and of requests, on a real server
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.fuzz --seed $(SEED) --count $(COUNT)

# In an environment of its own, so that no other grows by it.
.venv-docs/.docs: requirements/docs.txt
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	@touch $@

docs: $(VENV)/.run .venv-docs/.docs ## the documents as a site; a link that leads nowhere is an error
	$(BIN)/python -m handbook

SECONDS ?= 60
fuzz-guided: $(VENV)/.test ## each parser for SECONDS under atheris, where that is installed
	$(BIN)/python -m tests.fuzz.guided --seconds $(SECONDS)

audit: $(VENV)/.test ## known faults of what is locked (pip-audit); says so where its service is not reached
	$(BIN)/python -m image.audit

MINUTES ?= 10
soak: $(VENV)/.test ## ten minutes of good, bad and slow clients above what a server can do
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.fuzz.soak --minutes $(MINUTES)

chaos: $(VENV)/.test ## jobs through every fault, 20 seeds: 300 units on files and S3, 1,000 through a broker
	CHAOS_SEEDS=20 $(BIN)/python -m pytest -q -rP tests/dispatch/test_chaos.py tests/dispatch/test_cluster.py

bench: $(VENV)/.test ## speed and quality beside the peers, in one run
	$(BIN)/python -m bench

simulate: $(VENV)/.run ## jobs on pools of up to 10,000 workers, as a model; the tables of docs/simulation.md
	$(BIN)/python -m bench.simulation

java: ## compile the Java client into build/java (needs a JDK of 17 or newer)
	javac --release 17 -Xlint:all -Werror -d build/java $(shell find clients/java/src -name '*.java')

stubs: $(VENV)/.run ## write rushes/__init__.pyi anew from the operations' requests
	$(BIN)/python -m functions.serve.run.signatures

manifests: $(VENV)/.run ## write stack.yml and knative/ anew from deploy/shapes.py
	$(BIN)/python -m deploy

k3d: ## a local cluster with Knative, the image, a job in it and its ledger (docs/deploy.md)
	bash k3d/up.sh

cluster-job: $(VENV)/.run ## a trial job on the cluster of KUBECONFIG: storage, functions of OVERLAY, a job, its ledger
	for step in 50-storage 60-functions 70-job; do bash k3d/$$step.sh || exit 1; done

k3d-down: ## remove that cluster and all in it
	bash k3d/down.sh

wheel: $(VENV)/.test ## a wheel with native kernels for x86-64-v3 and v4 into dist/ (some minutes)
	$(BIN)/python -m kernels.build
	$(BIN)/python -m hatchling build -t wheel

lock: ## write requirements/*.txt anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate -q --extra build --extra oidc --extra otel -o requirements/run.txt
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate -q --extra build --extra oidc --extra otel --extra test --extra bench \
		-c requirements/run.txt -o requirements/test.txt
	echo "mkdocs-material>=9.7" | uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate -q -o requirements/docs.txt

clean: ## remove the environment and what was built
	rm -rf $(VENV) .venv-docs build dist demo/out
