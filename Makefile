# keepsharp's commands; `make` alone lists them.

# The first Python that will do; name another by `make setup PYTHON=…`.
PYTHON = $(shell for python in python3.11 python3.12 python3; do \
	if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; \
	then command -v $$python; exit; fi; done; echo python3)
# cpu: no CUDA is downloaded. cuda: the build that fits this machine's driver. cu128 and the like: that one.
# Empty: what it was last time, cpu the first time.
TORCH =
UV_LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

# Programs begin hundreds of times here: where the environment forbids it to keep compiled modules, each compiles them anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup demo test test-compose chaos soak bench up lock format clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

setup: ## .venv from the lock files; at once when nothing changed (TORCH=cuda for a GPU)
	@$(PYTHON) -m infra.setup.environment --torch "$(TORCH)"

demo: setup ## the whole loop on an inspection line, about four minutes
	@.venv/bin/keepsharp demo

test: setup ## format, lint, types, imports, tests (ARGS go to pytest)
	@.venv/bin/python -m infra.setup.checks $(ARGS)

test-compose: setup ## all of docker-compose.yml as processes without containers, and the loop through it
	@.venv/bin/python -m tests.compose $(ARGS)

chaos: setup ## every fault on each database: kills, outages, full disks, clocks (ARGS="--short", "--only api,clock")
	@.venv/bin/python -m tests.chaos $(ARGS)

soak: setup ## two hours of load with retrainings: what grows, what slows down (ARGS="--minutes 10 --database postgresql")
	@.venv/bin/python -m tests.soak $(ARGS)

.PHONY: docs release
docs: setup ## the documentation, into build/site, warnings as errors
	@.venv/bin/python -m tests.reference
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict
	@echo "build/site/index.html"

bench: setup ## serving beside its peers, needs wrk (ARGS="--quick" for under a minute)
	@.venv/bin/python -m benchmarks.serving $(ARGS)

release: setup ## wheel and sdist into dist/, the wheel tried in an empty environment by the demo
	@.venv/bin/python -m infra.setup.release

up: setup ## the service on one machine: API and pages on :8000, schedules, MLflow and Prefect
	@.venv/bin/keepsharp up

lock: setup ## resolve the requirements again and write the lock files
	$(UV_LOCK) infra/requirements/runtime.in -o infra/requirements/runtime.txt $(ARGS)
	$(UV_LOCK) infra/requirements/develop.in -c infra/requirements/runtime.txt -o infra/requirements/develop.txt $(ARGS)

format: setup ## format, and repair what the linter can
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

clean: ## caches and build outputs; .venv and .keepsharp stay
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find services flows monitoring infra tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
