#!/usr/bin/env bash
# Everything that shows the core at work where there is no operating system: builds for all targets, programs under QEMU,
# a program without libc. A fresh Debian machine with a stable Rust toolchain is enough: targets and QEMU are fetched here.
# Prints what each program says, then a table of check and target; ends with 1 if anything failed. A few minutes.
set -uo pipefail
cd "$(dirname "$0")"
. ./toolchain.sh

m0=thumbv6m-none-eabi
m3=thumbv7m-none-eabi
riscv=riscv64gc-unknown-none-elf
arm=aarch64-unknown-none
pc=x86_64-unknown-none
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# What the last program has said, and the last sweep with all addresses.
log=$(mktemp)
said=$(mktemp)
trap 'rm -f "$log" "$said"' EXIT
started=$SECONDS

columns=("thumbv6m, cs" "thumbv6m, single" thumbv7m "Cortex-M" riscv64gc aarch64 x86_64 host "8 targets")
rows=()
declare -A table
bad=0

# note ROW COLUMN STATUS: into the table.
note() {
    local word=ok
    [ "$3" -eq 0 ] || { word=FAILED && bad=$((bad + 1)); }
    [[ " ${rows[*]/%/;} " == *" $1; "* ]] || rows+=("$1")
    table[$1/$2]=$word
    echo "== $1 / $2: $word after $((SECONDS - started)) s"
}

# passes ROW COLUMN COMMAND…: it must end with 0.
passes() {
    echo
    "${@:3}" </dev/null 2>&1 | tee "$log"
    note "$1" "$2" "${PIPESTATUS[0]}"
}

# breaks ROW COLUMN WORDS COMMAND…: it must fail, and say so in these words (a program that does not even build does not).
breaks() {
    echo
    if "${@:4}" </dev/null 2>&1 | tee "$log" || ! grep -qE "$3" "$log"; then
        note "$1" "$2" 1
    else
        note "$1" "$2" 0
    fi
}

# program TARGET PACKAGE BIN FEATURES: builds and runs it; `.cargo/config.toml` says how.
program() {
    cargo run --quiet --release --target "$1" -p "$2" --bin "$3" --features "$4"
}

# sweep TARGET FEATURES [SHIFT]: the sweep, whose addresses go into a file; with another length of an instruction.
sweep() {
    local name runner
    name=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$1")_RUNNER
    runner=$(grep -A1 -F "[target.$1]" .cargo/config.toml | sed -n "s/shift=7/shift=${3:-7}/; s/^runner = \"\(.*\)\"$/\1/p")
    env "$name=$runner" cargo run --quiet --release --target "$1" -p cortex-m-firmware --bin sweep --features "$2" |
        tee "$said" | grep -v '^  at'
}

# places TARGET: which instructions the last sweep has hit.
places() {
    local machine
    machine=$(grep -A1 -F "[target.$1]" .cargo/config.toml | sed -n 's/.* -M \([^ ]*\) .*/\1/p')
    ./places.sh "$CARGO_TARGET_DIR/$1/release/sweep" "$machine" "$said"
}

# coarse TARGET FEATURES: one whose interrupts come at moments four times as far apart.
coarse() {
    sweep "$1" "$2" 5 >/dev/null && places "$1"
}

passes "format" host cargo fmt --check
passes "builds, and refuses readably" "8 targets" ./targets.sh
passes "no libc, no allocator" host ./nolibc/check.sh

passes "costs, as core/COSTS.md says" "Cortex-M" ./costs/check.sh
passes "what defmt prints, decoded" "Cortex-M" ./defmt/check.sh
passes "a project for the RP2040 builds" "Cortex-M" ./rp2040/check.sh

need_qemu arm riscv64 aarch64 x86_64
need_targets "$m0" "$m3" "$riscv" "$arm" "$pc"

lint() {
    cargo clippy --quiet --release "$@" -- -D warnings
}

# Debian's rustc has no clippy here.
if [ -z "${RUSTC:-}" ]; then
    lints() {
        # Not in one go: the features of all would be on for each.
        lint -p bodies -p nolibc && lint -p cost-table -p defmt-lines && lint -p bodies --features bug &&
            lint --target "$m0" -p defmt-firmware --features atomics-by-critical-section &&
            lint --target "$m0" -p costs --features atomics-for-a-single-core,masked &&
            lint --target "$m0" -p cortex-m-firmware --features atomics-by-critical-section,embassy &&
            lint --target "$riscv" -p multicore-firmware && lint --target "$arm" -p multicore-firmware --features critical-section &&
            lint --target "$pc" -p multicore-firmware && lint --target "$pc" -p multicore-firmware --features critical-section
    }
    passes "clippy" host lints
fi

# cortex_m COLUMN TARGET ATOMICS
cortex_m() {
    local column=$1 target=$2 features=$3
    passes "handler and main share" "$column" program "$target" cortex-m-firmware share "$features"
    passes "handler wakes tasks" "$column" program "$target" cortex-m-firmware wake "$features"
    passes "the same under embassy" "$column" program "$target" cortex-m-firmware embassy "$features,embassy"
    passes "interrupt at every instruction" "$column" sweep "$target" "$features"
    passes "  which is counted: 97 % and more" "$column" places "$target"
    breaks "broken: share is seen to fail" "$column" "share: .* ([1-9]|[1-9][0-9]+) bad$" \
        program "$target" cortex-m-firmware share "$features,bug"
    breaks "broken: wake is seen to fail" "$column" "a wake-up was lost" \
        program "$target" cortex-m-firmware wake "$features,bug"
    breaks "broken: every pair is seen to fail" "$column" "sweep: ([0-9]+) pairs.* \1 pairs bad" \
        sweep "$target" "$features,bug"
}
cortex_m "thumbv6m, cs" "$m0" atomics-by-critical-section
breaks "broken: a coarse sweep fails" "thumbv6m, cs" "places: .* [1-9][0-9]* under 97 %" coarse "$m0" atomics-by-critical-section

# images TARGET FEATURES: do its programs run on a Cortex-M0, and not only on QEMU's?
images() {
    cargo build --quiet --release --target "$1" -p cortex-m-firmware --bins --features "$2" &&
        ./instructions.sh "$CARGO_TARGET_DIR/$1/release/"{share,wake,embassy,sweep}
}
passes "a Cortex-M0 knows each instruction" "thumbv6m, cs" images "$m0" atomics-by-critical-section,embassy
cortex_m "thumbv6m, single" "$m0" atomics-for-a-single-core
passes "a Cortex-M0 knows each instruction" "thumbv6m, single" images "$m0" atomics-for-a-single-core,embassy
cortex_m thumbv7m "$m3" ""
breaks "broken: an image for an M3 fails" thumbv7m "[1-9][0-9]* that a Cortex-M0 does not know" images "$m3" embassy

# cores COLUMN TARGET
cores() {
    passes "4 cores" "$1" program "$2" multicore-firmware multicore-firmware ""
    passes "4 cores, critical sections" "$1" program "$2" multicore-firmware multicore-firmware critical-section
    breaks "broken: 4 cores are seen to fail" "$1" "cores: [1-9][0-9]* phases bad" \
        program "$2" multicore-firmware multicore-firmware bug
}
cores riscv64gc "$riscv"
cores aarch64 "$arm"
cores x86_64 "$pc"

printf '\n%-36s' ""
printf '%-18s' "${columns[@]}"
for row in "${rows[@]}"; do
    printf '\n%-36s' "$row"
    for column in "${columns[@]}"; do
        printf '%-18s' "${table[$row/$column]:--}"
    done
done
printf '\n\n%d failed, %d s\n' "$bad" $((SECONDS - started))
[ "$bad" -eq 0 ]
