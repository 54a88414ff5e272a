#!/usr/bin/env bash
# loom 0.7.2: the value that is left when a plain store meets a read-modify-write.
#
# guess: x is 0. One thread does `store(5)`, the other `fetch_add(1)`, and after the join x is read.
#        Two outcomes: the addition saw 0 and the store came last (0, 5), or it saw 5 (5, 6).
# seen:  loom also reports (0, 1): the addition saw 0, and the store is gone although its thread was
#        joined. With `swap` and with `compare_exchange` there is such an outcome as well, whatever
#        the orderings are, SeqCst included. With a `swap` in place of the store there is none.
# why:   the sum stands right behind the value that it was made from, so the store can only be
#        later, and the last read has to see it. loom orders two stores only if the thread of the
#        later one knew of the earlier. That a read-modify-write leaves no room between what it read
#        and what it wrote is not among its rules. So here both values count as newest, also after
#        the join. No hardware and no compiler does this.
# for a user: a model in which a plain store and a read-modify-write of one atomic race may fail for
#        a reason that exists only in the model. A `swap` in place of the store makes it exact.
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
loom = "=0.7.2"
EOF
cat >src/main.rs <<'EOF'
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use loom::sync::atomic::{AtomicU32, Ordering, Ordering::*};
use loom::thread;

/// Every outcome that loom finds: what `here` returns while another thread does `there`, and what
/// the atomic holds after the join.
fn outcomes(
    what: &str,
    there: impl Fn(&AtomicU32) + Copy + Send + Sync + 'static,
    here: impl Fn(&AtomicU32) -> u32 + Copy + Send + Sync + 'static,
) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let collected = Arc::clone(&seen);
    loom::model(move || {
        let x = loom::sync::Arc::new(AtomicU32::new(0));
        let shared = x.clone();
        let other = thread::spawn(move || there(&shared));
        let returned = here(&x);
        other.join().unwrap();
        collected.lock().unwrap().insert((returned, x.load(SeqCst)));
    });
    println!("{what:41} {:?}", seen.lock().unwrap());
}

fn name(ordering: Ordering) -> &'static str {
    if ordering == Relaxed { "Relaxed" } else { "SeqCst" }
}

fn main() {
    for o in [Relaxed, SeqCst] {
        let title = |text: &str| format!("{text}, {}", name(o));
        outcomes(&title("store 5, fetch_add 1"), move |x| x.store(5, o), move |x| x.fetch_add(1, o));
        outcomes(&title("store 5, swap 1"), move |x| x.store(5, o), move |x| x.swap(1, o));
        outcomes(
            &title("store 5, compare_exchange 0 to 1"),
            move |x| x.store(5, o),
            move |x| x.compare_exchange(0, 1, o, o).unwrap_or_else(|current| current),
        );
        outcomes(
            &title("swap 5, fetch_add 1"),
            move |x| assert!(x.swap(5, o) < 2),
            move |x| x.fetch_add(1, o),
        );
    }
}
EOF
cat >expected <<'EOF'
store 5, fetch_add 1, Relaxed             {(0, 1), (0, 5), (5, 6)}
store 5, swap 1, Relaxed                  {(0, 1), (0, 5), (5, 1)}
store 5, compare_exchange 0 to 1, Relaxed {(0, 1), (0, 5), (5, 5)}
swap 5, fetch_add 1, Relaxed              {(0, 5), (5, 6)}
store 5, fetch_add 1, SeqCst              {(0, 1), (0, 5), (5, 6)}
store 5, swap 1, SeqCst                   {(0, 1), (0, 5), (5, 1)}
store 5, compare_exchange 0 to 1, SeqCst  {(0, 1), (0, 5), (5, 5)}
swap 5, fetch_add 1, SeqCst               {(0, 5), (5, 6)}
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
