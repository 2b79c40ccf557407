# make demo            the whole house on this machine, until Ctrl-C
# make demo ONCE=1     the same, once, and judged
# make test            the whole test suite
# make install         the command line, as build/environments/console/bin/content-sync
# make lint            formatter, linter, type checker, template gate
# make pages           the pages that are made from the code
# make screenshots     the README's pictures, by a Chromium of this machine
# make security        own code, licences, the layer's bill, known faults of packages
# make locks           what each environment holds, with hashes, made anew
# make storm           everything fails that can: RUNS=500 of functions, from SEED=1 on
# make storm BROKEN=1  breaks the program on purpose, and shows whether storms notice
# make fuzz            the suite's properties, each with 5,000 examples that differ every time
# make mutants         changes the pure rooms' code, and shows which changes no test notices
# make bench           figures beside dlt, Singer and a script: build/benchmarks.json
# make bench QUICK=1   the same, small and once
# make bench-page      puts the latest figures into docs/benchmarks.md
PYTHON ?= python3
ONCE ?=
QUICK ?=
DEMO_ARGUMENTS ?=
SECURITY_ARGUMENTS ?=
MUTANTS_ARGUMENTS ?=
BENCH_ARGUMENTS ?=
RUNS ?= 500
BROKEN ?=
SEED ?= 1

BIN := build/environments/dev/bin
SAM := build/environments/sam/bin
FUZZED := tests/fuzz tests/unit/test_fields.py tests/unit/test_attempts.py \
	tests/providers/test_any_json.py tests/behaviour/test_any_order.py
# Nothing of a user's AWS or Python settings reaches what runs here.
CLEAN := env -u AWS_PROFILE -u AWS_CA_BUNDLE -u AWS_ENDPOINT_URL -u PYTHONPATH -u PYTHONHOME

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

environments:
	@$(PYTHON) tools/environments.py dev

all-environments:
	@$(PYTHON) tools/environments.py dev sam local-aws

install:
	@$(PYTHON) tools/environments.py console
	@echo "try it: build/environments/console/bin/content-sync --help"

demo: all-environments
	@$(PYTHON) tools/environments.py console
	@$(CLEAN) $(BIN)/python -m sandbox.demo $(if $(ONCE),--once) $(DEMO_ARGUMENTS)

test: environments
	@$(PYTHON) tools/environments.py awscli
	$(CLEAN) $(BIN)/python -m pytest -n 2 --dist worksteal

lint: environments
	@$(PYTHON) tools/environments.py sam
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(CLEAN) $(BIN)/mypy
	$(CLEAN) $(SAM)/python tools/check_template.py

pages: environments
	$(CLEAN) PYTHONPATH=shared $(BIN)/python -m tools.pages

screenshots: environments
	@$(CLEAN) PYTHONPATH=shared $(BIN)/python -m tools.screenshots > build/screenshots.log

bench: all-environments
	@$(PYTHON) tools/environments.py peers runtime
	$(CLEAN) PYTHONPATH=shared $(BIN)/python -m tests.benchmarks.run $(if $(QUICK),--quick) $(BENCH_ARGUMENTS)

bench-page: environments
	@$(CLEAN) PYTHONPATH=shared $(BIN)/python -m tests.benchmarks.page

security:
	@$(PYTHON) tools/environments.py security
	@$(CLEAN) build/environments/security/bin/python tools/security.py $(SECURITY_ARGUMENTS)

locks:
	@$(PYTHON) tools/environments.py locks
	build/environments/locks/bin/python tools/locks.py

storm: environments
	@$(CLEAN) PYTHONPATH=shared $(BIN)/python -m tests.storm --runs $(RUNS) --seed $(SEED) $(if $(BROKEN),--broken)

fuzz: environments
	$(CLEAN) $(BIN)/python -m pytest -n 2 --hypothesis-profile campaign -o faulthandler_timeout=0 $(FUZZED)

mutants: environments
	@$(PYTHON) tools/environments.py mutants
	@$(CLEAN) build/environments/mutants/bin/python tools/mutants.py $(MUTANTS_ARGUMENTS)

clean:
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help install environments all-environments demo test lint security locks storm fuzz mutants pages screenshots bench bench-page clean
