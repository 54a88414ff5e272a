#!/usr/bin/env bash
# Counts the instructions at which the sweep's interrupt has come, of those at which one can come, for each pair of operations.
#
#   places.sh IMAGE MACHINE SAID    SAID: what a run of the sweep has printed. Fails under 97 % of any operation.
#
# What there is to be hit is read from QEMU's log of a run of the same image without a timer, instruction by instruction:
# what an operation runs from its beginning to its end, but where PRIMASK keeps interrupts away.
set -euo pipefail
image=$1 machine=$2 said=$3
# From 8.1 on it has another name.
case $(qemu-system-arm --version | grep -o 'version [0-9]*\.[0-9]*' | cut -d' ' -f2) in
    [2-7].* | 8.0) step=(-singlestep) ;;
    *) step=(-accel tcg,one-insn-per-tb=on) ;;
esac
# The log goes to awk; what the program says, to the standard error.
timeout 300 qemu-system-arm -M "$machine" "${step[@]}" -d in_asm,exec,nochain -D /dev/fd/3 -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native,arg=sweep,arg=trace -kernel "$image" 3>&1 >&2 </dev/null |
    awk -v least=97 -f "$(dirname "$0")/places.awk" "$said" -
