# Sourced by the scripts beside it. Gets what a fresh Debian machine with a stable Rust toolchain lacks, and says how; what
# cannot be had ends the script.

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# apt_packages NAME…: from Debian, its lists fetched first (a fresh machine has none).
apt_packages() {
    command -v apt-get >/dev/null && flock /var/lib/dpkg apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive flock /var/lib/dpkg apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# need_targets TARGET…: route A, the toolchain's own targets, by rustup; else route B, a core built from Debian's rustc
# sources. GIMMAL_ROUTE=B tries the second only.
need_targets() {
    if [ "${GIMMAL_ROUTE:-A}" = A ] && command -v rustup >/dev/null && flock "$(rustup show home)" rustup --quiet target add "$@"; then
        route="A: rustup's targets"
    elif apt_packages rustc-web rust-web-src; then
        route="B: Debian's rustc, core built from its sources"
        PATH=$PATH:$(dirname "$(find "$(rustc --print sysroot)" -name rust-lld -type f | head -1)")
        command -v rust-lld >/dev/null || fail "no rust-lld in the toolchain to link with"
        export PATH RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_UNSTABLE_BUILD_STD=core
        export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/route-b
    else
        fail "neither rustup nor apt-get gives the targets $*"
    fi
    echo "route $route"
}

# need_qemu SYSTEM…: qemu-system-SYSTEM of each.
need_qemu() {
    local system missing=()
    for system in "$@"; do
        command -v "qemu-system-$system" >/dev/null || missing+=("$system")
    done
    [ ${#missing[@]} -eq 0 ] || apt_packages qemu-system-arm qemu-system-misc qemu-system-x86 ||
        fail "apt-get does not give QEMU"
    for system in "$@"; do
        command -v "qemu-system-$system" >/dev/null || fail "there is no qemu-system-$system"
    done
}

# need_objdump: LLVM's, from rustup or Debian; `$objdump` is its path.
need_objdump() {
    objdump=
    if command -v rustup >/dev/null && flock "$(rustup show home)" rustup --quiet component add llvm-tools 2>/dev/null; then
        objdump=$(find "$(env -u RUSTC rustc --print sysroot)" -name llvm-objdump -type f | head -1)
    fi
    [ -n "$objdump" ] || objdump=$(command -v llvm-objdump) ||
        { apt_packages llvm && objdump=$(command -v llvm-objdump); } || fail "neither rustup nor apt-get gives llvm-objdump"
}
