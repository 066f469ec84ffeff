#!/usr/bin/env bash
# Installs or upgrades Farun from the unpacked offline package, as root, on a server without any network.
# Usage: ./install.sh            install, or upgrade an installation that is there
#        ./install.sh --check    only verify the package
# Nothing is downloaded. An upgrade makes a backup first and says how to go back.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }
fail() { printf '错误：%s\n' "$*" >&2; exit 1; }

sha256sum --quiet --check SHA256SUMS || fail "安装包不完整，请重新拷贝。"
say "安装包完整。"
machine=$(uname -m)
[ "$machine" = "$(cat MACHINE)" ] || fail "这个安装包适用于 $(cat MACHINE)，本机是 $machine。"
./bin/farun --version >/dev/null 2>&1 || fail "程序在本机不能运行（系统库太旧？需要 glibc $(cat GLIBC) 以上）。"
[ "${1:-}" = --check ] && exit 0
[ "$(id -u)" = 0 ] || fail "请用 root 运行。"

data=/var/lib/farun
program=/usr/local/bin/farun
new=$(./bin/farun --version)
getent passwd farun >/dev/null || useradd --system --no-create-home --home-dir "$data" --shell /usr/sbin/nologin farun
install -d -m 700 -o farun -g farun "$data"
install -d -m 755 /etc/farun /usr/local/share/doc/farun
[ -e /etc/farun/farun.env ] || install -m 600 deploy/farun.env.example /etc/farun/farun.env
[ -e "$data/farun.toml" ] || install -m 600 -o farun -g farun deploy/farun.toml.example "$data/farun.toml"

running=false
if [ -d /run/systemd/system ] && systemctl is-active --quiet farun; then running=true; fi
if [ -x "$program" ]; then
    old=$("$program" --version)
    say "现有 $old，升级到 $new。"
    if [ -e "$data/farun.db" ]; then
        install -d -m 700 -o farun -g farun /var/backups/farun
        say "先备份到 /var/backups/farun …"
        runuser -u farun -- ./bin/farun backup --data "$data" --to /var/backups/farun \
            || fail "备份没有成功，没有升级。"
    fi
    cp -p "$program" "$program.previous"
fi
$running && systemctl stop farun
install -m 755 bin/farun "$program"
rm -rf /usr/local/share/doc/farun
cp -r doc /usr/local/share/doc/farun
if [ -d /run/systemd/system ]; then
    install -m 644 deploy/farun.service /etc/systemd/system/farun.service
    systemctl daemon-reload
    $running && systemctl start farun
fi
say "已安装 $new。"
if ! $running; then
    say "接下来："
    say "  1. 看一遍 /etc/farun/farun.env 和 $data/farun.toml（区县代码只在第一次启动时起作用）；"
    say "  2. systemctl enable --now farun"
    say "  3. journalctl -u farun -n 20    # 一次性初始化链接在这里"
fi
[ -e "$program.previous" ] && say "要退回旧程序：恢复升级前的备份，再把 $program.previous 改名为 $program。"
exit 0
