# The one door for developers; CI calls the same verbs.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin
FAST = tests --ignore=tests/real --ignore=tests/package

.PHONY: site single-file setup package test coverage lint types real real-all bench demo collection docs ci clean

setup: $(VENV)/.ready  ## everything the other verbs need
$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN)/pip install --quiet --editable '.[dev,demo]'
	touch $@

test: setup  ## fast tests: no root, no network; on all cores
	$(RUN)/pytest $(FAST) --numprocesses logical --dist worksteal --durations=20

coverage: setup  ## the same, and which lines none of them reaches; twice the work
	$(RUN)/pytest $(FAST) --numprocesses logical --dist worksteal --cov=clawupgrade --cov-report=term:skip-covered

lint: setup
	$(RUN)/ruff check clawupgrade tests docs
	$(RUN)/ruff format --check clawupgrade tests docs
	$(RUN)/lint-imports

types: setup
	$(RUN)/mypy

package: setup  ## the wheel in an empty environment, the source archive, the single file (PyPI)
	$(RUN)/pytest tests/package

real: setup  ## the representative set on real hosts two at a time (root, systemd-nspawn, npm)
	$(RUN)/pytest tests/real --ignore=tests/real/test_lab.py -m "real and not full" --numprocesses 2 --dist loadgroup --durations=30

real-all: setup  ## every line that must hold, however long; resumable
	$(RUN)/python tests/real/all.py $(if $(K),-k "$(K)")

bench: setup  ## start-up; B="snapshots kills fleet downtime": also what they cost (kills and downtime on real hosts)
	$(RUN)/python tests/bench $(B)

demo: setup  ## a real older OpenClaw in a private folder, upgraded for real
	$(RUN)/python -m clawupgrade.demo

collection: $(VENV)-fleet/.ready  ## ansible-lint and ansible-test sanity of ansible/ (fetches its tools from PyPI)
	bash tests/fleet/collection.sh $(VENV)-fleet
$(VENV)-fleet/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-fleet
	$(VENV)-fleet/bin/pip install --quiet '.[fleet-dev]'
	touch $@

docs: setup site
	$(RUN)/python docs/check.py

site: setup  ## the documentation as a site, in docs/_build
	$(RUN)/sphinx-build -q -W --keep-going -b html docs docs/_build

single-file: setup  ## dist/clawupgrade.pyz, for hosts without pip
	$(RUN)/shiv --quiet --output-file dist/clawupgrade.pyz --console-script clawupgrade .

ci:
	bash .ci/run

clean:
	rm -rf $(VENV) $(VENV)-fleet .demo dist build
