#!/usr/bin/env bash
# Builds the firmware, and looks in the ELF for what the chip needs to start it. QEMU has no RP2040: nothing is run.
set -euo pipefail
cd "$(dirname "$0")"
. ../toolchain.sh

for tool in readelf od; do
    command -v "$tool" >/dev/null || fail "there is no $tool (Debian: binutils, coreutils)"
done

cargo fmt --check
need_targets thumbv6m-none-eabi
# Debian's rustc has no clippy here.
[ -n "${RUSTC:-}" ] || cargo clippy --quiet --release --locked -- -D warnings
cargo build --quiet --release --locked
elf=${CARGO_TARGET_DIR:-target}/thumbv6m-none-eabi/release/rp2040
[ -f "$elf" ] || fail "there is no $elf"

# For one core they would build, and lose updates.
features=$(cargo tree --quiet --locked -e features)
grep -q 'portable-atomic feature "critical-section"' <<<"$features" || fail "atomics are not made by critical sections"
if grep -E 'feature "(unsafe-assume|critical-section)-single-core"' <<<"$features"; then
    fail "atomics or critical sections are made for a single core"
fi

# section NAME: into the variables address, offset and size.
section() {
    local line
    line=$(readelf -SW "$elf" | sed -n "s/^ *\[ *[0-9]*\] \($1 \)/\1/p")
    [ -n "$line" ] || fail "there is no section $1"
    read -r _ _ address offset size _ <<<"$line"
    address=$((16#$address)) offset=$((16#$offset)) size=$((16#$size))
}

# symbol NAME: its address, into the variable code.
symbol() {
    local line
    line=$(readelf -sW "$elf" | grep " $1\$") || fail "there is no symbol $1"
    read -r _ code _ <<<"$line"
    code=$((16#$code))
}

# value OFFSET: the word that is there in the file, into the variable word.
value() {
    word=$(od -An -v -tx4 --endian=little -j "$1" -N 4 "$elf")
    word=$((16#${word// /}))
}

# is WHAT VALUE EXPECTED
is() { (($2 == $3)) || fail "$1: $(printf '%#x instead of %#x' "$2" "$3")"; }

# The ROM runs the second boot loader if its last word is the CRC-32/MPEG-2 of the others: polynomial 0x04c11db7, from all
# ones, most significant bit first, not inverted.
section .boot2
is "address of .boot2" "$address" 0x10000000
is "size of .boot2" "$size" 256
crc=0xffffffff
for byte in $(od -An -v -tu1 -j "$offset" -N 252 "$elf"); do
    crc=$((crc ^ byte << 24))
    for _ in 1 2 3 4 5 6 7 8; do
        crc=$(((crc << 1 ^ (crc >> 31) * 0x04c11db7) & 0xffffffff))
    done
done
value $((offset + 252))
is "CRC of .boot2" "$word" "$crc"

# It goes on with the vector table behind it: stack, reset, 14 exceptions, 32 interrupts. Code addresses are odd (Thumb).
section .vector_table
is "address of .vector_table" "$address" 0x10000100
is "size of .vector_table" "$size" $((4 * (16 + 32)))
value "$offset"
is "stack of core 0" "$word" 0x20042000
value $((offset + 4))
symbol Reset
is "reset vector" "$word" $((code | 1))
value $((offset + 4 * 16))
symbol TIMER_IRQ_0
is "vector of TIMER_IRQ_0" "$word" $((code | 1))
handler=$code
symbol DefaultHandler
((handler != code)) || fail "TIMER_IRQ_0 has no handler"

# What is static fits the RAM, and leaves room for the stack of core 0.
section .data
is "address of .data" "$address" 0x20000000
data=$size
section .bss
bss=$size
used=$((address + bss - 0x20000000))
((used <= (264 - 16) * 1024)) || fail "$used bytes of RAM are static: the stack has less than 16 KiB"

section .text
echo "rp2040: built, not run (QEMU has no such machine); .boot2 and its CRC, vectors, RAM good;" \
    "$size bytes of code, $data of .data, $bss of .bss"
