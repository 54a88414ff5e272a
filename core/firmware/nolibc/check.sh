#!/usr/bin/env bash
# Links the library with neither libc nor an allocator, runs the program, and looks that the one that allocates does not link.
set -euo pipefail
cd "$(dirname "$0")"
. ../toolchain.sh
# One program: what is never called, of the library or of `core`, is not there to need anything.
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
out=${CARGO_TARGET_DIR:-../target}/release

link() { gcc -nostdlib -static -o "$out/nolibc" -Wl,--undefined=_start "$out/libnolibc.a"; }

cargo build --quiet --release -p nolibc
link || fail "it needs something that is not there"
undefined=$(nm -u "$out/nolibc")
[ -z "$undefined" ] || fail "undefined symbols: $undefined"
status=0
timeout 60 "$out/nolibc" || status=$?
[ "$status" -eq 10 ] || fail "status $status instead of 10"
echo "nolibc: links with nothing, 10 of 10 functions good"

cargo build --quiet --release -p nolibc --features allocates
if said=$(link 2>&1); then
    fail "the program that allocates has linked"
fi
grep -q "undefined reference to .malloc'" <<<"$said" || fail "not for want of malloc: $said"
echo "nolibc: the one that allocates does not link"
