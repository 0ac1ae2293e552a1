# Every target ends in a script that can be read and run by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo up down status build build-dependencies test generate format lint bench bench-rpc bench-server soak fuzz clean dependencies

help: ## Show this list
	@printf 'Berth. Begin with: make demo\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Tour: sign-up to a finished container; KEEP=1 leaves everything running
	@KEEP=$(KEEP) Scripts/demo.sh

up: build ## Start PostgreSQL, Redis, an engine, berthd and an agent; leaves .berth/env
	@Scripts/stack.sh up && printf 'next: set -a; . .berth/env; set +a; export PATH=$$PWD/.berth/bin:$$PATH; berth --help\n'

down: ## Stop what make up or make demo KEEP=1 started
	@Scripts/stack.sh down

status: ## Show what of it runs
	@Scripts/stack.sh status

dependencies: ## Install the Debian packages that are missing, with those of the tests
	@Scripts/install-dependencies.sh

build-dependencies:
	@Scripts/install-dependencies.sh --without-tests

build: build-dependencies ## Build the programs for release into .berth/bin
	@Scripts/build.sh

test: dependencies ## Build and run all tests against private services and an engine; FILTER=regex runs some
	@Scripts/test.sh $(if $(FILTER),--filter '$(FILTER)')

soak: dependencies ## Run the soak, random and fault tests at full size: thousands of peers, 100,000 deployments
	@BERTH_SOAK=1 Scripts/test.sh --filter '$(or $(FILTER),SoakTests|ConnectionModelTests|WrongServerTests|SchedulingModelTests|FaultRunTests)'

fuzz: dependencies ## Fuzz frames, connections and messages, SECONDS=60 each; TARGETS=connection fuzzes one
	@Scripts/fuzz.sh $(or $(SECONDS),60) $(TARGETS)

generate: dependencies ## Write what comes from .proto, SQL and web files; for your own package: docs/your-own-service.md
ifdef PROTOS
	@Scripts/generate-package.sh --protos '$(PROTOS)' $(if $(OUT),--out '$(OUT)') \
	  $(if $(C_MODULE),--c-module '$(C_MODULE)') $(if $(MODULE),--module '$(MODULE)') \
	  $(if $(VISIBILITY),--visibility '$(VISIBILITY)')
else
	@Scripts/generate.sh
	@Scripts/embed-sql.sh
	@Scripts/embed-assets.sh
endif

format: ## Format the Swift code
	@Scripts/format.sh

lint: ## Check the format of the Swift code
	@Scripts/format.sh --check

bench: build ## Measure create to RUNNING and the scheduler; TRACE='NODES.csv PODS.csv...': placement, too
	@$(if $(TRACE),Benchmarks/placement/table.py .berth/bin/berth $(TRACE),echo 'skipped: placement on a trace (TRACE is not set)')
	@Scripts/bench-scheduler.sh
	@Scripts/bench-queue.sh
	@Scripts/bench.sh

bench-rpc: ## Measure the RPC server beside C, gRPC C++ and grpc-swift-2; OPTIONS='--only berth,limit'
	@Scripts/bench-rpc.sh $(OPTIONS)

bench-server: build ## Measure the whole server beside pgbench on PostgreSQL; OPTIONS='--only get,list'
	@Scripts/bench-server.sh $(OPTIONS)

clean: down ## Remove what was built; what the stack keeps stays (rm -r .berth removes that too)
	@rm -rf .build Tools/.build Benchmarks/.build Benchmarks/peers/grpc-swift/.build .berth/bin .berth/demo-model
