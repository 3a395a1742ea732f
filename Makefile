# The commands of the project; `make` lists them.
SWIFT ?= swift
# SwiftPM repeats, at every build, a note about a flag in libfprint's .pc file; it cannot be turned off.
QUIET = grep -v 'prohibited flag(s): -pthread' || true
# The compiler leaves folders where TMPDIR says; these go with `make clean`. SwiftPM keeps its lock there too: with a folder each,
# builds of different kinds may run beside each other.
BUILD = mkdir -p .build/tmp/$@ && TMPDIR="$(CURDIR)/.build/tmp/$@" $(SWIFT) build

# Where `make install` puts things; DESTDIR is put before every path.
PREFIX ?= /usr/local
export DESTDIR PREFIX SYSCONFDIR UNITDIR UDEVDIR

.PHONY: help bootstrap build build-tests build-thread build-address build-fuzz demo test test-thread test-address soak coverage try-recordings fuzz \
    release install uninstall deb boot-base boot-test quality bench lint format clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

bootstrap: ## install what Debian provides, if missing
	@scripts/bootstrap

build: bootstrap ## build everything (debug)
	@set -o pipefail; { $(BUILD); } 2>&1 | { $(QUIET); }

build-tests: bootstrap
	@set -o pipefail; { $(BUILD) --build-tests; } 2>&1 | { $(QUIET); }

demo: build ## one finger, one command: from a simulated scanner to an accepted eKYC
	@scripts/demo

test: lint build-tests ## run all tests
	@scripts/test

build-thread: bootstrap
	@set -o pipefail; { $(BUILD) --build-tests --sanitize=thread --scratch-path .build/thread; } 2>&1 | { $(QUIET); }

# A test that searches the memory of its process, which the sanitizer makes too large, and one thread's reckoning about pictures.
THREAD_SKIPS = LocalServerTests.WipingTests|/Quality/

test-thread: build-thread ## run the tests of desk, server, routes and scanner under ThreadSanitizer, built apart
	@set -o pipefail; TSAN_OPTIONS="suppressions=Tests/thread-sanitizer.supp halt_on_error=0 exitcode=66" \
	    $(SWIFT) test --skip-build --sanitize=thread --scratch-path .build/thread --no-parallel \
	    --filter '^(SharingTests|LocalServerTests|HTTPWireTests|PiddCoreTests|ScannerTests)\.' --skip '$(THREAD_SKIPS)' 2>&1 | { $(QUIET); }

# Where C is called or memory is handed over. Every program that a test starts is built in the same way and writes what the
# sanitizer finds into a file of its own, so that the ends of programs which a test does not look at count as well. Left out:
# tests that search a process's memory, which is too large with the sanitizer's shadow and keeps what was freed, and the one
# whose transfer never ends, so that libusb cannot free it; the one that measures memory, of which the sanitizer keeps some; and that of locked pages, since the sanitizer locks none.
ADDRESS_TESTS = ^((Biometrics|Crypto|HTTPClient|HTTPWire|LocalServer|PIDSeal|RDProtocol|Scanner|Secrets|Settings)Tests\.|SystemTests\.(BadInput|Device|DeviceSleep|WholeWay)Tests/)
ADDRESS_SKIPS = PIDSealTests.MemoryTests|LocalServerTests.WipingTests|pages are locked|the memory of a released secret|A USB call that never returns|Plugging and pulling
ADDRESS = .build/address/findings

build-address: bootstrap
	@set -o pipefail; { $(BUILD) --build-tests --sanitize=address --scratch-path .build/address; } 2>&1 | { $(QUIET); }

test-address: build-address ## run the tests around C libraries under AddressSanitizer and LeakSanitizer, built apart
	@rm -rf $(ADDRESS) && mkdir -p $(ADDRESS)
	@echo 'sanitized: $(ADDRESS_TESTS) without $(ADDRESS_SKIPS)'
	@set -o pipefail; ASAN_OPTIONS="detect_leaks=1 exitcode=66 log_path=$(CURDIR)/$(ADDRESS)/of log_exe_name=1" \
	    LSAN_OPTIONS="suppressions=$(CURDIR)/Tests/leak-sanitizer.supp print_suppressions=0" \
	    ASAN_SYMBOLIZER_PATH="$$(command -v llvm-symbolizer)" \
	    $(SWIFT) test --skip-build --sanitize=address --scratch-path .build/address --no-parallel \
	    --filter '$(ADDRESS_TESTS)' --skip '$(ADDRESS_SKIPS)' 2>&1 | { $(QUIET); }; \
	    status=$$?; cat $(ADDRESS)/* 2>/dev/null && exit 66; exit $$status

# Of the counts each can be set, 0 leaves a part out; scripts/soak says which there are.
soak: build-tests ## use pidd for an hour, look for wrong answers and for growth (QUESTIONS, CAPTURES, CROWD, REPLUGS, HEAT)
	@scripts/soak

coverage: bootstrap ## run all tests with counters, built apart, and print how many lines of each target they reach
	@scripts/coverage

try-recordings: build ## capture from each umockdev recording in RECORDINGS, a folder of folders, through pidd
	@scripts/try-recordings "$(RECORDINGS)"

build-fuzz: bootstrap
	@scripts/fuzz --build

fuzz: build ## give parsers and drivers bad input for FUZZ_SECONDS (60) each, with AddressSanitizer
	@scripts/fuzz --seconds $${FUZZ_SECONDS:-60}

release: bootstrap ## build the programs as they are shipped: no Swift is needed to run them
	@scripts/build-release

install: release ## install what belongs to a machine, below PREFIX (/usr/local)
	@scripts/install

uninstall: ## remove it again
	@scripts/install --remove

deb: release ## the Debian packages pidd and ekyc-client, in .build/package
	@scripts/build-deb

boot-base: bootstrap
	@scripts/boot-test --prepare

boot-test: deb ## boot a Debian with the packages and a USB scanner made by its kernel, and try everything (as root)
	@scripts/boot-test

quality: bootstrap ## judge records with matchers of others, from the pictures in FINGER_PICTURES and synthetic ones
	@scripts/quality

bench: ## measure beside nginx, fprintd, curl and plain C; ONLY=sealing,client for some items, LONG=1 for hours
	@scripts/bootstrap bench
	@scripts/bench $(ONLY)

lint: bootstrap ## check formatting, scripts and the rules of the house
	@scripts/lint

format: ## format every Swift file
	@$(SWIFT) format -i -r Sources Tests Package.swift

clean: ## remove what was built
	@rm -rf .build

SHELL = /bin/bash
