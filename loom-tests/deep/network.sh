#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: what stands between the network and the sockets.

# -- Fuzzing of what stands between the network and the sockets: `fuzz/src/lib.rs` says what must hold. -----------------------

FUZZ_TARGETS='endpoints incoming outgoing envelope session wire'

# Faults that the fuzzer must find: target, file, a line of it, and what it is made to.
FUZZ_FAULTS='
incoming|incoming.rs|if size > self.most {|if size > self.most + 1 {
incoming|incoming.rs|if self.frames.len() >= self.most_frames {|if self.frames.len() > self.most_frames {
incoming|incoming.rs|self.piece.advance(len.min(self.piece.len()));|
outgoing|outgoing.rs|is_some_and(.(_, end). .end <= self.written)|is_some_and(\|(_, end)\| *end <= self.written + 1)
endpoints|address.rs|is_number.then(.. port.parse().ok()).flatten()|port.parse().ok()
envelope|envelope.rs|ways.drain(..messages.min(ways.len()));|ways.pop_front();ways.pop_front();
session|codec.rs|true => None,|true => self.connection.peer_heartbeat_ttl(),
wire|topics.rs|if bridge.subscribe(prefix, wanted) {|bridge.subscribe(prefix, wanted); {
'

# A target for so many seconds, of the sources in a folder.
fuzz_one() {
    local folder=$1 name=$2 seconds=$3
    mkdir -p "$target/fuzz-corpus/$name"
    cargo +nightly fuzz run --fuzz-dir "$folder/loom-tests/fuzz" --target-dir "$target/fuzz" "$name" \
        "$target/fuzz-corpus/$name" "$target/fuzz-seeds/$name" -- \
        -max_total_time="$seconds" -max_len=140000 -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="$folder/"
}

fuzz() {
    need_rust nightly
    export PATH=$target/tools/bin:$PATH
    cargo fuzz --version 2>/dev/null || cargo install cargo-fuzz --locked --version 0.13.2 --root "$target/tools"
    cargo +nightly run -q --manifest-path loom-tests/fuzz/Cargo.toml --target-dir "$target/fuzz" --bin seeds -- "$target/fuzz-seeds"

    # First: that it finds what it is for.
    local work=$target/fuzz-self-check name file line fault found=0
    rm -rf "$work"
    mkdir -p "$work"
    # They are built from sources elsewhere, which stay there: a new build of the fuzzed files alone.
    while IFS='|' read -r name file line fault; do
        [ -n "$name" ] || continue
        rm -rf "$work"/{core,std,loom-tests}
        mkdir -p "$work/loom-tests"
        cp -r core std Cargo.toml "$work"
        cp -r loom-tests/fuzz "$work/loom-tests/fuzz"
        put_fault "$work" "std/src/net/$file" "${line//\*/\\*}" "$fault"
        finds_it "$name" "$file: $fault" 'libFuzzer: deadly signal' "$work/log" fuzz_one "$work" "$name" 60
        found=$((found + 1))
    done <<<"$FUZZ_FAULTS"

    local runs=0 here log=$work/log
    mkdir -p "$target/fuzz-found"
    for name in $FUZZ_TARGETS; do
        if ! fuzz_one . "$name" "${FUZZ_SECONDS:-20}" >"$log" 2>&1; then
            tail -n 60 "$log"
            echo "FAILED: $name"
            return 1
        fi
        here=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$name: $here runs, $(grep -o 'cov: [0-9]*' "$log" | tail -n 1)"
        runs=$((runs + here))
    done
    echo "$runs runs of $(wc -w <<<"$FUZZ_TARGETS") targets, ${FUZZ_SECONDS:-20} s each; $found seeded faults found" >&3
}

# -- The feature `net` costs nothing where it is off. -------------------------------------------------------------------------

size() {
    local on off
    off=$(cargo tree -p gimmal -e normal,build --prefix none --no-dedupe | sort -u)
    on=$(cargo tree -p gimmal -e normal,build --prefix none --no-dedupe --features net | sort -u)
    if grep -qE '^(tokio|omq-proto|socket2|subtle) ' <<<"$off"; then
        echo "FAILED: dependencies of wires without the feature"
        return 1
    fi
    grep -q '^tokio ' <<<"$on" || { echo "FAILED: the list shows no dependency of wires with the feature"; return 1; }
    # A program of its own: examples of the workspace have the features of its tests.
    local work=$target/size-check
    mkdir -p "$work/src"
    printf '[package]\nname = "size-check"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\ngimmal = { path = "%s" }\n[features]\nnet = ["gimmal/net"]\n[profile.release]\nstrip = false\n' "$PWD/std" >"$work/Cargo.toml"
    cp Cargo.lock "$work/Cargo.lock"
    cp std/examples/worker_pool.rs "$work/src/main.rs"
    local bytes=() features
    for features in "" net; do
        cargo build -q --release --manifest-path "$work/Cargo.toml" --target-dir "$work/target" --features "$features"
        cp "$work/target/release/size-check" "$work/with-$features"
        bytes+=("$(stat -c %s "$work/with-$features")")
        nm -C "$work/with-$features" | grep -cE 'tokio|omq_proto|gimmal::net::' >"$work/symbols-$features" || true
    done
    [ "$(cat "$work/symbols-")" = 0 ] || { echo "FAILED: symbols of wires without the feature"; return 1; }
    [ "$(cat "$work/symbols-net")" -gt 0 ] || { echo "FAILED: no symbols of wires with the feature: it looks at nothing"; return 1; }
    echo "worker_pool: ${bytes[0]} bytes and no symbol of wires; with the feature ${bytes[1]} and $(cat "$work/symbols-net"); $(wc -l <<<"$off") and $(wc -l <<<"$on") packages" >&3
}
