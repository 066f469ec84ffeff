# shellcheck shell=bash
# Functions that the setup scripts share; to be sourced by bash, runs nothing by itself.

# have PROGRAM...: true when every one of them is on the PATH.
have() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || return 1
    done
}

# can_apt: true when packages can be installed here without asking anybody.
can_apt() {
    [ "$(id -u)" = 0 ] && have apt-get
}

# apt_get ARGUMENTS...: apt-get that waits for a lock held by another apt instead of failing at once.
# The timeout option covers dpkg's locks only, the lock on the package lists needs the loop.
apt_get() {
    local try log status
    log=$(mktemp)
    for try in $(seq 1 60); do
        status=0
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y -q "$@" </dev/null >"$log" 2>&1 || status=$?
        if [ "$status" = 0 ]; then
            rm -f "$log"
            return 0
        fi
        grep -q 'Could not get lock' "$log" || break
        [ "$try" = 1 ] && echo "waiting for another apt-get to finish" >&2
        sleep 5
    done
    cat "$log" >&2
    rm -f "$log"
    return "$status"
}

# apt_install PACKAGES...: refreshes the lists, then installs.
apt_install() {
    echo "installing $*" >&2
    apt_get update || echo "the package lists could not be refreshed: trying with the old ones" >&2
    apt_get install --no-install-recommends "$@"
}

# postgres_bin: prints the folder that holds initdb, pg_ctl and postgres; the newest one of Debian's, else the PATH's.
postgres_bin() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5Vr); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_ctl" ]; then
            printf '%s\n' "$folder"
            return 0
        fi
    done
    if have initdb postgres pg_ctl; then
        dirname "$(command -v initdb)"
        return 0
    fi
    return 1
}

# chinese_font: true when a font with Chinese glyphs is installed (screenshots would show empty boxes without).
chinese_font() {
    if have fc-list; then
        [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]
    else
        compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null
    fi
}
