#!/usr/bin/env bash
# Makes the offline package: target/dist/farun-VERSION-MACHINE.tar.gz with its checksum. Everything that a server
# without any network needs is in it: the program, the unit, the proxy example, the handbooks, licences and the list
# of parts (SBOM).
#
#   scripts/dist.sh                     for this machine
#   scripts/dist.sh aarch64             the same for aarch64: needs the Rust target aarch64-unknown-linux-gnu
#                                       (rustup target add …) and Debian's gcc-aarch64-linux-gnu; on an aarch64
#                                       machine itself nothing more than here
#
# Made so that the same source gives the same package on the same toolchain: paths are mapped away, times are those of
# the last commit, the archive is sorted. docs/operations/install.md says what of this was compared and what was not.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

machine=${1:-$(uname -m)}
case $machine in
    x86_64 | aarch64) ;;
    *) echo "dist: $machine is not supported; x86_64 or aarch64" >&2; exit 2 ;;
esac
target=$machine-unknown-linux-gnu
flags=()
if [ "$machine" != "$(uname -m)" ]; then
    linker=$machine-linux-gnu-gcc
    have "$linker" || { echo "dist: $linker is missing: as root, 'apt-get install gcc-$machine-linux-gnu libc6-dev-${machine/aarch64/arm64}-cross'" >&2; exit 3; }
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] \
        || { echo "dist: the Rust target is missing: 'rustup target add $target'" >&2; exit 3; }
    variable=${target^^}
    export "CARGO_TARGET_${variable//-/_}_LINKER=$linker" "CC_${target//-/_}=$linker"
    flags=(--target "$target")
fi

root=$(pwd)
cargo_home=${CARGO_HOME:-${HOME:-/nonexistent}/.cargo}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH
export RUSTFLAGS="--remap-path-prefix=$root=/farun --remap-path-prefix=$cargo_home=/cargo -C strip=symbols"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/dist-build
cargo build --release --locked -p farun "${flags[@]}"
binary=$CARGO_TARGET_DIR/release/farun
[ ${#flags[@]} = 0 ] || binary=$CARGO_TARGET_DIR/$target/release/farun
unset RUSTFLAGS
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR%/dist-build}

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=farun-$version-$machine
out=$CARGO_TARGET_DIR/dist
tree=$out/$name
rm -rf "$tree" "$tree.tar.gz"
mkdir -p "$tree/bin" "$tree/doc"
install -m 755 "$binary" "$tree/bin/farun"
cp -r deploy "$tree/deploy"
mv "$tree/deploy/install.sh" "$tree/install.sh"
# Laid out as in the repository, so that the links between the documents hold.
mkdir "$tree/doc/docs"
cp -r docs/handbook docs/operations docs/screenshots docs/asvs.md docs/scorecard.md "$tree/doc/docs/"
cp README.md README.zh-CN.md CHANGELOG.md SECURITY.md LICENSE "$tree/doc/"
cargo xtask sbom "$target" --sbom "$tree/SBOM.cdx.json" --licences "$tree/doc/THIRD-PARTY.txt"
echo "$machine" >"$tree/MACHINE"
# The newest glibc symbol that the program asks for says on which systems it starts.
grep -ao 'GLIBC_2\.[0-9]*' "$binary" | sort -Vu | tail -1 | cut -d_ -f2 >"$tree/GLIBC"
(cd "$tree" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$out" -cf - "$name" \
    | gzip -9n >"$tree.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "dist: $tree.tar.gz"
cat "$tree.tar.gz.sha256"
