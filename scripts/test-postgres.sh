#!/usr/bin/env bash
# Starts one throwaway PostgreSQL for a whole test run and tells its address through FARUN_TEST_POSTGRES.
#
# nextest runs this before the tests (.config/nextest.toml) and reads the variable from the file $NEXTEST_ENV; every
# test process then makes its own database on that server. The server holds nothing worth keeping: no fsync, trust
# authentication, bound to 127.0.0.1. A watchdog stops it and removes its files when the parent process has ended,
# however it ended. A FARUN_TEST_POSTGRES that is set already is used as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

: "${NEXTEST_ENV:?this script is run by cargo nextest (or scripts/test.sh), which names the file to write to}"

if [ -n "${FARUN_TEST_POSTGRES:-}" ]; then
    exit 0
fi
if ! bin=$(postgres_bin); then
    echo "PostgreSQL's server programs are not installed: the tests that need them will fail and say so (scripts/setup-test.sh installs them)." >&2
    exit 0
fi

# PostgreSQL refuses to run as root.
as_server=()
owner=$(id -un)
if [ "$(id -u)" = 0 ]; then
    owner=nobody
    if id -u postgres >/dev/null 2>&1; then owner=postgres; fi
    as_server=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
    have setpriv || as_server=(runuser -u "$owner" --)
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/farun-postgres.XXXXXX")
chmod 700 "$folder"
[ "$(id -u)" = 0 ] && chown "$owner:" "$folder"
cd "$folder" # the server's user may not read the folder we came from

fail() {
    echo "$1" >&2
    tail -n 30 "$folder/setup.log" "$folder/server.log" >&2 2>/dev/null || true
    rm -rf "$folder"
    exit 1
}

# C collation: text sorts by code point, as it does on SQLite.
"${as_server[@]}" "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --no-sync --no-instructions </dev/null >"$folder/setup.log" 2>&1 || fail "initdb failed:"
cat >>"$folder/data/postgresql.conf" <<'CONF'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 300
shared_buffers = 64MB
autovacuum = off
jit = off
timezone = 'UTC'
log_min_messages = log # the errors that tests provoke are no news
CONF

started=no
for _ in 1 2 3 4 5 6 7 8; do
    port=$((20000 + RANDOM % 10000)) # below the ports that the system hands out by itself
    if "${as_server[@]}" "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/server.log" --wait --timeout=60 --silent \
        --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder" \
        start </dev/null >>"$folder/setup.log" 2>&1; then
        started=yes
        break
    fi
    grep -q 'could not bind' "$folder/server.log" || break
done
[ "$started" = yes ] || fail "the throwaway PostgreSQL did not start:"

# The watchdog: a process of its own session, holding none of our streams, so that nobody waits for it.
parent=$PPID
# shellcheck disable=SC2016
setsid bash -c '
    parent=$1 bin=$2 folder=$3
    shift 3
    born() { [ -r "/proc/$1/stat" ] && sed "s/.*) //" "/proc/$1/stat" 2>/dev/null | cut -d" " -f20; }
    alive() { kill -0 "$parent" 2>/dev/null && [ "$(born "$parent")" = "$birth" ]; }
    birth=$(born "$parent")
    while alive; do sleep 1; done
    "$@" "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate --silent stop
    rm -rf "$folder"
' farun-postgres-watchdog "$parent" "$bin" "$folder" "${as_server[@]}" </dev/null >/dev/null 2>&1 &

echo "FARUN_TEST_POSTGRES=postgres://postgres@127.0.0.1:$port/postgres" >>"$NEXTEST_ENV"
