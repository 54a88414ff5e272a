#!/usr/bin/env bash
# Runs a program on QEMU's PC with four cores. What the program writes to the exit device comes out of QEMU as twice that and
# one, so it can never be 0: 33 is success here, anything else is not (QEMU itself may end with 0, as when the machine resets).
# Ends with 124 when the program hangs.
timeout 300 qemu-system-x86_64 -accel tcg -M q35 -smp 4 -nodefaults -no-reboot -display none -monitor none -serial stdio \
    -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$@"
status=$?
case $status in
    33) exit 0 ;;
    124) exit 124 ;;
    3) exit 1 ;;
    *)
        echo "QEMU ended with $status, which the program did not say" >&2
        exit 1
        ;;
esac
