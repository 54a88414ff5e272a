#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: sanitizers, and other machines under Miri.

# -- Sanitizers ---------------------------------------------------------------------------------------------------------------

HOST=x86_64-unknown-linux-gnu

# Programs that are wrong, and what a sanitizer must say of them: flag, what it says; the program is read from the input.
seen_by() {
    local flag=$1 says=$2 work=$target/sanitizer-self-check/$1
    mkdir -p "$work"
    cat >"$work/wrong.rs"
    RUSTFLAGS= rustc +nightly --edition 2024 -O -Zsanitizer="$flag" -Cunsafe-allow-abi-mismatch=sanitizer --target "$HOST" \
        -o "$work/wrong" "$work/wrong.rs"
    if "$work/wrong" >"$work/out" 2>&1 || ! grep -q "$says" "$work/out"; then
        cat "$work/out"
        echo "FAILED: the sanitizer does not see a seeded fault: $says"
        return 1
    fi
    echo "seen: $says"
}

# The tests of some files under a sanitizer: its flag, more arguments of cargo, then `package/file` each. Says how many ran.
sanitized() {
    local flag=$1 extra=$2 file log=$target/sanitizer-$1.log
    shift 2
    for file; do
        # shellcheck disable=SC2086
        if ! RUSTFLAGS="-Zsanitizer=$flag" cargo +nightly test $extra --target "$HOST" --target-dir "$target/$flag" \
            -p "${file%%/*}" --test "${file#*/}" >"$log" 2>&1; then
            grep -E -A 30 'SUMMARY|WARNING: Thread|ERROR: |^error|panicked' "$log" | head -n 120
            echo "FAILED: $file under the $flag sanitizer (all of it: $log)"
            return 1
        fi
        sed -n "s#^test result: ok. \([0-9]*\) passed.*#$file: \1 tests#p" "$log"
    done
}

THREADED='
gimmal-core/stress gimmal-core/sync_stress gimmal-core/group_stress
gimmal/channels gimmal/queues gimmal/sockets gimmal/conditions gimmal/barriers
gimmal-histories/rings gimmal-histories/channels gimmal-histories/permits_and_sockets
'

tsan() {
    need_rust nightly rust-src
    seen_by thread 'ThreadSanitizer: data race' <loom-tests/wrong/race.rs
    # Links are mapped by rustix, whose system calls the sanitizer does not see: one that is mapped where another one was is
    # new memory, and no race. Nothing else is kept quiet.
    printf 'race:gimmal::zeroed::Zeroed\n' >"$target/tsan-quiet"
    export TSAN_OPTIONS=suppressions=$target/tsan-quiet
    # The standard library as well: without that it reports races inside of it.
    # shellcheck disable=SC2086
    sanitized thread -Zbuild-std $THREADED | tee "$target/tsan-ran"
    echo "$(wc -l <"$target/tsan-ran") files, $(sed 's/.*: \([0-9]*\) tests/\1/' "$target/tsan-ran" | awk '{ sum += $1 } END { print sum }') tests, a seeded race seen" >&3
}

OWNING='
gimmal-core/payloads gimmal-core/stress gimmal-core/ring_spsc gimmal-core/socket_model gimmal-core/pool
gimmal/payloads gimmal/channels gimmal/queues gimmal/sockets gimmal/message
'

asan() {
    need_rust nightly rust-src
    seen_by address 'AddressSanitizer: heap-use-after-free' <<'RUST'
fn main() {
    let value = Box::into_raw(Box::new(std::env::args().count()));
    drop(unsafe { Box::from_raw(value) });
    println!("{}", unsafe { std::ptr::read_volatile(value) });
}
RUST
    seen_by address 'LeakSanitizer: detected memory leaks' <<'RUST'
fn main() {
    std::mem::forget(std::hint::black_box(Box::new(std::env::args().count())));
}
RUST
    # Tests that forget values on purpose say so in their names, which are in the stacks of these leaks.
    printf 'leak:%s\n' forgotten forget >"$target/asan-quiet"
    export LSAN_OPTIONS=suppressions=$target/asan-quiet:print_suppressions=0
    # shellcheck disable=SC2086
    sanitized address '' $OWNING | tee "$target/asan-ran"
    echo "$(wc -l <"$target/asan-ran") files, $(sed 's/.*: \([0-9]*\) tests/\1/' "$target/asan-ran" | awk '{ sum += $1 } END { print sum }') tests, leaks included; a seeded use after free and a leak seen" >&3
}

# -- Words of 32 bits, and bytes in the other order: the core's tests under Miri. ------------------------------------------------

MIRI_TARGETS='i686-unknown-linux-gnu s390x-unknown-linux-gnu'
MIRI_FILES='
core/payloads core/wrap core/ring_spsc core/ring_mpmc core/ring_values core/ring_records core/channel
core/channel_spsc core/semaphore core/pool core/frames core/socket_pair core/socket_push_pull
'

miri-targets() {
    need_rust nightly miri rust-src
    local work=$target/miri-targets log=$target/miri-targets/log name
    rm -rf "$work/wrong"
    mkdir -p "$work/wrong/src"
    printf '[package]\nname = "wrong"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/wrong/Cargo.toml"
    printf 'fn main() {\n    assert!(usize::BITS == 64 && 1_u16.to_ne_bytes() == [1, 0]);\n}\n' >"$work/wrong/src/main.rs"
    for name in $MIRI_TARGETS; do
        if cargo +nightly miri run -q --target "$name" --target-dir "$work/target" --manifest-path "$work/wrong/Cargo.toml" >"$log" 2>&1 ||
            ! grep -q 'assertion failed: usize::BITS == 64' "$log"; then
            cat "$log"
            echo "FAILED: a program for words of 64 bits and low bytes first runs on $name"
            return 1
        fi
        MIRI_TARGET=$name MIRI_ONLY=$MIRI_FILES MIRI_SEEDS=1 MIRI_MODELS=stacked loom-tests/miri.sh | tee "$log"
        echo "$name: $(tail -n 1 "$log");" >&3
    done
    echo "a seeded dependence on both seen" >&3
}
