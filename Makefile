# A target only calls: what it does is a Dagster job, a dbt command or a Python module with --help.
.DEFAULT_GOAL := help
BIN := .venv/bin
PY := $(BIN)/python

REV ?= HEAD

.PHONY: help install demo run dev compare sync-dry-run crm-up crm-demo crm-down test spark-test lint bench docs clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install:  ## the environment in .venv, from the lock file
	@scripts/install

demo: install  ## simulate a company, grade its leads, show the result
	@$(PY) -m orchestration.demo

run: install  ## the job once, on whatever is in var/landing
	@$(PY) -m orchestration.run

dev: install  ## Dagster's page on http://127.0.0.1:3000
	@$(PY) -m orchestration.dev

compare: install  ## what changed seeds would do: working tree against REV (default HEAD), before anything is sent
	@$(PY) -m orchestration.compare --against $(REV)

sync-dry-run: install  ## what the sync would send
	@$(PY) -m orchestration.reverse_sync --dry-run

crm-up: install  ## a real Odoo CRM on loopback
	@$(PY) -m orchestration.crm up

crm-demo: install  ## simulated leads into the CRM, graded, written back, read back, photographed
	@$(PY) -m orchestration.crm demo

crm-down: install  ## stop the CRM
	@$(PY) -m orchestration.crm down

test: install  ## all tests
	@$(PY) -m pytest -n 3 --no-loadscope-reorder

spark-test: install  ## the project on a Spark cluster of this machine, every mart compared with DuckDB's
	@scripts/install spark
	@.venv-spark/bin/python -m pytest tests/spark

lint: install  ## ruff, mypy, sqlfluff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@mkdir -p var/lint && LEADHOUSE_HOME=$(CURDIR)/var/lint $(BIN)/sqlfluff lint --processes 0 dbt_project/models dbt_project/data_tests

bench:  ## benchmarks, in an environment of their own: one table, one chart; BENCH=--help lists sizes and measures
	@scripts/install bench
	@.venv-bench/bin/python -m benchmarks $(BENCH)

docs: install  ## dbt's pages, in dbt_project/target
	@cd dbt_project && ../$(BIN)/dbt docs generate

clean:  ## delete the environment and what tools left; keeps var/
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache dbt_project/target dbt_project/logs
