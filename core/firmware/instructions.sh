#!/usr/bin/env bash
# Looks whether a Cortex-M0 knows each instruction of the images, which are made for one. (QEMU's runs others, such as CBZ and
# IT, as well: a program that runs there need not run on the chip.)
#
#   instructions.sh IMAGE…    names the first ones that it does not know, and fails
set -euo pipefail
cd "$(dirname "$0")"
. ./toolchain.sh
need_objdump
unknown=0
for image in "$@"; do
    code=$("$objdump" --disassemble --no-show-raw-insn --mcpu=cortex-m0 "$image")
    count=$(grep -cE '^ *[0-9a-f]+:' <<<"$code" || true)
    others=$(grep -c '<unknown>' <<<"$code" || true)
    echo "${image##*/}: $count instructions and words, $others that a Cortex-M0 does not know"
    [ "$count" -gt 1000 ] || fail "too few to be the program"
    if [ "$others" -gt 0 ]; then
        "$objdump" --disassemble "$image" >"${TMPDIR:-/tmp}/whole.$$"
        grep '<unknown>' <<<"$code" | sed -n '1,5s/^ *\([0-9a-f]*:\).*/\1/p' |
            while read -r at; do grep -m1 -E "^ *$at" "${TMPDIR:-/tmp}/whole.$$"; done
        rm -f "${TMPDIR:-/tmp}/whole.$$"
        unknown=1
    fi
done
exit $unknown
