#!/usr/bin/env bash
# tokio-util 0.7.20: in which order `DelayQueue` returns items with equal delays.
#
# guess: the documentation promises no order. A timer keeps such items in a list, so they come in
#        the order of insertion, or at worst always in the reverse of it.
# seen:  both, and the delay decides. Of a, b, c with the same delay, up to 63 ms give c b a, 64 ms to
#        4095 ms a b c, 4096 ms to 262143 ms c b a, and 1000 s a b c again.
# why:   the wheel has levels of 64 slots: milliseconds, then 64 of them, then 64 of those. Each slot
#        is a stack, so emptying it reverses the order. When the time reaches a slot of a higher
#        level, its items move one level down and are reversed once more: n levels, n reversals.
# for a user: tests of time-outs with short delays can show another order than the long delays of
#        production do. tokio's own `sleep` keeps the order of insertion at all of these delays.
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
tokio = { version = "=1.54.1", features = ["rt", "time", "test-util"] }
tokio-stream = { version = "=0.1.18", default-features = false }
tokio-util = { version = "=0.7.20", features = ["time"] }
EOF
cat >src/main.rs <<'EOF'
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_stream::StreamExt;
use tokio_util::time::DelayQueue;

const NAMES: [char; 3] = ['a', 'b', 'c'];

/// The order in which a, b and c leave a queue.
async fn of_queue(delay: Duration) -> String {
    let mut queue = DelayQueue::new();
    for name in NAMES {
        queue.insert(name, delay);
    }
    let mut order = String::new();
    while let Some(expired) = queue.next().await {
        order.push(expired.into_inner());
    }
    order
}

/// The order in which three tasks wake that sleep.
async fn of_sleeps(delay: Duration) -> String {
    let order = Arc::new(Mutex::new(String::new()));
    let tasks = NAMES.map(|name| {
        let order = Arc::clone(&order);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            order.lock().unwrap().push(name);
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    order.lock().unwrap().clone()
}

fn main() {
    for ms in [
        10, 63, 64, 100, 4_095, 4_096, 8_191, 8_202, 10_000, 262_143, 262_144, 1_000_000,
    ] {
        // The clock of a test: it stands still, and jumps to the next timer when all tasks wait.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        let delay = Duration::from_millis(ms);
        let queue = runtime.block_on(of_queue(delay));
        let sleeps = runtime.block_on(of_sleeps(delay));
        println!("{ms:7} ms: queue {queue}, sleeps {sleeps}");
    }
}
EOF
cat >expected <<'EOF'
     10 ms: queue cba, sleeps abc
     63 ms: queue cba, sleeps abc
     64 ms: queue abc, sleeps abc
    100 ms: queue abc, sleeps abc
   4095 ms: queue abc, sleeps abc
   4096 ms: queue cba, sleeps abc
   8191 ms: queue cba, sleeps abc
   8202 ms: queue cba, sleeps abc
  10000 ms: queue cba, sleeps abc
 262143 ms: queue cba, sleeps abc
 262144 ms: queue abc, sleeps abc
1000000 ms: queue abc, sleeps abc
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
