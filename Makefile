# Everything from a clean clone: `make demo` and `make test` set up their own environment first.
PYTHON ?= python3
EXTRAS := lazy,batch,dashboard,hepdata,notebook,pythia,generators,xrootd,train,test,lint
BIN := .venv/bin
STAMP := .venv/.complete
VIEW := build/view/darkbelle
PACKAGE := __init__.py __main__.py py.typed commands datasets executors limits processors

export MPLBACKEND := Agg
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test chaos bench validation channels lint docs
.DELETE_ON_ERROR:

setup: $(STAMP)

# The exact versions of constraints.txt, again only when they or pyproject.toml change.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "darkbelle needs Python 3.11 or newer; name one: make PYTHON=python3.12 setup" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	rm -rf build/lib
	$(BIN)/python -m pip install --quiet --constraint constraints.txt pip setuptools
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[$(EXTRAS)]"
	touch $@

demo: setup
	$(BIN)/darkbelle demo --output demo

# Files of tests side by side: make test PARALLEL=0 for one after the other.
PARALLEL ?= 2
test: setup
	$(BIN)/python -m pytest -q -n $(PARALLEL) --dist loadfile

# The full one, several minutes a seed: make chaos SEEDS="1 2 3"
SEEDS ?= 1
chaos: setup
	$(BIN)/python tests/executors/chaos/chaos.py --seed $(SEEDS)

bench: setup
	$(BIN)/python benchmarks/one_pass.py
	$(BIN)/python benchmarks/simulation.py
	$(BIN)/python benchmarks/limits.py
	$(BIN)/python benchmarks/driver_overhead.py
	$(BIN)/python benchmarks/resuming.py

# The page that sets the simulation beside references and independent calculations.
validation: setup
	$(BIN)/python benchmarks/validation

# The page of the searches with its pictures: about half an hour on two cores. A catalog of one's own stands in for the
# simulation of Belle II: make channels CATALOG=mine/catalog.yaml
CHANNELS := build/channels
CATALOG ?= $(CHANNELS)/belle2/catalog.yaml
BABAR := dark_photon_invisible,dark_photon_visible,muonic_dark_force
TRAINED := dark_photon_invisible,alp_invisible,dark_photon_visible
RUNS := $(CHANNELS)/run $(CHANNELS)/run_upsilon
RUN := $(BIN)/darkbelle run --site processes --resume --output
LIMITS := $(BIN)/darkbelle limits --published --toys 0 --output
SIMULATE := $(BIN)/darkbelle simulate --luminosity 0.5
channels: setup
	test -f $(CATALOG) || $(SIMULATE) --experiment belle2 --output $(dir $(CATALOG))
	$(SIMULATE) --experiment babar --channels $(BABAR) --output $(CHANNELS)/babar --resume
	$(SIMULATE) --experiment babar --period upsilon3s --channels upsilon_invisible --output $(CHANNELS)/upsilon3s --resume
	$(RUN) $(CHANNELS)/run $(CATALOG)
	$(RUN) $(CHANNELS)/run_upsilon $(CHANNELS)/upsilon3s/catalog.yaml --channels upsilon_invisible
	$(RUN) $(CHANNELS)/run_trained $(CATALOG) --trained --channels $(TRAINED)
	$(RUN) $(CHANNELS)/run_babar $(CHANNELS)/babar/catalog.yaml --channels $(BABAR)
	$(LIMITS) $(CHANNELS)/limits_trained $(CHANNELS)/run_trained
	$(LIMITS) $(CHANNELS)/limits_babar $(CHANNELS)/run_babar
	for run in $(RUNS); do \
	  $(LIMITS) $(CHANNELS)/limits $$run || exit 1; \
	  $(BIN)/darkbelle inject $$run --published --folder $(CHANNELS)/injections || echo "$$run: something does not close"; \
	done
	$(BIN)/darkbelle show $(RUNS) --texts docs/channels --limits $(CHANNELS)/limits \
	  --beside "trained selection=$(CHANNELS)/limits_trained" "BaBar's response=$(CHANNELS)/limits_babar" \
	  --injections $(CHANNELS)/injections --pictures images/channels --output docs

# mypy sees the package under its installed name: a folder of links, whatever this folder is called.
lint: setup
	rm -rf build/view
	mkdir -p $(VIEW)
	for part in $(PACKAGE); do ln -s ../../../$$part $(VIEW)/$$part; done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures of the documentation are the demo's own.
docs: demo
	cp demo/pictures/*.png docs/images/
