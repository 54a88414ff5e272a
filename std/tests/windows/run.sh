#!/usr/bin/env bash
# Tests of the facade as a Windows program, under Wine: what asks the operating system for threads, time and the console's
# events. Installs Wine, the linker and the target; what cannot be had is a failure. Three minutes on two cores.
#
#   std/tests/windows/run.sh            what TESTS names
#   std/tests/windows/run.sh console    these test files
set -euo pipefail
cd "$(dirname "$0")/../../.."
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

TESTS='barriers channels conditions console first_steps poll queues runtime select sockets threads timeouts timer'

wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
if ! [ -x "$wine" ] || ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
    flock /var/lib/dpkg apt-get update -qq
    DEBIAN_FRONTEND=noninteractive flock /var/lib/dpkg apt-get install -y -qq --no-install-recommends wine64 gcc-mingw-w64-x86-64
    wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
fi
"$wine" --version
flock "$(rustup show home)" rustup target add x86_64-pc-windows-gnu

target=$(realpath -ms "${CARGO_TARGET_DIR:-target}")
own=$target/wine
mkdir -p "$own/dlls"
export WINEPREFIX=$own/prefix WINEDEBUG=-all WINEPATH="Z:${own//\//\\}\\dlls"
# Wine 8 lacks the library from which std takes random numbers. This one passes the call on.
cat >"$own/random.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) { return RtlGenRandom(bytes, (ULONG)length); }
C
x86_64-w64-mingw32-gcc -shared -o "$own/dlls/bcryptprimitives.dll" "$own/random.c" -ladvapi32

# Cargo splits what it is told at blanks, of which a path may have some.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$wine" >"$own/run"
chmod +x "$own/run"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$own/run
# The files that are asked for, without what Wine cannot do: it raises no Ctrl-Break.
files=()
for file in ${*:-$TESTS}; do
    files+=(--test "$file")
done
cargo test -p gimmal --target x86_64-pc-windows-gnu "${files[@]}" -- --skip ctrl_break
