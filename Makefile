# Needs python3 with venv, and nothing else. UV=1 installs packages with uv instead of pip.
PYTHON ?= python3
RUN = .venv/bin/python
TESTS ?=
# auto: three processes for two cores, at most 4. 0: no worker processes, for --pdb.
PROCESSES ?= auto

# Where this is set, each process of a test run compiles 700 modules again: 10 seconds of work.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo run shell test test-slow lint format fuzz bench export-storm storm restore-drill lock clean screenshots demo-env dev-env

help:
	@echo "make demo          set everything up, play the main job, and keep running (ONCE=1: stop afterwards; FOLDER=path: state folder)"
	@echo "make run           run the product for development: the web server reloads, the database is kept (FOLDER=path)"
	@echo "make shell         open a Django shell on the database of make run or make demo"
	@echo "make test          run the tests for every behavior and page, in minutes (TESTS=path: only these; PROCESSES=n)"
	@echo "make test-slow     run the other tests: killed processes, storms, scale, all widths and color schemes, all generated examples"
	@echo "make lint          check format, style, types, layers, templates, migrations and deployment settings"
	@echo "make format        format the code and fix what Ruff can fix"
	@echo "make screenshots   take pictures of every page at phone and desktop width (README=1: also the README's)"
	@echo "make fuzz          send a million mutated webhook deliveries (COUNT=n: how many)"
	@echo "make bench         run the benchmarks of docs/performance.md in half an hour (NAME=claims: only one; bench/README.md lists them; SCALE=n, ARGUMENTS=...)"
	@echo "make export-storm  export 10,000 prospects while workers are killed (COUNT=n; SCALE=n: multiply the rate limits)"
	@echo "make storm         send 10,000 webhooks while processes and servers are killed (COUNT=n, SECONDS=n, SEED=n, SCALE=n: multiply the rate limits, HOSTS=2, POOLER=1)"
	@echo "make restore-drill dump, keep working, drop, restore, and show that nothing goes out twice (POOLER=1)"
	@echo "make lock          resolve the dependencies again (UPGRADE=1: to their newest versions)"
	@echo "make clean         remove everything that these commands created"

demo-env:
	@$(PYTHON) -m scripts.bootstrap requirements/demo.txt

dev-env:
	@$(PYTHON) -m scripts.bootstrap requirements/dev.txt

demo: demo-env
	@$(RUN) -m scripts.demo $(if $(ONCE),--once) $(if $(FOLDER),--folder $(FOLDER))

run: demo-env
	@$(RUN) -m scripts.run $(if $(FOLDER),--folder $(FOLDER))

shell: demo-env
	@$(RUN) -m scripts.stack.shell $(if $(FOLDER),--folder $(FOLDER)) python manage.py shell

test: dev-env
	@$(RUN) -m pytest -n $(PROCESSES) -m "not slow" $(TESTS)

test-slow: dev-env
	@$(RUN) -m pytest -n $(PROCESSES) -m "slow or in_full" --hypothesis-profile=full $(TESTS)

lint: dev-env
	@$(RUN) -m scripts.lint

format: dev-env
	@$(RUN) -m ruff check --fix --quiet .
	@$(RUN) -m ruff format --quiet .

fuzz: dev-env
	@$(RUN) -m scripts.fuzz $(if $(COUNT),--count $(COUNT))

bench: dev-env
	@$(RUN) -m scripts.stack.shell --folder .state-bench --owner $(RUN) manage.py migrate --verbosity 0
	@$(RUN) -m scripts.stack.shell --folder .state-bench $(RUN) -m bench$(addprefix .,$(NAME)) $(if $(SCALE),--scale $(SCALE)) $(ARGUMENTS)

export-storm: dev-env
	@$(RUN) -m scripts.stack.shell --folder .state-bench --owner $(RUN) manage.py migrate --verbosity 0
	@$(RUN) -m scripts.stack.shell --folder .state-bench $(RUN) -m bench.export_storm $(if $(COUNT),--count $(COUNT)) $(if $(SCALE),--scale $(SCALE))

storm: dev-env
	@$(RUN) -m bench.storm $(if $(COUNT),--count $(COUNT)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(SCALE),--scale $(SCALE)) $(if $(HOSTS),--hosts $(HOSTS)) $(if $(POOLER),--pooler)

restore-drill: dev-env
	@$(RUN) -m bench.restore_drill $(if $(POOLER),--pooler)

screenshots: dev-env
	@$(RUN) -m scripts.screenshots $(if $(README),--readme)

lock:
	@$(PYTHON) -m scripts.lock $(if $(UPGRADE),--upgrade)

clean:
	@$(PYTHON) -m scripts.clean
