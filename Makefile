# The project's tasks. `make demo` and `make test` do all of their own set-up.
# The flag has types made by code instead of by their names, which are looked up among all that there is: a
# tenth of a short command's time.
SWIFT_BUILD = swift build -c release -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors
PREFIX ?= $(HOME)/.local

.PHONY: setup build demo reproduce test torture bench bench-train bench-registry bench-submit bench-compare lint cluster-up cluster-down install

setup: ## install every Debian package that the project needs
	@bash Tools/setup.sh

build:
	@bash Tools/setup.sh build
	$(SWIFT_BUILD)

demo: ## real training runs on real music, submitted, followed, compared
	@bash Tools/setup.sh build demo
	$(SWIFT_BUILD)
	@bash Tools/demo.sh

reproduce: ## the comparison of penalties on real music, and its page in Documentation/
	@bash Tools/setup.sh build demo reproduce
	$(SWIFT_BUILD)
	@bash Tools/reproduce.sh

test: ## every test, those on a real Slurm cluster too
	@bash Tools/setup.sh
	$(SWIFT_BUILD) --build-tests
	@bash Tools/test.sh
	@# Mounting a small disk takes root's rights; those of a user namespace will do.
	@[ "$$(id -u)" = 0 ] || ! unshare -Urm true 2>/dev/null || \
	  unshare -Urm swift test -c release --skip-build --filter 'RegistryTests.FullDisk|aFullDisk'

torture: ## a thousand random kills and lost replies on a real cluster; ROUNDS=… for another number
	@bash Tools/setup.sh
	$(SWIFT_BUILD) --build-tests
	TORTURE_ROUNDS=$(or $(ROUNDS),1000) TORTURE_SEED=$(or $(SEED),4) swift test -c release --skip-build --filter Torture

bench:
	@bash Tools/setup.sh build demo
	$(SWIFT_BUILD)
	@bash Tools/bench.sh

bench-train: ## `train` against PyTorch: speed, memory, start; BENCH=--quick for a short one
	@bash Tools/setup.sh build demo
	$(SWIFT_BUILD) --product train
	@bash Tools/bench-train.sh $(BENCH)

bench-registry: ## a registry of a million runs beside the sqlite3 shell; BENCH=--quick for a hundredth
	@bash Tools/setup.sh build demo
	$(SWIFT_BUILD) --product orchestrate
	@bash Tools/bench-registry.sh $(BENCH)

bench-submit: ## submitting against sbatch, submitit and Snakemake; BENCH=--quick for a short one
	@bash Tools/setup.sh build cluster bench
	$(SWIFT_BUILD) --product orchestrate
	@bash Tools/bench-submit.sh $(BENCH)

bench-compare: ## a thousand runs compared against MLflow's and TensorBoard's readers; BENCH=--quick for a short one
	@bash Tools/setup.sh build demo bench
	$(SWIFT_BUILD) --product orchestrate
	@bash Tools/bench-compare.sh $(BENCH)

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

cluster-up: ## a real Slurm cluster of virtual nodes on this machine
	@bash Tools/setup.sh cluster
	@bash Tools/cluster/up.sh

cluster-down:
	@bash Tools/cluster/down.sh

# Linked with Swift's own libraries, so that the nodes need no Swift.
install: ## orchestrate and train into PREFIX/bin
	@bash Tools/setup.sh build mpi
	$(SWIFT_BUILD) --static-swift-stdlib --scratch-path .build-static --product orchestrate
	$(SWIFT_BUILD) --static-swift-stdlib --scratch-path .build-static --product train
	install -d $(PREFIX)/bin
	install -s -m 755 .build-static/release/orchestrate .build-static/release/train $(PREFIX)/bin
