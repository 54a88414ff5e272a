#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: histories that must be linearizable, by the rules of
# `histories/src/lib.rs`; of real threads, and of shuttle's.

# Faults that must be found: package, file, a line of it, and what it is made to.
HISTORY_FAULTS='
gimmal-shuttle-tests|core/src/ring/mpmc.rs|Err(Nothing::Busy)|Err(Nothing::Empty)
gimmal-shuttle-tests|core/src/ring/exact/protocol.rs|step!("exact-help-head", self.move_head(head));|return Some(Nothing::Empty);
gimmal-shuttle-tests|core/src/sync/semaphore.rs|word - n \* ONE, Acquire|word - ONE, Acquire
gimmal-histories|std/src/queue/order.rs|a.1 < b.1|a.1 > b.1
'

histories() {
    local wanted=${HISTORIES:-1000000} work=$target/histories package file line fault found=0 lives
    while IFS='|' read -r package file line fault; do
        [ -n "$package" ] || continue
        with_fault "$package" 'no order explains' "GIMMAL_LIVES=2000 cargo test -p $package --no-fail-fast -- --skip seeded" \
            "$file" "$line" "$fault"
        found=$((found + 1))
    done <<<"$HISTORY_FAULTS"
    mkdir -p "$work"

    # A life of shuttle has some fifteen operations.
    lives=$((wanted / 15))
    GIMMAL_OPERATIONS=$wanted cargo test -p gimmal-histories -- --nocapture | tee "$work/real"
    GIMMAL_LIVES=$lives cargo test -p gimmal-shuttle-tests --test histories -- --nocapture --skip seeded | tee "$work/shuttle"
    echo "$(grep -c '^history of' "$work/real") structures on threads, \
$(sed -n 's/^history of .*: \([0-9]*\) operations.*/\1/p' "$work/real" | awk '{ sum += $1 } END { print sum }') operations, \
$(sed -n 's/.* \([0-9]*\) beside.*/\1/p' "$work/real" | awk '{ sum += $1 } END { print sum }') beside another one; \
$(grep -c '^history of' "$work/shuttle") in $lives lives each under shuttle; $found seeded faults found" >&3
}
