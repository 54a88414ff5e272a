#!/usr/bin/env bash
# tokio 1.54.1: whether a sleep whose deadline is over is ready at its first poll.
#
# guess: yes. `sleep(0)` and `sleep_until` of a moment in the past have nothing to wait for, as has
#        `timeout` with no time, and the first tick of an `interval` completes immediately.
# seen:  it depends on the clock. On a whole millisecond since the runtime was started all of them
#        are ready. Half a millisecond later none is: each waits for the end of that millisecond,
#        also the one whose deadline was over before it was made. A deadline in an earlier
#        millisecond is ready again.
# why:   a deadline is rounded up to a whole millisecond before it is compared with the time of the
#        wheel, which is rounded down. Up to one millisecond the two disagree with the clock.
# for a user: `timeout(Duration::ZERO, f)` is no poll-once: `f` may be polled again and finish within
#        the millisecond. Use `now_or_never`. And a first tick is not at hand in the task that made
#        the interval, so a `select!` with an other ready branch takes that one.
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
tokio = { version = "=1.54.1", features = ["rt", "macros", "time", "test-util"] }
EOF
cat >src/main.rs <<'EOF'
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, advance, interval, sleep, sleep_until, timeout};

/// Returns `yes` if the future is ready at its first poll.
async fn at_once(future: impl Future) -> &'static str {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(if future.as_mut().poll(cx).is_ready() { "yes" } else { "no" })).await
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let start = Instant::now();
    // Time to look back upon.
    advance(Duration::from_millis(10)).await;
    for step in [0, 500, 500, 1_500] {
        advance(Duration::from_micros(step)).await;
        let now = Instant::now();
        let ago = |us| now - Duration::from_micros(us);
        println!(
            "{:5} us: sleep(0) {:3}  400 us ago {:3}  700 us ago {:3}  timeout(0) {:3}  tick {}",
            (now - start).as_micros(),
            at_once(sleep(Duration::ZERO)).await,
            at_once(sleep_until(ago(400))).await,
            at_once(sleep_until(ago(700))).await,
            at_once(timeout(Duration::ZERO, pending::<()>())).await,
            at_once(interval(Duration::from_secs(1)).tick()).await,
        );
    }
}
EOF
cat >expected <<'EOF'
10000 us: sleep(0) yes  400 us ago yes  700 us ago yes  timeout(0) yes  tick yes
10500 us: sleep(0) no   400 us ago no   700 us ago yes  timeout(0) no   tick no
11000 us: sleep(0) yes  400 us ago yes  700 us ago yes  timeout(0) yes  tick yes
12500 us: sleep(0) no   400 us ago no   700 us ago yes  timeout(0) no   tick no
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
