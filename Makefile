# `make demo` and `make test` are all that a newcomer needs; both install into .venv first.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
BENCHMARK_INSTALLED := .venv/.installed-benchmark
FOLDER ?=
OPTIONS ?=

.PHONY: demo up down test check format install benchmark

demo: $(INSTALLED)
	$(BIN)/ocr-pipeline demo

up: $(INSTALLED)
	$(BIN)/ocr-pipeline up

down: $(INSTALLED)
	$(BIN)/ocr-pipeline down

test: check
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate --module-name ocr_pipeline.definitions --log-level warning

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(INSTALLED)

# make benchmark FOLDER=documents OPTIONS='--rounds 2'; without a folder, on generated samples.
benchmark: $(BENCHMARK_INSTALLED)
	$(BIN)/python -m benchmarks.recognition $(OPTIONS) $(FOLDER)

$(INSTALLED): pyproject.toml setup.cfg constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local,dev,training,tracing]'
	$(BIN)/python -m pip check
	touch $@

$(BENCHMARK_INSTALLED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local,dev,training,tracing,benchmark]'
	touch $@
