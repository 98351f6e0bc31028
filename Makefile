# Sluice: build, try, test. `make help` lists the targets.
SHELL := /bin/sh
PREFIX ?= /usr/local
CONFIG ?= fixtures/wrapd.yaml
DATA ?= data
LISTEN ?= 127.0.0.1:8080
SLUICE := .build/release/sluice

.PHONY: help deps build run test bench fuzz crash install lint

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

deps: ## Install the system libraries that are missing (Debian, Ubuntu)
	@sh scripts/deps.sh

build: deps ## Build .build/release/sluice
	swift build -c release

run: build ## Start with the example configuration on 127.0.0.1:8080
	@SLUICE_EXAMPLE_SECRET="$${SLUICE_EXAMPLE_SECRET:-an example secret, for trying things}" \
	  $(SLUICE) serve --config $(CONFIG) --data $(DATA) --listen $(LISTEN) --sample fixtures/github/push.json

test: deps ## Build and run all tests
	swift build --build-tests
	swift test --skip-build --no-parallel

fuzz: deps ## The long form of the seeded fuzz tests (SLUICE_FUZZ_ROUNDS, default 200000)
	swift build --build-tests
	SLUICE_FUZZ_ROUNDS=$${SLUICE_FUZZ_ROUNDS:-200000} swift test --skip-build --filter 'Fuzz|Mutation|Random|Hostile|BruteForce'

crash: build ## kill -9 and power cuts during a load, many rounds (SLUICE_CRASH_ROUNDS, default 20)
	swift build --build-tests
	SLUICE_CRASH_ROUNDS=$${SLUICE_CRASH_ROUNDS:-20} SLUICE_PROGRAM=$(CURDIR)/$(SLUICE) swift test --skip-build --filter CrashTests

bench: build ## Measure ingest beside nginx, cron beside cronsim and croniter, the scheduler, the outbox (wants wrk, nginx, python3)
	@sh scripts/bench.sh
	@sh scripts/bench/cron.sh
	@sh scripts/bench/schedules.sh
	@sh scripts/bench/connections.sh
	@sh scripts/bench/outbox.sh

install: build ## Copy the program to $(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 0755 $(SLUICE) $(DESTDIR)$(PREFIX)/bin/sluice

lint: ## Check the layout of the sources
	swift format lint --recursive --parallel --strict Package.swift Sources
