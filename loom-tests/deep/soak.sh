#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: everything at once, for as long as it is told: `soak/src/main.rs`.

# Faults that it must find: the resident that does, file, a line of it, what it is made to, and what the soak says.
SOAK_FAULTS='
queue|std/src/queue/mod.rs|pub type Queue<T> = Ordered<T, First<T>>;|pub type Queue<T> = Ordered<T, Last<T>>;|after Some(
thread pool|std/src/per_process.rs|drop(unsafe { Box::from_raw(newest) });|let _ = newest;|FAILED: memory
'

soak() {
    local name file line fault says found=0 log=$target/soak.log
    while IFS='|' read -r name file line fault says; do
        [ -n "$name" ] || continue
        with_fault "resident $name" "$says" "cargo run --release -p gimmal-soak -- --seconds 60 --only '$name'" "$file" "$line" "$fault"
        found=$((found + 1))
    done <<<"$SOAK_FAULTS"

    cargo build --release -p gimmal-soak --features net
    local soak=$target/release/gimmal-soak seconds=${SOAK_SECONDS:-1800}
    "$soak" --seconds "$seconds" | tee "$log"
    "$soak" --seconds "$seconds" --one-core | tee "$log.one"
    echo "$(tail -n 1 "$log"); $(tail -n 1 "$log.one"); $found seeded faults found" >&3
}
