#!/usr/bin/env bash
# What defmt prints of every public type, in each of its states: a firmware logs it under QEMU, a program of the host
# decodes it. Each line must be the one of expected.txt ("label = text": `Debug` says the same, and that is compared too;
# "label: text": there is no `Debug`). After an intended change: `check.sh --write`, and read the difference.
set -euo pipefail
cd "$(dirname "$0")"
. ../toolchain.sh
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/../target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# All public types are in types.rs, and nothing else. Nobody outside can name these: a waiter and its key, policies, what they
# see, the sides of a pipe, and bridges and rounds of the facade. A raw mutex of `interop` has only the traits of other crates.
hidden='Waiter|Key|Polled|WatcherSlot|Balance|Fair|Never|Ask|Answer|Copies|Route|Unsent|Unreceived|Candidates|In|Out|BridgeLink|BridgeWants|Bridging|RawMutex|Refused|Nothing|Round'
grep -rhoE '^ *pub (struct|enum|union) [A-Za-z]+' ../../src --include='*.rs' --exclude='shim*' --exclude-dir=shim --exclude=test_hooks.rs |
    sed 's/.* //' | grep -vxE "$hidden" | sort >"$work/sources"
grep -oE '^ *(both|waits|memory)::<([a-z_]+::)+[A-Z][A-Za-z]*' src/types.rs | sed 's/.*:://' | sort >"$work/listed"
diff "$work/sources" "$work/listed" || fail "the types of the sources (<) are not those of types.rs (>)"

# A program of the host, also where the others need Debian's rustc.
host=$CARGO_TARGET_DIR/debug/defmt-lines
env -u RUSTC -u RUSTC_BOOTSTRAP -u CARGO_UNSTABLE_BUILD_STD cargo build --quiet -p defmt-lines

need_qemu arm
need_targets thumbv6m-none-eabi thumbv7m-none-eabi

# logs TARGET FEATURES: the bytes of one run.
logs() {
    cargo run --quiet --release --target "$1" -p defmt-firmware --features "$2" </dev/null >"$work/stream"
    elf=$CARGO_TARGET_DIR/$1/release/defmt-firmware
}

# compares STREAM: it is whole, says what `Debug` says, and what is expected.
compares() {
    "$host" "$elf" <"$1" >"$work/lines" &&
        awk -F'\t' 'NF == 3 && $2 != $3 { print "Debug says " $3 ", defmt " $2 ": " $1; bad = 1 } END { exit bad }' "$work/lines" &&
        awk -F'\t' '{ print $1 (NF == 3 ? " = " : ": ") $2 }' "$work/lines" >"$work/said" &&
        diff expected.txt "$work/said"
}

# refuses WHAT STREAM WORDS: the comparison must fail, and say so in these words.
refuses() {
    if compares "$2" >"$work/words" 2>&1; then
        fail "$1 was not noticed"
    fi
    grep -qE "$3" "$work/words" || fail "$1 was noticed, but not for this: $(cat "$work/words")"
}

logs thumbv6m-none-eabi atomics-by-critical-section
if [ "${1:-}" = --write ]; then
    compares "$work/stream" || cp "$work/said" expected.txt
fi
compares "$work/stream" || fail "not what was expected (<), on thumbv6m"
echo "defmt: $(wc -l <expected.txt) lines as expected (thumbv6m)"
head -c -1 "$work/stream" >"$work/short"
refuses "a stream that ends in its last frame" "$work/short" "ends inside frame"
head -c 5000 "$work/stream" >"$work/short"
refuses "a stream that ends in the middle" "$work/short" "ends inside frame|^< "
: >"$work/short"
refuses "an empty stream" "$work/short" "nothing was logged"
{ head -c 5000 "$work/stream" && tail -c +5003 "$work/stream"; } >"$work/short"
refuses "a stream that lacks two bytes" "$work/short" "malformed|^[<>] |Debug says"

logs thumbv6m-none-eabi atomics-by-critical-section,bug
refuses "a wrong format" "$work/stream" "Debug says Empty, defmt Full: a wrong format"
echo "defmt: damaged streams and a wrong format are refused"

logs thumbv7m-none-eabi ""
compares "$work/stream" || fail "not what was expected (<), on thumbv7m"
echo "defmt: $(wc -l <expected.txt) lines as expected (thumbv7m)"
