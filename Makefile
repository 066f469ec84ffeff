# The ways to build, run and check farun. `make` alone lists them.
#
# Nothing here depends on one machine: the target folder follows CARGO_TARGET_DIR, and scripts/rust-env.sh finds the
# Rust installation when HOME is not the one that it was installed for.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(PATH):$(HOME)/.cargo/bin
$(foreach setting,$(shell scripts/rust-env.sh),$(eval export $(setting)))

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
FARUN := $(TARGET_DIR)/release/farun
DATA := ./data/demo
ASSETS := foundation/assets
NPM_STAMP := $(ASSETS)/node_modules/.package-lock.json

.PHONY: help setup assets build run test torture-short bench lint fmt bless dist screenshots clean-data

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup:
	@scripts/setup-build.sh

assets: setup $(NPM_STAMP) ## fetch the pinned browser libraries (only when the lock file changed)

$(NPM_STAMP): $(ASSETS)/package-lock.json | setup
	cd $(ASSETS) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

build: assets ## the release binary, target/release/farun
	cargo build --release --locked -p farun

run: build ## build, fill ./data/demo with the example world and serve it on http://127.0.0.1:8080
	@echo "farun demo: http://127.0.0.1:8080  (Ctrl-C stops it, 'make clean-data' forgets its data)"
	@exec $(FARUN) demo --data $(DATA)

test: assets ## every test, on SQLite, PostgreSQL and Chromium (installs what they need as root on Debian)
	@scripts/setup-test.sh
	@scripts/test.sh

torture-short: ## break the binary that the tests made, for less than a minute (the long ones: cargo xtask torture)
	@scripts/setup-test.sh
	@test -x $(TARGET_DIR)/debug/farun || cargo build --locked -p farun
	cargo xtask torture short --bin $(TARGET_DIR)/debug/farun

bench: build ## measure the release binary
	$(FARUN) bench

lint: assets ## formatting, clippy, tidy, and licences when cargo-deny is installed
	cargo fmt --all --check
	cargo xtask tidy
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null 2>&1; then cargo deny check bans licenses sources; fi

fmt: ## format the Rust code
	cargo fmt --all

bless: assets ## accept what the tests print now as the golden files (then read the diff!)
	@scripts/setup-test.sh
	cargo xtask bless

dist: assets ## the offline package for servers without a network: target/dist/*.tar.gz
	@scripts/dist.sh $(MACHINE)

screenshots: build ## pictures of the example world's pages, for the documentation
	@scripts/setup-test.sh
	cargo xtask screenshots

clean-data: ## forget the example world
	rm -rf $(DATA)
