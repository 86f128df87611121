# `make run` and `make test` are all that a fresh clone needs: both make the environment first.

.DEFAULT_GOAL := help
.PHONY: help run test style lint bench torture fuzz shots texts package examples clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
COMPILED := $(VENV)/compiled
ENGINE := $(shell find designer/engine -name "*.py")
CODE := designer packaging tests

help:
	@echo "make run      open the window on the demo (makes the environment first)"
	@echo "make test     run all tests"
	@echo "make style    style and types"
	@echo "make lint     style, types and the rules of the house, which \`make test\` tries too"
	@echo "make bench    measure the engine beside what it is compared with"
	@echo "make torture  thousands of random worlds and designs where \`make test\` tries dozens (WORLDS=3000)"
	@echo "make fuzz     mutate files for a minute, led by what each reaches (SECONDS=60 TARGET=runs)"
	@echo "make shots    render the pictures of the README anew"
	@echo "make package  build the wheel and try it in an environment of its own"
	@echo "make examples generate the shipped designs and blueprints anew"

$(STAMP): pyproject.toml constraints.txt packaging/environment.sh packaging/system_libraries.py
	@sh packaging/environment.sh $(VENV)
	@touch $(STAMP)

# Apart from the packages, so that `make -j2 style test` looks at style and types meanwhile.
$(COMPILED): $(STAMP) $(ENGINE)
	@echo "Compiling the engine, once for each version of it ..."
	@$(BIN)/python -m designer.engine.warm_all || echo "The engine is compiled when it is first used." >&2
	@touch $(COMPILED)

run: $(COMPILED)
	$(BIN)/cloud-designer --demo

test: $(COMPILED)
	-@$(BIN)/python packaging/system_libraries.py --install --with-screen
	$(BIN)/python -m pytest -q -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not alone"
	$(BIN)/python -m pytest -q -m alone $$(grep -rl --include="test_*.py" "^@pytest.mark.alone" tests)

style: $(STAMP)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

lint: style
	$(BIN)/python -m pytest -q tests/test_house.py

bench: $(COMPILED)
	$(BIN)/python -m tests.benchmarks

WORLDS ?= 3000
torture: $(COMPILED)
	DESIGNER_WORLDS=$(WORLDS) $(BIN)/python -m pytest -q tests/engine/test_capacity.py tests/engine/test_sharing_reference.py tests/engine/test_pools.py \
		tests/engine/test_recovery_reference.py tests/engine/test_ways_of_running.py tests/engine/test_filling.py tests/engine/test_flows_reference.py \
		tests/engine/test_wiring.py tests/engine/cluster/test_judging.py tests/engine/service/test_answering.py tests/engine/reliability/test_replicas.py \
		tests/engine/test_migration.py tests/engine/power/test_power_ways.py
	DESIGNER_TRIES=100 NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -q -m "not alone" tests/engine tests/study tests/test_blueprints.py
	DESIGNER_BUDGETS="0 1 2 3 4 6 8 16" DESIGNER_ELEMENTS=1000 DESIGNER_LINKS=990000 $(BIN)/python -m pytest -q tests/scenarios/test_memory.py tests/store/test_budget.py
	DESIGNER_TRIES=300 $(BIN)/python -m pytest -q tests/model tests/commands tests/exchange tests/catalog tests/test_foreign.py
	DESIGNER_WALKS=25 DESIGNER_COMMANDS=1000 $(BIN)/python -m pytest -q tests/model/test_any_edits.py tests/ui/test_all_agree.py
	DESIGNER_GROWTH=2500 DESIGNER_STEP_PX=150 $(BIN)/python -m pytest -q tests/ui/test_growth.py tests/ui/test_hostile_boxes.py
	$(BIN)/python -m tests.store.torture
	$(BIN)/python -m tests.ui.monkey

SECONDS ?= 60
TARGET ?=
fuzz: $(STAMP)
	$(BIN)/python -m tests.store.fuzz $(SECONDS) $(TARGET)
	$(BIN)/python -m tests.exchange.fuzz $(SECONDS)

LANGUAGE ?= de
texts: $(STAMP)
	$(BIN)/python packaging/texts.py cloud_designer_$(LANGUAGE).ts

shots: $(STAMP)
	$(BIN)/python packaging/shots.py

package: $(STAMP)
	$(BIN)/python packaging/check_wheel.py

examples: $(STAMP)
	$(BIN)/python packaging/examples.py
	$(BIN)/python packaging/blueprints.py

clean:
	rm -rf $(VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis
