#!/usr/bin/env bash
# Installs or upgrades Farun from the unpacked offline package, as root, on a server without any network.
# Usage: ./install.sh                     install, or upgrade an installation that is there
#        ./install.sh --check             only verify the package
#        ./install.sh --back              the way back: the program and the data of before the last upgrade
#        ./install.sh --back --database-url postgres://…/EMPTY    the same on PostgreSQL: an empty database takes the data
#
# Nothing is downloaded. An upgrade first lets the installed program back up while it serves, stops it, backs up what
# came in meanwhile, replaces the program, migrates, starts. Nothing before the replacing changes the database.
#
# FARUN_ROOT=/some/folder puts everything below that folder and runs as whoever calls it: for a trial, and for tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

say() { printf '%s\n' "$*"; }
fail() { printf '错误：%s\n' "$*" >&2; exit 1; }

root=${FARUN_ROOT:-}
data=$root/var/lib/farun
settings=$root/etc/farun/farun.env
program=$root/usr/local/bin/farun
documents=$root/usr/local/share/doc/farun
previous=$root/usr/local/lib/farun/previous # the program, the unit and the backup of before the last upgrade
unit=$root/etc/systemd/system/farun.service
# A folder of its own: the clean-up of the regular backups must not remove what the way back needs.
backups=${FARUN_UPGRADE_BACKUPS:-$root/var/backups/farun-upgrade}
as_farun=()
[ -n "$root" ] || as_farun=(runuser -u farun --)

has_systemd() { [ -d "$root/run/systemd/system" ]; }
is_running() { has_systemd && systemctl is-active --quiet farun; }

# The address of PostgreSQL, if the service has it from its environment; farun.toml is read by the program itself.
# Taken as systemd takes it, by line, because a password may hold what a shell would interpret.
database_from_settings() {
    [ -e "$settings" ] || return 0
    sed -n 's/^[[:space:]]*FARUN_DATABASE_URL=//p' "$settings" | tail -n 1 \
        | sed -e 's/[[:space:]]*$//' -e "s/^\"\(.*\)\"\$/\1/" -e "s/^'\(.*\)'\$/\1/"
}
on_postgres() { [ -n "${FARUN_DATABASE_URL:-}" ] || grep -q '^[[:space:]]*database_url[[:space:]]*=' "$data/farun.toml" 2>/dev/null; }
has_data() { [ -e "$data/farun.db" ] || { on_postgres && [ -e "$data/keys/master.key" ]; }; }

# Whether a program has backups at all: a very old one has none, and then the new one, which changes nothing either,
# makes and restores them.
can() { "$1" "$2" --help >/dev/null 2>&1; }
newest_backup() { "${as_farun[@]}" "$1" backup --data "$data" --to "$backups" list | tail -n 1 | cut -f 1; }

check_package() {
    sha256sum --quiet --check SHA256SUMS || fail "安装包不完整，请重新拷贝。"
    say "安装包完整。"
    local machine
    machine=$(uname -m)
    [ "$machine" = "$(cat MACHINE)" ] || fail "这个安装包适用于 $(cat MACHINE)，本机是 $machine。"
    ./bin/farun --version >/dev/null 2>&1 || fail "程序在本机不能运行（系统库太旧？需要 glibc $(cat GLIBC) 以上）。"
}

own_folder() {
    if [ -n "$root" ]; then install -d -m 700 "$1"; else install -d -m 700 -o farun -g farun "$1"; fi
}

place_program() {
    install -m 755 "$1" "$program.new"
    mv "$program.new" "$program" # at once: there is always a whole program
}

place_unit() {
    has_systemd || return 0
    install -D -m 644 "$1" "$unit"
    systemctl daemon-reload
}

upgrade() {
    local old new with was_running=false
    old=$("$program" --version)
    new=$(./bin/farun --version)
    say "现有 $old，升级到 $new。"
    if is_running; then was_running=true; fi
    if has_data; then
        with=$program
        can "$program" backup || with=$here/bin/farun
        own_folder "$backups"
        say "升级前备份到 $backups（服务照常）…"
        "${as_farun[@]}" "$with" backup --data "$data" --to "$backups" || fail "备份没有成功，没有升级，什么也没有改变。"
        "${as_farun[@]}" "$with" verify --backup "$backups" >/dev/null || fail "备份核对不上，没有升级，什么也没有改变。"
        if $was_running; then
            systemctl stop farun
            say "服务已停，补上刚才新写入的内容…"
            "${as_farun[@]}" "$with" backup --data "$data" --to "$backups" \
                || { systemctl start farun; fail "备份没有成功，没有升级；旧程序已重新启动。"; }
        fi
        # The same package once more must not make the new program the way back.
        if ! cmp -s bin/farun "$program"; then
            install -d -m 755 "$previous"
            install -m 755 "$program" "$previous/farun"
            if [ -e "$unit" ]; then cp -p "$unit" "$previous/farun.service"; fi
            newest_backup "$with" >"$previous/backup"
        fi
    elif $was_running; then
        systemctl stop farun
    fi
    place_program bin/farun
    place_documents
    place_unit deploy/farun.service
    if has_data; then
        say "升级数据库…"
        "${as_farun[@]}" "$program" migrate --data "$data" \
            || fail "数据库没有升级成功，服务没有启动。退回旧程序和升级前的数据：./install.sh --back"
    fi
    if $was_running; then systemctl start farun; fi
    say "已安装 $new。"
    if [ -e "$previous/backup" ]; then
        say "要退回 $("$previous/farun" --version)（升级以后录入的内容不会带回去）：./install.sh --back"
    fi
}

place_documents() {
    rm -rf "$documents"
    install -d -m 755 "$(dirname "$documents")"
    cp -r doc "$documents"
}

first_install() {
    if [ -z "$root" ]; then
        getent passwd farun >/dev/null \
            || useradd --system --no-create-home --home-dir "$data" --shell /usr/sbin/nologin farun
    fi
    own_folder "$data"
    own_folder "$root/var/backups/farun" # the unit lets the service write there
    install -d -m 755 "$(dirname "$settings")" "$(dirname "$program")"
    [ -e "$settings" ] || install -m 600 deploy/farun.env.example "$settings"
    if [ ! -e "$data/farun.toml" ]; then
        install -m 600 deploy/farun.toml.example "$data/farun.toml"
        [ -n "$root" ] || chown farun:farun "$data/farun.toml"
    fi
}

# Restores beside what is there and exchanges the folders: nothing is overwritten, the upgraded data stays.
back() {
    [ -e "$previous/backup" ] || fail "没有可以退回的旧程序：$previous 里没有升级前的备份。"
    local id aside with restored="$data.back" url=()
    id=$(cat "$previous/backup")
    aside="$data.upgraded-$(date +%Y%m%d-%H%M%S)"
    with=$previous/farun
    can "$with" restore || with=$here/bin/farun
    if on_postgres; then
        [ -n "${1:-}" ] || fail "数据在 PostgreSQL 里：请新建一个空的数据库，再运行 ./install.sh --back --database-url 它的地址"
        url=(--database-url "$1")
    fi
    [ ! -e "$restored" ] || fail "$restored 已经在了（上次没有做完？）。请先看清楚再移走。"
    if is_running; then systemctl stop farun; fi
    say "恢复升级前的备份 $id …"
    # By root, because the folder above the data is root's; given away below.
    if ! env -u FARUN_DATABASE_URL "$with" restore --from "$backups" --at "$id" --data "$restored" \
        --keys "$data/keys/master.key" "${url[@]}"; then
        rm -rf "$restored"
        fail "没有恢复成功，什么也没有替换：新程序和数据都还在，systemctl start farun 可以照旧启动。"
    fi
    # Settings and whatever else the operator keeps there; not the database, not what was restored.
    find "$data" -mindepth 1 -maxdepth 1 ! -name 'farun.db*' ! -name files ! -name keys ! -name drill \
        -exec cp -a -t "$restored" {} +
    [ -n "$root" ] || chown -R farun:farun "$restored"
    mv "$data" "$aside"
    mv "$restored" "$data"
    if on_postgres; then point_at "$1"; fi
    place_program "$previous/farun"
    if [ -e "$previous/farun.service" ]; then place_unit "$previous/farun.service"; fi
    mv "$previous/backup" "$previous/backup.used"
    if has_systemd; then systemctl start farun; fi
    say "已退回 $("$program" --version)，数据是升级前的备份 $id。"
    say "升级后的数据目录留在 $aside，确认不需要后再删。"
}

# Puts the address of the restored PostgreSQL database where the old one stood.
point_at() {
    local file pattern
    if [ -n "${FARUN_DATABASE_URL:-}" ]; then
        file=$settings pattern='^[[:space:]]*FARUN_DATABASE_URL=' line="FARUN_DATABASE_URL=$1"
    else
        file=$data/farun.toml pattern='^[[:space:]]*database_url[[:space:]]*=' line="database_url = \"$1\""
    fi
    cp -p "$file" "$file.upgraded"
    PATTERN=$pattern LINE=$line awk '$0 ~ ENVIRON["PATTERN"] { print ENVIRON["LINE"]; next } { print }' \
        "$file.upgraded" >"$file"
    say "$file 里的数据库地址已换成恢复出来的那个，原来的写法留在 $file.upgraded。"
}

action=install address=
while [ $# -gt 0 ]; do
    case $1 in
        --check) action=check ;;
        --back) action=back ;;
        --database-url) address=${2:?--database-url 后面要写地址}; shift ;;
        *) fail "不认识 $1；用法见 install.sh 开头" ;;
    esac
    shift
done

check_package
[ "$action" = check ] && exit 0
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "请用 root 运行。"
if [ -z "${FARUN_DATABASE_URL:-}" ]; then
    FARUN_DATABASE_URL=$(database_from_settings)
    if [ -n "$FARUN_DATABASE_URL" ]; then export FARUN_DATABASE_URL; else unset FARUN_DATABASE_URL; fi
fi
if [ "$action" = back ]; then
    back "$address"
    exit 0
fi
installed=false
[ -x "$program" ] && installed=true
first_install
if $installed; then
    upgrade
    exit 0
fi
place_program bin/farun
place_documents
place_unit deploy/farun.service
say "已安装 $(./bin/farun --version)。"
say "接下来："
say "  1. 看一遍 $settings 和 $data/farun.toml（区县代码只在第一次启动时起作用）；"
say "  2. systemctl enable --now farun"
say "  3. journalctl -u farun -n 20    # 一次性初始化链接在这里"
