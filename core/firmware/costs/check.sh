#!/usr/bin/env bash
# Weighs what each operation costs, beside heapless and embassy-sync, and compares with core/COSTS.md; `--write` writes that
# page. With another compiler or library than the page was written with, what it says of goals must still hold.
set -euo pipefail
cd "$(dirname "$0")"
. ../toolchain.sh
cd ..
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --quiet --release -p cost-table
tool=$CARGO_TARGET_DIR/release/cost-table

need_qemu arm
need_targets thumbv6m-none-eabi thumbv7m-none-eabi
linker=$(find "$(env -u RUSTC rustc --print sysroot)" -name rust-lld -type f | head -1)
[ -n "$linker" ] || fail "no rust-lld in the toolchain to link with"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
# Panics know where they are in the sources: bytes that must not depend on where these lie.
cargo fetch --quiet --locked
RUSTFLAGS="--remap-path-prefix=$(cd .. && pwd)=core"
for source in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    RUSTFLAGS+=" --remap-path-prefix=$source=registry"
done
export RUSTFLAGS

# A longer instruction than the other programs need: it is a whole number of the timer's ticks, nearly.
count() { # TARGET FEATURES
    local name runner
    name=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$1")_RUNNER
    runner=$(grep -A1 -F "[target.$1]" .cargo/config.toml | sed -n 's/shift=7/shift=10/; s/^runner = "\(.*\)"$/\1/p')
    env "$name=$runner" cargo run --quiet --release --target "$1" -p costs --bin count --features "$2" </dev/null
}

arguments=()
column() { # TITLE TARGET FEATURES
    local at=$work/$((${#arguments[@]} / 4))
    cargo build --quiet --release --target "$2" -p costs --lib --features "$3"
    cp "$CARGO_TARGET_DIR/$2/release/libcosts.a" "$at.a"
    count "$2" "$3,program" >"$at.counts"
    count "$2" "$3,masked" >"$at.masked"
    arguments+=("$1" "$at.a" "$at.counts" "$at.masked")
}
column "Cortex-M0, atomics for a single core" thumbv6m-none-eabi atomics-for-a-single-core
column "Cortex-M0, atomics by critical sections" thumbv6m-none-eabi atomics-by-critical-section
column "Cortex-M3" thumbv7m-none-eabi ""

of_lock() { grep -A1 "^name = \"$1\"" Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p' | head -1; }
versions="$("${RUSTC:-rustc}" --version | cut -d' ' -f1-2), heapless $(of_lock heapless) and embassy-sync $(of_lock embassy-sync)"
"$tool" table "$linker" "${arguments[@]}" | sed "s/VERSIONS/$versions/" >"$work/page"

page=../COSTS.md
if [ "${1:-}" = --write ]; then
    cp "$work/page" "$page"
    echo "costs: written to core/COSTS.md"
    exit
fi
goals() { sed -n '/^## Goals/,$p' "$1" | grep -F '≤'; }
goals "$work/page"
if grep -qF "$versions" "$page"; then
    "$tool" compare "$page" "$work/page" || fail "core/COSTS.md is not what it costs: costs/check.sh --write"
    echo "costs: as core/COSTS.md says"
else
    # Row by row, a goal that was met is met.
    paste -d'|' <(goals "$page" | tr -d ' ') <(goals "$work/page" | tr -d ' ') | awk -F'|' '
        { for (i = 5; i <= 7; i++) if ($i ~ /,met$/ && $(i + 8) !~ /,met$/) { print "no longer met: " $0; bad = 1 } }
        END { exit bad || !NR }' || fail "with $versions a goal is missed that was met"
    echo "costs: the page was written with other versions; with $versions its goals hold"
fi
