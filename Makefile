# The commands of the project; `make` lists them.
SWIFT ?= swift
# SwiftPM repeats, at every build, a note about a flag in libfprint's .pc file; it cannot be turned off.
QUIET = grep -v 'prohibited flag(s): -pthread' || true
# The compiler leaves folders where TMPDIR says; these go with `make clean`.
BUILD = mkdir -p .build/tmp && TMPDIR="$(CURDIR)/.build/tmp" $(SWIFT) build

.PHONY: help bootstrap build demo test test-thread desk-soak quality lint format clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

bootstrap: ## install what Debian provides, if missing
	@scripts/bootstrap

build: bootstrap ## build everything (debug)
	@set -o pipefail; { $(BUILD); } 2>&1 | { $(QUIET); }

demo: build ## one finger, one command: from a simulated scanner to an accepted eKYC
	@scripts/demo

# One test at a time: many of them wait for real sockets, devices and processes, and Swift runs all tasks of a process on as
# many threads as there are cores.
test: lint ## all that CI runs
	@set -o pipefail; { $(BUILD) --build-tests; } 2>&1 | { $(QUIET); }
	@set -o pipefail; $(SWIFT) test --skip-build --no-parallel 2>&1 | { $(QUIET); }

test-thread: bootstrap ## run the tests of desk, server and routes under ThreadSanitizer, built apart
	@set -o pipefail; { $(BUILD) --build-tests --sanitize=thread --scratch-path .build/thread; } 2>&1 | { $(QUIET); }
	@set -o pipefail; TSAN_OPTIONS="suppressions=Tests/thread-sanitizer.supp halt_on_error=0 exitcode=66" \
	    $(SWIFT) test --skip-build --sanitize=thread --scratch-path .build/thread --no-parallel \
	    --filter '^(SharingTests|LocalServerTests|HTTPWireTests|PiddCoreTests)\.' 2>&1 | { $(QUIET); }

desk-soak: build ## 20 programs of 4 users at one scanner for SECONDS_OF_SOAK (60), some of them killed
	@scripts/desk-soak --seconds $${SECONDS_OF_SOAK:-60}

quality: bootstrap ## judge records with matchers of others, from the pictures in FINGER_PICTURES and synthetic ones
	@scripts/quality

lint: bootstrap ## check formatting, scripts and the rules of the house
	@scripts/lint

format: ## format every Swift file
	@$(SWIFT) format -i -r Sources Tests Package.swift

clean: ## remove what was built
	@rm -rf .build

SHELL = /bin/bash
