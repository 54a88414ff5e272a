#!/usr/bin/env bash
# embassy-sync 0.8.0: is the value with which a `Watch` starts news to a receiver?
#
# guess: a receiver that has seen nothing yet gets the current value from `try_changed`, whether the
#        value was given to `new_with` or to `send`. Both times it is there before the receiver.
# seen:  after `new` and `send(1)` it does. After `new_with(1)` `try_changed` gives nothing, although
#        `try_get` gives 1. Sending the same 1 again is news.
# why:   a receiver starts with number 0 as seen, and each `send` counts the number of the watch up.
#        `new_with` leaves it at 0, so its value is never newer than what a new receiver has seen.
# for a user: a task that loops over `changed().await` acts on a value that was sent before it
#        started, but not on the default that the static was made with. It has to `get` once first.
#        tokio's watch is the other way round: a receiver starts with what was sent as seen.
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
tokio = { version = "=1.54.1", features = ["sync"] }
EOF
cat >src/main.rs <<'EOF'
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::watch::Watch;

type Numbers = Watch<NoopRawMutex, u32, 2>;

fn main() {
    let given = Numbers::new_with(1);
    let sent = Numbers::new();
    sent.sender().send(1);
    for (how, watch) in [("new_with(1)", &given), ("new, send(1)", &sent)] {
        let mut receiver = watch.receiver().unwrap();
        let changed = receiver.try_changed();
        println!("{how:13} try_changed {changed:?}, try_get {:?}", receiver.try_get());
    }

    let mut receiver = given.receiver().unwrap();
    given.sender().send(1);
    println!("{:13} try_changed {:?}", "then send(1)", receiver.try_changed());

    let (sender, _first) = tokio::sync::watch::channel(0);
    sender.send(1).unwrap();
    println!("{:13} has_changed {}", "tokio", sender.subscribe().has_changed().unwrap());
}
EOF
cat >expected <<'EOF'
new_with(1)   try_changed None, try_get Some(1)
new, send(1)  try_changed Some(1), try_get Some(1)
then send(1)  try_changed Some(1)
tokio         has_changed false
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
