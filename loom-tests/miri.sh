#!/usr/bin/env bash
# The tests under Miri: an interpreter that sees undefined behaviour (data races, references that outlive what they point to,
# memory that is gone) where a plain run shows nothing.
#
#   loom-tests/miri.sh          the whole: every test file of both crates, but for what LEFT_OUT names, under stacked borrows
#                               and under tree borrows, with 16 seeds each. A seed decides which thread runs, which old value
#                               a load sees, where memory lies. It takes hours.
#   loom-tests/miri.sh quick    for every change: what QUICK names, and the reproducers of NAMES; both models, one seed. Some
#                               five minutes on two cores, compilation included.
#
# MIRI_SEEDS=n sets the number of seeds, MIRI_JOBS=n how many files are run at once (as many as there are cores).
# MIRI_ONLY="core/lock std/queues" runs these files only, MIRI_MODELS=stacked in this model only, MIRI_TARGET=name for that machine.
# MIRI_LIMIT=s is how many seconds a file may take (7200). In the whole run one that takes longer is ended, which is no failure:
# its line and the last one say how many of its tests have run, each counted with each seed. Its tests run in an order by chance
# then, which its log tells, so that others come first the next time.
#
# First it shows that Miri finds what it is for: a program with a race and programs with a wrong borrow must fail. Isolation
# stays on, as it does for users: the clock is virtual, and code that opens a file fails.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=loom-tests/rust.sh
. loom-tests/rust.sh

# -- What runs. A new test file is in the whole run by itself; one that cannot be says why, here. ---------------------------

# `package/file` or `package/file::test`, and why.
LEFT_OUT='
core/auto_traits        traits of types: no code that runs
core/alloc              an allocator of its own that counts
core/bss                reads its own executable
core/compile_fail       starts the compiler
core/critical_section   starts cargo
core/firmware           starts QEMU
core/house              reads the sources
core/link_states::a_link_that_its_reader_sets_aside_goes_as_the_table_says  walks for an hour, between sockets in one thread
core/model_page         starts cargo
core/ring_exact::an_item_of_a_thread_that_was_stopped_is_not_dropped_with_the_ring  leaks it, as it says
core/size               sizes of types: no code that runs
std/alloc               an allocator of its own that counts
std/auto_traits         traits of types: no code that runs
std/blocked_threads     starts processes
std/borrowed_bytes      starts the compiler
std/console             what only Windows has
std/contract            asks the kernel which thread sleeps, and reads the sources
std/deadlock_help       starts cargo
std/digest              starts an example
std/examples            starts the examples
std/executors           most of it is tokio, and takes hours
std/fork                forks processes
std/formats::a_client_that_asks_to_be_let_in_is_written_without_its_password  sockets of the operating system
std/interop             peers of other libraries
std/isolated            starts Miri itself
std/life_cycles         reads /proc
std/link_memory         reads /proc
std/loaded              compares how late waits are
std/model_workspace     starts cargo
std/museum              reads the sources
std/pool_exhausted      an allocator of its own that counts
std/panic_places::f11_a_size_that_memory_does_not_have_is_reported_where_it_was_asked_for  asks for more memory than there is, by which Miri ends
std/poll::a_future_polls_under_an_executor                  tokio, which takes long there
std/net                 sockets of the operating system
std/net_again           sockets of the operating system
std/net_curve           a feature that is not on there
std/net_ends            sockets of the operating system
std/net_faults          sockets of the operating system
std/net_frames          sockets of the operating system
std/net_held_up         sockets of the operating system
std/net_hostile         sockets of the operating system
std/net_names           sockets of the operating system
std/net_options         asks the operating system, and starts a process
std/net_peers           sockets of the operating system
std/net_stop            sockets of the operating system
std/queue_bounds::f11_what_has_no_memory_at_all_is_said_by_who_makes_the_queue  asks for more memory than there is, by which Miri ends
std/runtime_contexts::a_daemon_that_keeps_its_socket_is_named               starts a process
std/runtime_contexts::a_signal_ends_every_blocked_call_of_a_runs_context_in_order  starts processes
std/runtime_exit        starts processes
std/runtime_memory      reads /proc
std/semantics           reads the sources
std/service_threads     starts processes
std/signal_handler      sends signals to processes
std/signals             sends signals to processes
std/stop_sockets        sockets of the operating system
std/syscalls            starts strace
std/thread_pool_alloc   an allocator of its own that counts
std/thread_pool::a_name_is_the_operating_systems_too                    reads /proc
std/timer_process       starts processes
std/threads::a_name_is_the_operating_systems_too            reads /proc
std/zeromq_wires        sockets of the operating system
'

# The part for every change: `package/file`, and parts of names of tests; none: all of the file.
QUICK='
core/event
core/faults
core/unpolled
core/stress      one_by_one in_runs ping_pong pass_a_turn lends_each_place
core/sync_stress one_owner is_a_lock
std/first_steps  scoped_thread daemon_on_a_condition gives_its_value
std/channels     last_receiver_drops blocked_spsc
'

# Reproducers of faults in memory safety and ordering: tests whose names begin so are in the quick part, in whatever file.
NAMES='f1_ f2_ f6_ f15_'

# -- How ---------------------------------------------------------------------------------------------------------------------

part=${1:-whole}
case $part in
    whole) seeds=${MIRI_SEEDS:-16} ;;
    quick) seeds=${MIRI_SEEDS:-1} ;;
    *) echo "usage: $0 [quick]" >&2; exit 2 ;;
esac

# Leaks are not looked for: tests forget guards and futures on purpose, and the library's service threads outlive `main`. What
# must be dropped, and when, is counted by the tests themselves.
FLAGS="-Zmiri-ignore-leaks"
# Back traces take minutes there, and tests panic on purpose: MIRI_BACKTRACE=1 asks for them.
FLAGS+=" -Zmiri-env-set=RUST_BACKTRACE=${MIRI_BACKTRACE:-0}"
declare -A MODELS=([stacked]="" [tree]="-Zmiri-tree-borrows")

# Another toolchain's would be used instead of those of the nightly.
unset MIRI_LIB_SRC RUSTC RUSTFLAGS
export RUST_BACKTRACE=${MIRI_BACKTRACE:-0}

cannot() {
    printf '\nFAILED: Miri cannot run here, so nothing was checked: %s\n' "$1" >&2
    printf 'It needs a nightly toolchain with the components miri and rust-src, from rustup.\n' >&2
    exit 1
}

prepare() {
    command -v rustup >/dev/null || cannot "there is no rustup"
    need_rust nightly miri rust-src || cannot "rustup installs no nightly toolchain with these components"
    cargo +nightly miri setup || cannot "cargo miri setup"
    cargo +nightly miri --version
}

# Programs that are wrong, and what Miri must say of them, in every model that is named.
self_check() {
    local work=$PWD/target/miri-self-check
    rm -rf "$work"
    mkdir -p "$work/src/bin"
    printf '[package]\nname = "wrong"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
    cp loom-tests/wrong/race.rs "$work/src/bin"
    cat >"$work/src/bin/borrow.rs" <<'RUST'
//! Two unique references to one value.
fn main() {
    let mut value = 1;
    let raw: *mut u32 = &mut value;
    let (a, b) = unsafe { (&mut *raw, &mut *raw) };
    *b = 2;
    *a = 3;
    println!("{value}");
}
RUST
    cat >"$work/src/bin/protected.rs" <<'RUST'
//! An argument points to what is freed while the call runs.
struct CachedIndex(&'static u32, *mut u32);
fn end(kept: CachedIndex) -> u32 {
    let seen = *kept.0;
    drop(unsafe { Box::from_raw(kept.1) });
    seen
}
fn main() {
    let raw = Box::into_raw(Box::new(7));
    println!("{}", end(CachedIndex(unsafe { &*raw }, raw)));
}
RUST
    local program model says
    while read -r program model says; do
        if MIRIFLAGS="$FLAGS ${MODELS[$model]}" CARGO_TARGET_DIR="$work/target" \
            cargo +nightly miri run -q --manifest-path "$work/Cargo.toml" --bin "$program" >"$work/out" 2>&1; then
            printf 'FAILED: Miri (%s borrows) sees nothing wrong in the seeded fault "%s"\n' "$model" "$program" >&2
            return 1
        fi
        if ! grep -q "Undefined Behavior: .*$says" "$work/out"; then
            cat "$work/out" >&2
            printf 'FAILED: Miri (%s borrows) says something else of the seeded fault "%s"\n' "$model" "$program" >&2
            return 1
        fi
        printf 'Miri (%s borrows) sees the seeded fault "%s"\n' "$model" "$program"
    done <<'CASES'
race      stacked  Data race detected
race      tree     Data race detected
borrow    stacked  borrow stack
borrow    tree     forbidden
protected stacked  protected
protected tree     forbidden
CASES
}

# The test files of both crates: `package/file`.
files() {
    local path
    for path in core/tests/*.rs std/tests/*.rs; do
        path=${path/\/tests\//\/}
        printf '%s\n' "${path%.rs}"
    done
}

# Why a file is left out, if it is.
why_not() { awk -v file="$1" '$1 == file { $1 = ""; print; exit }' <<<"$LEFT_OUT"; }

# The tests of a file that are left out, as arguments.
skipped() { awk -v file="$1::" 'index($1, file) == 1 { print "--skip"; print substr($1, length(file) + 1) }' <<<"$LEFT_OUT"; }

# Every line of LEFT_OUT must be about something that is there.
check_left_out() {
    local what why file test
    while read -r what why; do
        [ -n "$what" ] || continue
        [ -n "$why" ] || { echo "FAILED: LEFT_OUT does not say why $what is left out" >&2; return 1; }
        file=${what%%::*} test=${what#"$file"}
        [ -f "${file/\///tests/}.rs" ] || { echo "FAILED: LEFT_OUT names $file, which is not there" >&2; return 1; }
        if [ -n "$test" ] && ! grep -rqw "fn ${test#::}" "${file/\///tests/}.rs" "${file/\///tests/}" 2>/dev/null; then
            echo "FAILED: LEFT_OUT names $what, which is not there" >&2
            return 1
        fi
    done <<<"$LEFT_OUT"
}

# The file to which a source below `tests` belongs: `core/tests/bugs/locks.rs` is part of `core/bugs`.
file_of() {
    local package=${1%%/*} rest=${1#*/tests/}
    rest=${rest%%/*}
    printf '%s/%s\n' "$package" "${rest%.rs}"
}

# What runs, one line each: `package/file filter…`
plan() {
    local file name source
    if [ -n "${MIRI_ONLY:-}" ]; then
        printf '%s\n' $MIRI_ONLY
        return
    fi
    if [ "$part" = whole ]; then
        while read -r file; do
            [ -n "$(why_not "$file")" ] || printf '%s\n' "$file"
        done < <(files)
        return
    fi
    grep . <<<"$QUICK"
    for name in $NAMES; do
        local found=0
        while read -r source; do
            file=$(file_of "$source")
            if [ -f "${file/\///tests/}.rs" ] && [ -z "$(why_not "$file")" ]; then
                printf '%s %s\n' "$file" "$name"
                found=1
            fi
        done < <(grep -rlE "fn $name" core/tests std/tests --include='*.rs' || true)
        [ $found = 1 ] || printf 'NOTE: no test that Miri runs has a name that begins with %s\n' "$name" >&2
    done
}

# Runs the tests of one file under one model. Says how many, or shows what Miri says. 0: all of them; 3: it was ended.
run() {
    local model=$1 file=$2 log start=$SECONDS
    shift 2
    local package=gimmal test=${file#*/} by_chance=()
    [ "${file%%/*}" = core ] && package=gimmal-core
    [ "$limited" = 0 ] || by_chance=(-Z unstable-options --shuffle-seed "$RANDOM")
    log=$logs/${file//\//-}-$model${1:+-$1}.log
    local flags="$FLAGS ${MODELS[$model]}"
    if [ "$seeds" -gt 1 ]; then
        flags+=" -Zmiri-many-seeds=0..$seeds"
    fi
    local skips passed all status=0
    mapfile -t skips < <(skipped "$file")
    MIRIFLAGS="$flags" timeout "${MIRI_LIMIT:-7200}" cargo +nightly miri test "${target[@]}" -p "$package" --test "$test" -- \
        "$@" "${skips[@]}" "${by_chance[@]}" >"$log" 2>&1 || status=$?
    # Seeds run beside each other and write into each other's lines: the first word about a number is one of them.
    all=$(sed -n 's/^running \([0-9]*\) tests\{0,1\}\( .*\)\{0,1\}$/\1/p' "$log" | head -n 1)
    if [ $status = 124 ] && [ "$limited" = 1 ] && ! grep -qE '^error|^test .* FAILED$' "$log"; then
        # Several seeds write into the same lines.
        passed=$(grep -oE '\.\.\. ok' "$log" | wc -l) || true
        all=$((${all:-0} * seeds))
        printf '%-28s %-8s %3d of %3d tests, %2d seeds, ended after %d s\n' \
            "$file" "$model" "$passed" "$all" "$seeds" $((SECONDS - start))
        echo "$passed $all ended" >>"$logs/ran"
        return 3
    fi
    if [ $status != 0 ]; then
        tail -n 80 "$log"
        grep -qE '^error|^failures:' "$log" || echo "It was ended: MIRI_LIMIT, or something outside."
        printf '\nFAILED: %s %s, %s borrows (all of it: %s)\n' "$file" "$*" "$model" "$log"
        return 1
    fi
    passed=$(grep -oE '[0-9]+ passed' "$log" | head -n 1 | cut -d ' ' -f 1)
    if [ "${passed:-0}" = 0 ]; then
        printf 'FAILED: %s %s: no test ran\n' "$file" "$*"
        return 1
    fi
    printf '%-28s %-8s %3d tests, %2d seeds, %4d s %s\n' \
        "$file" "$model" "$passed" "$seeds" $((SECONDS - start)) "${*:+(of them: $*)}"
    echo "$((passed * seeds)) $((passed * seeds)) all" >>"$logs/ran"
}

target=(${MIRI_TARGET:+--target "$MIRI_TARGET"})
# Of each machine apart: two runs may stand beside each other.
logs=target/miri-logs/${MIRI_TARGET:-here}

# Builds what the plan names, so that a limit is about what runs.
build() {
    local package name tests
    for package in core std; do
        mapfile -t tests < <(sed -n "s#^$package/\([^ ]*\).*#--test\n\1#p" "$logs/plan")
        [ ${#tests[@]} -gt 0 ] || continue
        [ $package = core ] && name=gimmal-core || name=gimmal
        cargo +nightly miri test -q "${target[@]}" -p $name "${tests[@]}" --no-run
    done
}

# Waits for one that runs.
one_ends() {
    local status=0
    wait -n || status=$?
    jobs=$((jobs - 1))
    case $status in
        0 | 3) ;;
        *) failed=$((failed + 1)) ;;
    esac
}

started=$SECONDS
prepare
self_check
check_left_out
mkdir -p "$logs"
: >"$logs/ran"
plan >"$logs/plan"
build
# A time that was set for the whole is how long it lasts, not how long it must take.
limited=0
[ "$part" = whole ] && [ -n "${MIRI_LIMIT:-}" ] && limited=1
failed=0 runs=0 jobs=0
for model in ${MIRI_MODELS:-stacked tree}; do
    while read -r -a line; do
        [ $jobs -lt "${MIRI_JOBS:-$(nproc)}" ] || one_ends
        runs=$((runs + 1)) jobs=$((jobs + 1))
        run "$model" "${line[@]}" </dev/null &
    done <"$logs/plan"
done
while [ $jobs -gt 0 ]; do one_ends; done
if [ "$part" = whole ] && [ -z "${MIRI_ONLY:-}" ]; then
    printf '\nLeft out:%s' "$LEFT_OUT"
fi
ended=$(grep -c ended "$logs/ran" || true)
printf '\nMiri, %s: %d runs of a test file, %d failed, ' "$part" $runs $failed
[ "$ended" = 0 ] || printf '%d ended at their limit, ' "$ended"
awk '{ passed += $1; all += $2 } END { printf "%d of %d tests, ", passed, all }' "$logs/ran"
printf '%d seeds, %d s\n' "$seeds" $((SECONDS - started))
# A limit that ends every file before its first test has shown nothing.
[ $failed = 0 ] && [ $runs -gt 0 ] && awk '{ passed += $1 } END { exit !passed }' "$logs/ran"
