#!/usr/bin/env bash
# crossbeam-deque 0.8.8: which task `Stealer::steal_batch_and_pop` returns.
#
# guess: thieves take the oldest tasks, so of 1..=10 the first call returns 1, and the thief then
#        pops 2 3 4 5: whatever the flavor of the worker that is robbed.
# seen:  that holds if the robbed worker is FIFO. From a LIFO worker the call returns 5, the newest
#        of the stolen, and the thief pops 4 3 2 1. `steal` returns 1 from both. The flavor of the
#        thief's own worker makes no difference.
# why:   the batch is what the robbed worker would have given first, in the order in which it would
#        have. A FIFO worker gives up its batch in one step, with the oldest in hand. A LIFO worker
#        is robbed one by one from the old end: each further task pushes the one in hand into the
#        thief's queue, so the last, the newest of them, is returned.
# for a user: age is kept only between batches. A scheduler that needs the oldest task first (a
#        deadline, fairness) uses `steal`, or FIFO workers.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
crossbeam-deque = "=0.8.8"
EOF
cat >src/main.rs <<'EOF'
use crossbeam_deque::Worker;

fn worker(fifo: bool) -> Worker<u32> {
    if fifo { Worker::new_fifo() } else { Worker::new_lifo() }
}

fn main() {
    let name = |fifo| if fifo { "fifo" } else { "lifo" };
    for (robbed, thief) in [(true, true), (true, false), (false, true), (false, false)] {
        let from = worker(robbed);
        (1..=10).for_each(|task| from.push(task));
        let to = worker(thief);
        let one = from.stealer().steal_batch_and_pop(&to).success().unwrap();
        let then: Vec<_> = std::iter::from_fn(|| to.pop()).collect();
        let next = from.stealer().steal().success().unwrap();
        let (robbed, thief) = (name(robbed), name(thief));
        println!("{robbed} robbed by {thief}: returns {one}, then {then:?}; steal: {next}");
    }
}
EOF
cat >expected <<'EOF'
fifo robbed by fifo: returns 1, then [2, 3, 4, 5]; steal: 6
fifo robbed by lifo: returns 1, then [2, 3, 4, 5]; steal: 6
lifo robbed by fifo: returns 5, then [4, 3, 2, 1]; steal: 6
lifo robbed by lifo: returns 5, then [4, 3, 2, 1]; steal: 6
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
