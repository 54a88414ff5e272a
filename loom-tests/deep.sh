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
#   SEMVER_SINCE=REV the commit or tag that the public interface is compared with (the newest tag v*)
#   SOAK_SECONDS=n    how long the soak is on two cores, and as long again on one (1800)
#   HISTORIES=n       how many operations of each structure are recorded beside others (1000000)
#   DEEP_JOBS=n       how many parts run at once (1); what each says is in a log of its own then
#   MIRI_LIMIT=n      how long Miri runs each test file in each model; it says how many tests that were (no limit but two hours,
#                     in which each must end)
#   MIRI_SEEDS=n      with how many seeds (16)
set -euo pipefail
cd "$(dirname "$0")/.."

PARTS='size coverage instructions reverts api semver windows mutants depth bare lives histories fuzz soak tsan asan miri-targets miri'

target=$(realpath -ms "${CARGO_TARGET_DIR:-target}")
mkdir -p "$target"
export CARGO_INCREMENTAL=0

for file in loom-tests/rust.sh loom-tests/deep/*.sh; do
    # shellcheck source=/dev/null
    . "$file"
done

# -- Parts that have a program or a script of their own. ------------------------------------------------------------------------

# The facade as a Windows program.
windows() {
    local log=$target/windows.log
    with_fault console 'ctrl_c_ends_wait_with_its_reason_and_exit_code .* FAILED' 'std/tests/windows/run.sh console' \
        std/src/signal/windows.rs 'if !RINGS.get().is_some_and(|rings| rings(number)) {' 'if RINGS.get().is_some() {'
    std/tests/windows/run.sh 2>&1 | tee "$log"
    awk '/^test result: ok/ { tests += $4; files++ } END { print tests " tests of " files " files under Wine; a seeded fault found" }' "$log" >&3
}

# The instructions of single operations: `benches/instructions/INSTRUCTIONS.md`.
instructions() {
    # Against the page that this compiler writes, so that it is seen with any: what was inlined is called.
    with_fault instructions 'the page says' 'benches/instructions/check.sh --write &&
        sed -i "s/inline(always)/inline(never)/" core/src/ring/spsc/protocol.rs && benches/instructions/check.sh'
    benches/instructions/check.sh | tee "$target/instructions.log"
    echo "$(tail -n 1 "$target/instructions.log"); a seeded fault found" >&3
}

# Each ordering, fence and step of the core, weakened.
mutants() {
    # A fault that no model finds, and whose reason is not in the list.
    with_fault survivor 'SURVIVED' 'cargo run --release -p gimmal-loom-tests --bin mutants -- --site pool.rs' \
        loom-tests/survivors.txt '^pool.rs lend: .*' ''
    cargo run --release -p gimmal-loom-tests --bin mutants | tee "$target/mutants.log"
    echo "$(tail -n 1 "$target/mutants.log"); an unexplained survivor found" >&3
}

# The models with more preemptions; a search that is not complete says so.
depth() {
    with_fault depth 'sync/event.* FAILED' 'cargo run --release -p gimmal-loom-tests --bin models -- --cap 60 sync/event' \
        core/src/sync/event.rs 'self.word.fetch_and(!SET, Acquire);' 'self.word.fetch_and(!SET, Relaxed);'
    cargo run --release -p gimmal-loom-tests --bin models -- --bound "${DEPTH_BOUND:-3}" --cap "${DEPTH_SECONDS:-20}" |
        tee "$target/depth.log"
    echo "$(tail -n 1 "$target/depth.log"); a seeded fault found" >&3
}

# The models of what is compiled where there is no operating system, faults included. Nothing is set aside there and no thread
# sleeps on a word, so the faults of that are none.
bare() {
    local skips=(--skip asleep) fault
    for fault in context/aside.rs step:{bring-back-notice,look-aside,recv-alone-again,send-alone-again,recall} claims; do
        skips+=(--skip "mutant $fault")
    done
    GIMMAL_MODEL_BARE=1 cargo test --quiet -p gimmal-loom-tests --target-dir "$target/bare" --test models -- "${skips[@]}" |
        tee "$target/bare.log"
    sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1 models and faults/p' "$target/bare.log" >&3
}

# Random lives of sockets, and a few in which something is wrong.
lives() {
    cargo test -p gimmal-shuttle-tests --test lives -- --exact seeded_faults_are_found | grep '1 passed'
    loom-tests/shuttle/long.sh "${LIVES:-20000}" | tee "$target/lives.log"
    awk -v lives="${LIVES:-20000}" '/^test result: ok/ { print $4 " tests of " lives " lives each; the seeded faults found" }' "$target/lives.log" >&3
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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a part; its row of the table is a file.
run() {
    local part=$1 started=$SECONDS status=0 result=ok
    : >"$work/$part.ran"
    # In a shell of its own, where the first command that fails ends the part.
    set +e
    (set -euo pipefail; "$part") 3>"$work/$part.ran"
    status=$?
    set -e
    [ $status = 0 ] || result=FAILED
    printf '%-12s | %-7s | %5d s | %s\n' "$part" "$result" $((SECONDS - started)) "$(paste -sd ' ' "$work/$part.ran")" >"$work/$part.row"
}

# The same with its output in a log.
run_beside() {
    local log=$target/deep-logs/$1.log
    run "$1" >"$log" 2>&1
    grep -q '| ok ' "$work/$1.row" || tail -n 80 "$log"
    printf '\n== %s' "$(cat "$work/$1.row")"
}

if [ "${DEEP_JOBS:-1}" = 1 ]; then
    for part in $asked; do
        printf '\n== %s\n' "$part"
        run "$part"
    done
else
    mkdir -p "$target/deep-logs"
    running=0
    for part in $asked; do
        [ $running -lt "$DEEP_JOBS" ] || { wait -n && running=$((running - 1)); }
        run_beside "$part" &
        running=$((running + 1))
    done
    wait
fi
table=$(for part in $asked; do cat "$work/$part.row"; done)
printf '\n\n%-12s | %-7s | %7s | %s\n%s\n' part result took "what ran" "$table"
! grep -q '| FAILED ' <<<"$table"
