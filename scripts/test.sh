#!/usr/bin/env bash
# Runs every test, then checks that the tests ran every SQL statement on both engines. Arguments go to the runner; a
# run with arguments is a part of the tests, so nothing can be said about all statements.
#
# cargo-nextest is what the tests are written for (one process per test, groups, the shared PostgreSQL); where it
# cannot be had, plain `cargo test` runs the same tests on a server of the same kind.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo nextest --version >/dev/null 2>&1; then
    echo "cargo-nextest is missing: installing it (this compiles for several minutes, once)" >&2
    cargo install cargo-nextest --locked || echo "cargo-nextest could not be installed: falling back to cargo test" >&2
fi

statements=
if [ $# = 0 ]; then
    statements=$(mktemp -d)
    trap 'rm -rf "$statements"' EXIT
    export FARUN_STATEMENTS=$statements
fi

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --workspace --profile ci "$@"
else
    settings=$(mktemp)
    NEXTEST_ENV=$settings scripts/test-postgres.sh
    set -a
    # shellcheck source=/dev/null
    . "$settings"
    set +a
    rm -f "$settings"
    cargo test --workspace --no-fail-fast "$@"
fi

if [ -n "$statements" ]; then
    cargo xtask statements "$statements"
fi
