#!/usr/bin/env bash
# What becomes of a queued message when the last receiver is dropped and a sender is still there.
# kanal 0.1.1, crossfire 3.1.22, flume 0.12.0, loole 0.6.0, async-channel 2.5.0, tachyonix 0.3.1,
# crossbeam-channel 0.5.17, tokio 1.54.1, asyncband 0.7.4, async-broadcast 0.7.2, futures 0.3.34,
# and std's `sync_channel`.
#
# guess: as in std and tokio, nobody can receive it, so it is dropped with the receiver: in kanal,
#        crossfire, crossbeam-channel, tachyonix and asyncband too. flume, loole, async-channel and
#        async-broadcast keep it.
# seen:  six libraries keep it until the last sender is dropped too: kanal, crossfire and tachyonix
#        among them, but not async-broadcast. crossbeam-channel does both: unbounded drops it at
#        once, bounded keeps it. std's `sync_channel`, which grew out of the same code, drops it.
# why:   closing is one bit. Whether the closing side also walks over the queue is a decision of its
#        own, and each library took it for each of its queues.
# for a user: a message may hold the only reply channel, a lock, or a buffer of a pool. If it stays
#        queued, whoever waits for the reply waits as long as a sender lives, though "the worker is
#        gone" was reported to every sender since.
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
async-broadcast = "=0.7.2"
async-channel = "=2.5.0"
asyncband = { version = "=0.7.4", features = ["mpmc"] }
crossbeam-channel = "=0.5.17"
crossfire = "=3.1.22"
flume = "=0.12.0"
futures-channel = "=0.3.34"
kanal = "=0.1.1"
loole = "=0.6.0"
tachyonix = "=0.3.1"
tokio = { version = "=1.54.1", features = ["sync"] }
EOF
cat >src/main.rs <<'EOF'
use std::sync::Arc;

use crossfire::BlockingTxTrait;

/// Puts a message into a channel and drops its receiver. Prints whether the message is still there.
macro_rules! after_the_receiver {
    ($name:literal, $channel:expr, $send:ident) => {{
        let message = Arc::new(());
        #[allow(unused_mut)]
        let (mut sender, receiver) = $channel;
        sender.$send(Arc::clone(&message)).map_err(drop).unwrap();
        drop(receiver);
        let kept = Arc::strong_count(&message) == 2;
        drop(sender);
        assert_eq!(Arc::strong_count(&message), 1, "gone in the end");
        println!("{:27} {}", $name, if kept { "kept" } else { "dropped" });
    }};
}

fn main() {
    after_the_receiver!("std sync_channel", std::sync::mpsc::sync_channel(4), send);
    after_the_receiver!("std channel", std::sync::mpsc::channel(), send);
    after_the_receiver!("crossbeam-channel bounded", crossbeam_channel::bounded(4), send);
    after_the_receiver!("crossbeam-channel unbounded", crossbeam_channel::unbounded(), send);
    after_the_receiver!("kanal bounded", kanal::bounded(4), send);
    after_the_receiver!("kanal unbounded", kanal::unbounded(), send);
    after_the_receiver!("crossfire mpsc bounded", crossfire::mpsc::bounded_blocking(4), send);
    after_the_receiver!("crossfire mpmc bounded", crossfire::mpmc::bounded_blocking(4), send);
    after_the_receiver!("flume bounded", flume::bounded(4), send);
    after_the_receiver!("loole bounded", loole::bounded(4), send);
    after_the_receiver!("async-channel bounded", async_channel::bounded(4), try_send);
    after_the_receiver!("tachyonix", tachyonix::channel(4), try_send);
    after_the_receiver!("tokio mpsc", tokio::sync::mpsc::channel(4), try_send);
    after_the_receiver!("tokio broadcast", tokio::sync::broadcast::channel(4), send);
    after_the_receiver!("futures mpsc", futures_channel::mpsc::channel(4), try_send);
    after_the_receiver!("asyncband mpmc", asyncband::mpmc::bounded(4), try_send);
    after_the_receiver!("async-broadcast", async_broadcast::broadcast(4), try_broadcast);
}
EOF
cat >expected <<'EOF'
std sync_channel            dropped
std channel                 dropped
crossbeam-channel bounded   kept
crossbeam-channel unbounded dropped
kanal bounded               kept
kanal unbounded             kept
crossfire mpsc bounded      kept
crossfire mpmc bounded      kept
flume bounded               kept
loole bounded               kept
async-channel bounded       kept
tachyonix                   kept
tokio mpsc                  dropped
tokio broadcast             dropped
futures mpsc                dropped
asyncband mpmc              dropped
async-broadcast             dropped
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
