#!/usr/bin/env bash
# What takes too long for every change: each part installs its tools, runs, and is a line of the table at the end.
#
#   loom-tests/deep.sh            all parts
#   loom-tests/deep.sh fuzz size  these parts
#
# A part is a function below, and its name in PARTS. It says in one line on descriptor 3 what it ran; its status is its
# result.
#
#   FUZZ_SECONDS=n    how long each target is fuzzed (20)
#   DEPTH_BOUND=n     how many preemptions the models have (3)
#   DEPTH_SECONDS=n   how long each model is searched (20)
#   LIVES=n           how many random lives each test of them leads (20000)
#   SOAK_SECONDS=n    how long the soak is on two cores, and as long again on one (1800)
#   HISTORIES=n       how many operations of each structure are recorded beside others (1000000)
set -euo pipefail
cd "$(dirname "$0")/.."

PARTS='size instructions reverts api windows mutants depth lives histories fuzz soak tsan asan miri-targets miri'

target=$(realpath -ms "${CARGO_TARGET_DIR:-target}")
export CARGO_INCREMENTAL=0

# -- Faults that a tool must find before it is believed. ------------------------------------------------------------------------

# put_fault FOLDER FILE LINE FAULT: in a copy of the sources; the line is a pattern of sed.
put_fault() {
    sed -i "s#$3#$4#" "$1/$2"
    if cmp -s "$2" "$1/$2"; then
        echo "FAILED: $2 has no line to put the fault into: $3"
        return 1
    fi
}

# finds_it NAME FAULT SAYS LOG COMMAND…: the command fails, and says so.
finds_it() {
    local name=$1 fault=$2 says=$3 log=$4
    if "${@:5}" >"$log" 2>&1; then
        echo "FAILED: $name does not find a fault: $fault"
        return 1
    fi
    if ! grep -q "$says" "$log"; then
        tail -n 40 "$log"
        echo "FAILED: $name with a fault ends otherwise: $fault"
        return 1
    fi
    echo "$name finds the seeded fault in $fault"
}

# -- Fuzzing of what stands between the network and the sockets: `fuzz/src/lib.rs` says what must hold. -----------------------

FUZZ_TARGETS='endpoints incoming outgoing envelope session wire'

# Faults that the fuzzer must find: target, file, a line of it, and what it is made to.
FUZZ_FAULTS='
incoming|incoming.rs|if size > self.most {|if size > self.most + 1 {
incoming|incoming.rs|self.piece.advance(len.min(self.piece.len()));|
outgoing|outgoing.rs|is_some_and(.end. .end <= self.written)|is_some_and(\|end\| *end <= self.written + 1)
endpoints|address.rs|is_number.then(.. port.parse().ok()).flatten()|port.parse().ok()
envelope|envelope.rs|ways.drain(..messages.min(ways.len()));|ways.pop_front();ways.pop_front();
session|codec.rs|true => None,|true => self.connection.peer_heartbeat_ttl(),
wire|wire.rs|if self.bridge.subscribe(prefix, wanted) {|self.bridge.subscribe(prefix, wanted); {
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
    rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal
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

# -- The facade as a Windows program. -----------------------------------------------------------------------------------------

windows() {
    local log=$target/windows.log
    std/tests/windows/run.sh 2>&1 | tee "$log"
    awk '/^test result: ok/ { tests += $4; files++ } END { print tests " tests of " files " files under Wine" }' "$log" >&3
}

# -- Faults that this library has had, put back: a step of the gate finds each. -------------------------------------------------

# The number, what the step says, the step; then a file, a line of it and what it is made to, once for each change.
revert() {
    local work=$target/reverts name=$1 says=$2 step=$3
    shift 3
    rm -rf "$work"
    mkdir -p "$work"
    cp -r core std loom-tests benches Cargo.toml Cargo.lock README.md CHANGELOG.md "$work"
    while [ $# -gt 0 ]; do
        put_fault "$work" "$1" "$2" "$3"
        shift 3
    done
    CARGO_TARGET_DIR=$target/reverts-target finds_it "$step" "$name" "$says" "$work.log" bash -c "cd '$work' && $step"
}

reverts() {
    # Whoever can name and make a key grants what nobody has given.
    revert F1 'a_key_of_one_s_own' 'cargo test -p gimmal-core --test compile_fail' \
        core/src/wait/mod.rs '^mod operation;' 'pub mod operation;' \
        core/src/wait/operation.rs 'pub struct Key(pub(super) ());' 'pub struct Key(pub ());'
    # The loop "wait, clear, look" loses an item on weak memory.
    revert F2 'event::.* FAILED' 'cargo test -p gimmal-loom-tests --test models -- sync/event' \
        core/src/sync/event.rs 'self.word.fetch_and(!SET, Acquire);' 'self.word.fetch_and(!SET, Relaxed);'
    # A socket that is passed by value claims that its context outlives the call.
    revert F6 'Undefined Behavior' 'MIRI_ONLY=std/context_shares loom-tests/miri.sh quick' std/src/owned_socket.rs \
        '^use std::mem::MaybeUninit;' 'struct MaybeUninit<T>(Option<T>); impl<T> MaybeUninit<T> { fn new(t: T) -> Self { Self(Some(t)) } unsafe fn assume_init_ref(\&self) -> \&T { self.0.as_ref().unwrap() } unsafe fn assume_init_mut(\&mut self) -> \&mut T { self.0.as_mut().unwrap() } unsafe fn assume_init_drop(\&mut self) { self.0 = None } }'
    echo "F1, F2 and F6, put back, are found by the gate" >&3
}

# -- What users build: any features, the oldest Rust, the oldest dependencies, and what these are. ----------------------------
#
# (That the public interface is the listed one is of the gate: `.ci/api`.)

# features PACKAGE-FOLDER [BUT]: the names of its features, but for some.
features() {
    sed -n '/^\[features\]/,/^\[dependencies\]/s/^"\{0,1\}\([a-zA-Z0-9_-]*\)"\{0,1\} = \[.*/\1/p' "$1/Cargo.toml" | grep -vxE "${2:-none}"
}

# check [+TOOLCHAIN] ARGUMENTS…: warnings are errors.
check() {
    local toolchain=()
    [[ $1 != +* ]] || { toolchain=("$1"); shift; }
    CARGO_PROFILE_DEV_DEBUG=0 RUSTFLAGS="-D warnings" cargo "${toolchain[@]}" check --quiet --target-dir "$target/api-check" "$@" ||
        { echo "FAILED: cargo ${toolchain[*]} check $*"; return 1; }
}

# The two libraries alone, without their tests, to resolve them in other ways: into a folder.
libraries_alone() {
    local folder=$1 package
    rm -rf "$folder"
    mkdir -p "$folder"
    sed 's/^members = .*/members = ["core", "std"]/; /^exclude = /d; /^\[profile\./,/^$/d' Cargo.toml >"$folder/Cargo.toml"
    for package in core std; do
        mkdir "$folder/$package"
        cp -r "$package/src" "$package/README.md" "$package"/[A-Z]*.md "$package"/*.svg "$folder/$package" 2>/dev/null || true
        awk '/^\[/ { skip = /dev-dependencies\]$|^\[\[(test|example)/ } !skip' "$package/Cargo.toml" >"$folder/$package/Cargo.toml"
    done
    # Examples and texts that are part of the documentation.
    cp -r core/examples "$folder/core"
    cp -r std/examples "$folder/std"
    cp README.md "$folder"
}

api() {
    local oldest feature other count=0 folder=$target/api-alone said
    rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal

    # Each feature alone, and all of them.
    for other in gimmal-core:core gimmal:std; do
        for feature in $(features "${other#*:}") "$(features "${other#*:}" | paste -sd,)"; do
            check -p "${other%:*}" --features "$feature"
            count=$((count + 1))
        done
    done

    # The oldest Rust of each feature, as std/Cargo.toml says them.
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml).0
    for said in "$oldest:net|curve|lock_api-0_5" 1.93.0:lock_api-0_5; do
        rustup toolchain list | grep -q "^${said%%:*}-" || rustup toolchain install "${said%%:*}" --profile minimal --no-self-update
        check "+${said%%:*}" -p gimmal-core --features "$(features core | paste -sd,)"
        check "+${said%%:*}" -p gimmal --features "$(features std "${said#*:}" | paste -sd,)"
    done

    # The oldest versions that the manifests allow.
    libraries_alone "$folder"
    cargo +nightly update --quiet -Zminimal-versions --manifest-path "$folder/Cargo.toml"
    check --manifest-path "$folder/Cargo.toml" -p gimmal-core -p gimmal --all-features
    # And that it would be seen: the first `tracing` has no macro `enabled`.
    sed -i 's/^tracing = { version = "[0-9.]*"/tracing = { version = "0.1"/' "$folder/Cargo.toml"
    cargo +nightly update --quiet -Zminimal-versions --manifest-path "$folder/Cargo.toml"
    if said=$(check --manifest-path "$folder/Cargo.toml" -p gimmal --features tracing-0_1 2>&1) ||
        ! grep -q 'cannot find `enabled`' <<<"$said"; then
        echo "FAILED: a version that is too old is not seen: $said"
        return 1
    fi

    # What the dependencies are. Advisories come from a git host, which may be out of reach: said, and not passed over.
    export PATH=$target/tools/bin:$PATH
    [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny 0.20.2" ] ||
        cargo install cargo-deny --locked --version 0.20.2 --root "$target/tools"
    cargo deny --config loom-tests/deny.toml check bans licenses sources
    if sed 's/"ISC", //' loom-tests/deny.toml >"$folder/deny.toml" &&
        said=$(cargo deny --config "$folder/deny.toml" check licenses 2>&1); then
        echo "FAILED: a licence that is not allowed is not seen"
        return 1
    fi
    grep -q 'rejected: license is not explicitly allowed' <<<"$said" || { echo "FAILED: $said"; return 1; }
    local advisories="no advisories"
    if ! said=$(cargo deny --config loom-tests/deny.toml check advisories 2>&1); then
        if grep -q 'failed to fetch advisory database' <<<"$said"; then
            advisories="ADVISORIES NOT CHECKED, their host is out of reach"
        else
            echo "$said"
            return 1
        fi
    fi
    echo "$count sets of features; Rust $oldest and 1.93.0; oldest versions; bans, licences, sources; $advisories; 2 seeded faults found" >&3
}

# -- Histories of real threads, and of shuttle's, that must be linearizable: `histories/src/lib.rs` says by which rules. ------

# Faults that must be found: package, file, a line of it, and what it is made to.
HISTORY_FAULTS='
gimmal-shuttle-tests|core/src/ring/mpmc.rs|Err(Nothing::Busy)|Err(Nothing::Empty)
gimmal-shuttle-tests|core/src/ring/exact/protocol.rs|step!("exact-help-head", self.move_head(head));|return Some(Nothing::Empty);
gimmal-shuttle-tests|core/src/sync/semaphore.rs|word - n \* ONE, Acquire|word - ONE, Acquire
gimmal-histories|std/src/queue/store.rs|a.1 < b.1|a.1 > b.1
'

histories() {
    local wanted=${HISTORIES:-1000000} work=$target/history-self-check package file line fault found=0 lives
    rm -rf "$work"
    mkdir -p "$work"
    while IFS='|' read -r package file line fault; do
        [ -n "$package" ] || continue
        rm -rf "$work"/{core,std,loom-tests,benches}
        cp -r core std loom-tests benches Cargo.toml Cargo.lock "$work"
        put_fault "$work" "$file" "$line" "$fault"
        finds_it "$package" "$file: $fault" 'no order explains' "$work/log" env GIMMAL_LIVES=2000 cargo test \
            --manifest-path "$work/Cargo.toml" --target-dir "$target/histories" -p "$package" --no-fail-fast -- --skip seeded
        found=$((found + 1))
    done <<<"$HISTORY_FAULTS"

    # A life of shuttle has some fifteen operations.
    lives=$((wanted / 15))
    GIMMAL_OPERATIONS=$wanted cargo test -p gimmal-histories -- --nocapture | tee "$work/real"
    GIMMAL_LIVES=$lives cargo test -p gimmal-shuttle-tests --test histories -- --nocapture --skip seeded | tee "$work/shuttle"
    echo "$(grep -c '^history of' "$work/real") structures on threads, \
$(sed -n 's/^history of .*: \([0-9]*\) operations.*/\1/p' "$work/real" | awk '{ sum += $1 } END { print sum }') operations, \
$(sed -n 's/.* \([0-9]*\) beside.*/\1/p' "$work/real" | awk '{ sum += $1 } END { print sum }') beside another one; \
$(grep -c '^history of' "$work/shuttle") in $lives lives each under shuttle; $found seeded faults found" >&3
}

# -- Everything at once, for as long as it is told: `soak/src/main.rs`. --------------------------------------------------------

# Faults that it must find: the resident that does, file, a line of it, what it is made to, and what the soak says.
SOAK_FAULTS='
queue|std/src/queue/store.rs|self.0.pop_front()|self.0.pop_back()|after Some(
thread pool|std/src/per_process.rs|drop(unsafe { Box::from_raw(newest) });|let _ = newest;|FAILED: memory
'

soak() {
    local work=$target/soak-self-check name file line fault says found=0 log=$target/soak.log
    rm -rf "$work"
    mkdir -p "$work"
    while IFS='|' read -r name file line fault says; do
        [ -n "$name" ] || continue
        rm -rf "$work"/{core,std,loom-tests,benches}
        cp -r core std loom-tests benches Cargo.toml Cargo.lock "$work"
        put_fault "$work" "$file" "$line" "$fault"
        finds_it "the resident $name" "$file: $fault" "$says" "$work/log" cargo run --release -p gimmal-soak \
            --manifest-path "$work/Cargo.toml" --target-dir "$target/soak" -- --seconds 60 --only "$name"
        found=$((found + 1))
    done <<<"$SOAK_FAULTS"

    cargo build --release -p gimmal-soak --features net
    local soak=$target/release/gimmal-soak seconds=${SOAK_SECONDS:-1800}
    "$soak" --seconds "$seconds" | tee "$log"
    "$soak" --seconds "$seconds" --one-core | tee "$log.one"
    echo "$(tail -n 1 "$log"); $(tail -n 1 "$log.one"); $found seeded faults found" >&3
}

# -- Sanitizers ---------------------------------------------------------------------------------------------------------------

HOST=x86_64-unknown-linux-gnu

# Programs that are wrong, and what a sanitizer must say of them: flag, what it says; the program is read from the input.
seen_by() {
    local flag=$1 says=$2 work=$target/sanitizer-self-check
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

need_nightly() {
    rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal
    rustup component add rust-src --toolchain nightly
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
    need_nightly
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
    need_nightly
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
MIRI_FILES='payloads wrap ring_spsc ring_mpmc ring_values ring_records channel channel_spsc semaphore pool frames socket_pair socket_push_pull'

miri-targets() {
    need_nightly
    rustup component add miri --toolchain nightly
    local work=$target/miri-targets log=$target/miri-targets/log name file tests=0 here
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
        for file in $MIRI_FILES; do
            if ! MIRIFLAGS=-Zmiri-ignore-leaks cargo +nightly miri test --target "$name" --target-dir "$work/target" \
                -p gimmal-core --test "$file" >"$log" 2>&1; then
                tail -n 60 "$log"
                echo "FAILED: $file on $name"
                return 1
            fi
            here=$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$log")
            echo "$name: $file: $here tests"
            tests=$((tests + here))
        done
    done
    echo "$tests tests of $(wc -w <<<"$MIRI_FILES") files for $MIRI_TARGETS together; a seeded dependence on both seen" >&3
}

# -- Instructions of single operations: `benches/instructions/INSTRUCTIONS.md`. -------------------------------------------------

instructions() {
    benches/instructions/check.sh | tee "$target/instructions.log"
    tail -n 1 "$target/instructions.log" >&3
}

# -- What has a program or a script of its own. -------------------------------------------------------------------------------

# Each ordering, fence and step of the core, weakened.
mutants() {
    cargo run --release -p gimmal-loom-tests --bin mutants | tee "$target/mutants.log"
    tail -n 1 "$target/mutants.log" >&3
}

# The models with more preemptions; a search that is not complete says so.
depth() {
    cargo run --release -p gimmal-loom-tests --bin models -- --bound "${DEPTH_BOUND:-3}" --cap "${DEPTH_SECONDS:-20}" |
        tee "$target/depth.log"
    tail -n 1 "$target/depth.log" >&3
}

# Random lives of sockets.
lives() {
    loom-tests/shuttle/long.sh "${LIVES:-20000}" | tee "$target/lives.log"
    awk -v lives="${LIVES:-20000}" '/^test result: ok/ { print $4 " tests of " lives " lives each" }' "$target/lives.log" >&3
}

# All that Miri can run: hours.
miri() {
    loom-tests/miri.sh | tee "$target/miri.log"
    tail -n 1 "$target/miri.log" >&3
}

# -- How they run -------------------------------------------------------------------------------------------------------------

asked=${*:-$PARTS}
for part in $asked; do
    grep -qw -- "$part" <<<"$PARTS" || { echo "usage: $0 [PART ...]; parts: $PARTS" >&2; exit 2; }
done
table=$(mktemp)
trap 'rm -f "$table" "$table.ran"' EXIT
failed=0
for part in $asked; do
    printf '\n== %s\n' "$part"
    started=$SECONDS
    : >"$table.ran"
    # In a shell of its own, where the first command that fails ends the part.
    set +e
    (set -euo pipefail; "$part") 3>"$table.ran"
    status=$?
    set -e
    result=ok
    if [ $status != 0 ]; then
        result=FAILED
        failed=$((failed + 1))
    fi
    printf '%-12s | %-7s | %5d s | %s\n' "$part" "$result" $((SECONDS - started)) "$(cat "$table.ran")" >>"$table"
done
printf '\n%-12s | %-7s | %7s | %s\n' part result took "what ran"
cat "$table"
[ $failed = 0 ]
