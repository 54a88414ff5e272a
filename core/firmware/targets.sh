#!/usr/bin/env bash
# Builds the core for targets without an operating system, with every set of features that makes sense there. Where there
# is no compare-and-swap: with each of portable-atomic's two back ends, and once without, which must fail readably.
# Arguments: the targets; none means all of them.
set -euo pipefail
cd "$(dirname "$0")"
. ./toolchain.sh
cd ../..

targets=("$@")
[ $# -gt 0 ] || targets=(thumbv6m-none-eabi thumbv7m-none-eabi thumbv7em-none-eabihf riscv32imc-unknown-none-elf
    riscv32imac-unknown-none-elf riscv64gc-unknown-none-elf aarch64-unknown-none x86_64-unknown-none)
need_targets "${targets[@]}"

sets=(no-interrupt-handlers critical-section)
if grep -q '^defmt = ' core/Cargo.toml; then
    sets+=(no-interrupt-handlers,defmt critical-section,defmt)
fi

build() { cargo build --quiet -p gimmal-core --release "$@"; }

for target in "${targets[@]}"; do
    case $target in
        thumbv6m-* | riscv32imc-*)
            for set in "${sets[@]}"; do
                echo "-- $target [$set], atomics by critical sections"
                build --target "$target" --features "$set,portable-atomic/critical-section"
            done
            for set in "${sets[@]}"; do
                echo "-- $target [$set], atomics for a single core"
                RUSTFLAGS="--cfg portable_atomic_unsafe_assume_single_core" build --target "$target" --features "$set"
            done
            echo "-- $target without a choice of atomics: must fail, readably"
            if said=$(build --target "$target" 2>&1); then
                fail "$target built without a choice of atomics"
            fi
            grep -q "dependents require atomic CAS" <<<"$said" || fail "not portable-atomic's message: $said"
            ;;
        *)
            for set in "${sets[@]}"; do
                echo "-- $target [$set]"
                build --target "$target" --features "$set"
            done
            echo "-- $target without a choice for interrupt handlers: must fail, readably"
            if said=$(build --target "$target" 2>&1); then
                fail "$target built without a choice for interrupt handlers"
            fi
            grep -q "needs a choice, made by the binary" <<<"$said" || fail "not the core's message: $said"
            ;;
    esac
done
echo "${#targets[@]} targets built"
