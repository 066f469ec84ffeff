#!/usr/bin/env bash
# Makes sure that what the tests need is here: PostgreSQL's server programs, Chromium with its driver, a Chinese font,
# and for the torture a C compiler and SQLite's own program.
# Installs them as root on Debian and Ubuntu; otherwise says what is missing. Starts nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

wanted() {
    postgres_bin >/dev/null || echo postgresql
    have chromium || echo chromium
    have chromedriver || echo chromium-driver
    chinese_font || echo fonts-noto-cjk
    have gcc || echo gcc libc6-dev | tr ' ' '\n'
    have sqlite3 || echo sqlite3
}

mapfile -t packages < <(wanted)
if [ ${#packages[@]} -gt 0 ] && can_apt; then
    apt_install "${packages[@]}"
    mapfile -t packages < <(wanted)
fi
if [ ${#packages[@]} -gt 0 ]; then
    echo "The tests need what these Debian packages hold, and it is not here: ${packages[*]}." >&2
    echo "As root: apt-get install ${packages[*]}" >&2
    exit 1
fi
