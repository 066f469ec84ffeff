#!/usr/bin/env bash
# Makes sure that what the build needs is here: cargo, a C compiler, Node.js with npm. Installs the last two as root
# on Debian and Ubuntu; otherwise says in one sentence each what is missing and how to get it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

packages=()
have cc || packages+=(gcc libc6-dev)
have node || packages+=(nodejs)
have npm || packages+=(npm)
if [ ${#packages[@]} -gt 0 ] && can_apt; then
    apt_install "${packages[@]}"
fi

complaints=()
if ! have cargo; then
    complaints+=("cargo is missing: install Rust 1.95 or newer with rustup (https://rustup.rs); Debian's own package is too old.")
elif ! cargo --version </dev/null >/dev/null 2>&1; then
    complaints+=("cargo is there but does not start (run 'cargo --version' to see why): install a toolchain with 'rustup default stable', or set RUSTUP_HOME.")
fi
have cc || complaints+=("cc, a C compiler, is missing (SQLite is compiled in): as root, 'apt-get install gcc libc6-dev'.")
have node || complaints+=("node is missing (it fetches htmx and leaflet): as root, 'apt-get install nodejs npm'.")
have npm || complaints+=("npm is missing (it fetches htmx and leaflet): as root, 'apt-get install npm'.")
if [ ${#complaints[@]} -gt 0 ]; then
    printf 'farun cannot be built yet:\n' >&2
    printf '  - %s\n' "${complaints[@]}" >&2
    exit 1
fi
