.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PY := .venv/bin/python
PYTEST := $(PY) -m pytest
COMPILE = UV_CACHE_DIR=.local/uv/cache .local/uv/bin/uv pip compile --quiet --upgrade --universal \
	--python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
CACHES := .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov

# In somebody else's checkout the tools keep what they remember elsewhere.
ifneq ($(shell test -w . && echo ours),ours)
MEMORY := $(shell mktemp -d)
export HYPOTHESIS_STORAGE_DIRECTORY := $(MEMORY)/hypothesis
export MYPY_CACHE_DIR := $(MEMORY)/mypy
export RUFF_CACHE_DIR := $(MEMORY)/ruff
export PYTEST_ADDOPTS := -o cache_dir=$(MEMORY)/pytest
LAYERS_CACHE := --cache-dir $(MEMORY)/layers
endif

##@ Use

.PHONY: setup
setup: ## Build .venv from requirements.lock, if it is not there already
	@deploy/setup

.PHONY: run
run: setup ## Start the service with a sandbox around it, and say where to look
	@.venv/bin/linkage demo

##@ Develop

.PHONY: test
test: setup ## Run the tests
	@deploy/setup prometheus
	@deploy/setup browser
	@deploy/setup node
	@$(PYTEST) -n 2 --dist loadfile --durations=10 -m "not slow"

.PHONY: check
check: setup ## Look at style, layers and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports $(LAYERS_CACHE)
	.venv/bin/mypy
	! grep -rnE --include='*.py' '\b(async|await)\b' service/domain

.PHONY: fmt
fmt: setup ## Format, and mend what can be mended without thought
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: soak
soak: setup ## Run the tests that take minutes
	@$(PYTEST) --durations=10 -m slow

.PHONY: bench
bench: setup ## Measure; one line of JSON a figure
	@deploy/setup bench
	@$(PY) -m tests.bench

##@ Maintain

.PHONY: screenshots
screenshots: setup ## Write every page as it looks into .local/screenshots
	@deploy/setup browser
	@$(PY) -m tests.browser.screenshots

.PHONY: lock
lock: setup ## Resolve requirements.lock and bench.lock anew
	$(PY) -m venv --clear .local/uv
	.local/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml
	printf 'as4==0.2.0\naiohttp\n' | $(COMPILE) --output-file bench.lock -
	rm -rf .local/uv

.PHONY: grafana
grafana: setup ## Write Grafana's dashboards anew
	$(PY) -m deploy.grafana.dashboards

.PHONY: vendor
vendor: setup ## Fetch anew the browser files of others that we serve
	$(PY) -m deploy.vendor

.PHONY: clean
clean: ## Remove everything that was built, the data of `make run` included
	rm -rf .venv .venv-as4 .local $(CACHES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
