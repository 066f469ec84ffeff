#!/usr/bin/env bash
# Prints NAME=value lines that cargo needs when HOME is not the one Rust was installed for; usually prints nothing.
#
# A rustup proxy looks for its toolchains below HOME. With an empty HOME (a fresh clone tried out with
# HOME=$(mktemp -d), some service accounts) it finds none, though the installation it belongs to is right beside it.
set -euo pipefail

command -v cargo >/dev/null 2>&1 || exit 0
cargo --version </dev/null >/dev/null 2>&1 && exit 0

while IFS= read -r program; do
    cargo_home=$(dirname "$(dirname "$program")")
    rustup_home=$(dirname "$cargo_home")/.rustup
    [ -d "$rustup_home/toolchains" ] || continue
    if RUSTUP_HOME=$rustup_home cargo --version </dev/null >/dev/null 2>&1; then
        echo "RUSTUP_HOME=$rustup_home"
        # Use the crates that this installation already fetched, where we may write beside them.
        if [ -w "$cargo_home" ]; then echo "CARGO_HOME=$cargo_home"; fi
        exit 0
    fi
done < <(type -aP cargo | sort -u)
exit 0
