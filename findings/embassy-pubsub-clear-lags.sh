#!/usr/bin/env bash
# embassy-sync 0.8.0: what a subscriber of a `PubSubChannel` sees after `clear`.
#
# guess: a channel for 4 messages. `available` of a subscriber is at most 4. After `clear` the
#        channel is as new: nothing is available, and the next message that is published is the
#        next that is received.
# seen:  `available` counts to 6 after 6 messages of which 4 are kept. After `clear` it still says so,
#        `len` says 0, and the subscriber is told `Lagged(6)`: what was cleared counts as missed. With
#        one message published after the clear it is `Lagged(6)` first, then the message.
# why:   a subscriber keeps only the number of the message it wants next. `clear` empties the buffer
#        and leaves the numbers alone, so to the subscriber it is the same as being overtaken.
#        `available` is the difference of two numbers and does not look at the buffer.
# for a user: a `Lagged` says that messages were not received, not that the subscriber was slow. And
#        a loop `while available() > 0` does not match the number of messages to come.
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
embassy-sync = "=0.8.0"
EOF
cat >src/main.rs <<'EOF'
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pubsub::PubSubChannel;

fn main() {
    for published in [3, 6] {
        let channel = PubSubChannel::<NoopRawMutex, u32, 4, 2, 1>::new();
        let publisher = channel.immediate_publisher();
        let mut subscriber = channel.subscriber().unwrap();
        (1..=published).for_each(|n| publisher.publish_immediate(n));
        println!("{published} published: len {}, available {}", channel.len(), subscriber.available());
        channel.clear();
        println!("  cleared: len {}, available {}", channel.len(), subscriber.available());
        publisher.publish_immediate(7);
        println!("  7 published: len {}, available {}", channel.len(), subscriber.available());
        let first = subscriber.try_next_message();
        let second = subscriber.try_next_message();
        println!("  received: {first:?}, {second:?}");
    }
}
EOF
cat >expected <<'EOF'
3 published: len 3, available 3
  cleared: len 0, available 3
  7 published: len 1, available 4
  received: Some(Lagged(3)), Some(Message(7))
6 published: len 4, available 6
  cleared: len 0, available 6
  7 published: len 1, available 7
  received: Some(Lagged(6)), Some(Message(7))
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
