# `make demo` and `make test` need python3 with venv, and nothing else installed. UV=1 installs with uv instead of pip.
PYTHON ?= python3
RUN = .venv/bin/python
TESTS ?=
# auto: one for each core, at most 4; 0: in the process of pytest itself, for --pdb and the like.
PROCESSES ?= auto

.PHONY: help demo test test-slow lint fuzz export-storm lock clean screenshots demo-env dev-env

help:
	@echo "make demo          set up, play the main job, and stay up (ONCE=1: stop after it; FOLDER=path: where its state lies)"
	@echo "make test          every behavior and every page, in minutes (TESTS=path: a part; PROCESSES=n: in so many processes)"
	@echo "make test-slow     the rest: killed processes, storms, scale, all widths and schemes, all generated examples"
	@echo "make lint          formatting, types, layers, templates, migrations, deployment settings"
	@echo "make fuzz          a million mutated webhook deliveries (COUNT=n: so many)"
	@echo "make export-storm  10,000 prospects exported while workers are killed (COUNT=n, SCALE=n: limits so much faster)"
	@echo "make screenshots   pictures of each page, at phone and desktop width (README=1: the README's too)"
	@echo "make lock          resolve the dependencies anew (UPGRADE=1: to their newest versions)"
	@echo "make clean         remove everything that these commands made"

demo-env:
	@$(PYTHON) -m scripts.bootstrap requirements/demo.txt

dev-env:
	@$(PYTHON) -m scripts.bootstrap requirements/dev.txt

demo: demo-env
	@$(RUN) -m scripts.demo $(if $(ONCE),--once) $(if $(FOLDER),--folder $(FOLDER))

test: dev-env
	@$(RUN) -m pytest -n $(PROCESSES) -m "not slow" $(TESTS)

test-slow: dev-env
	@$(RUN) -m pytest -n $(PROCESSES) -m "slow or in_full" --hypothesis-profile=full $(TESTS)

lint: dev-env
	@$(RUN) -m scripts.lint

fuzz: dev-env
	@$(RUN) -m scripts.fuzz $(if $(COUNT),--count $(COUNT))

export-storm: dev-env
	@$(RUN) -m scripts.stack.shell --folder .state-bench --owner $(RUN) manage.py migrate --verbosity 0
	@$(RUN) -m scripts.stack.shell --folder .state-bench $(RUN) -m bench.export_storm $(if $(COUNT),--count $(COUNT)) $(if $(SCALE),--scale $(SCALE))

screenshots: dev-env
	@$(RUN) -m scripts.screenshots $(if $(README),--readme)

lock:
	@$(PYTHON) -m scripts.lock $(if $(UPGRADE),--upgrade)

clean:
	@$(PYTHON) -m scripts.clean
