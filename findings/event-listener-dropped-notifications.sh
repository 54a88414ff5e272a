#!/usr/bin/env bash
# event-listener 5.4.2 (2026): notified listeners that are dropped before they are polled.
#
# guess: four listeners, `notify(2)` notifies the first two, both are dropped unused. The
#        documentation says that dropping a notified listener notifies another active listener. So
#        the third and the fourth are notified.
# seen:  only the third. With `notify(2.additional())` both are. Of k notified listeners that are
#        all dropped, one hands its notification on, however large k is.
# why:   the drop hands on with the same kind of call: `notify(1)` means "let at least one listener
#        be notified". While another notified listener is still there, that already holds, and
#        nothing happens. Only the last drop finds no notified listener and picks the next one.
#        `additional` counts from the listeners that are not notified yet.
# for a user: two permits are released, both waiters give up at that moment (a time-out, a
#        `select!`): one waiter is woken, and the other permit waits for somebody to look. Who
#        builds a semaphore on `Event` needs `additional`.
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
event-listener = "=5.4.2"
EOF
cat >src/main.rs <<'EOF'
use event_listener::{Event, IntoNotification, Listener};

/// Of eight listeners `notified` are notified and dropped. Which of the others are notified then?
fn handed_on(notified: usize, additional: bool) -> String {
    let event = Event::new();
    let mut listeners: Vec<_> = (0..8).map(|_| event.listen()).collect();
    if additional {
        event.notify(notified.additional());
    } else {
        event.notify(notified);
    }
    listeners.drain(..notified).for_each(drop);
    let rest = listeners.into_iter();
    rest.map(|l| if l.discard() { '!' } else { '.' }).collect()
}

fn main() {
    for notified in 1..=4 {
        println!(
            "{notified} dropped: notify {:8} additional {}",
            handed_on(notified, false),
            handed_on(notified, true),
        );
    }
}
EOF
cat >expected <<'EOF'
1 dropped: notify !......  additional !......
2 dropped: notify !.....   additional !!....
3 dropped: notify !....    additional !!!..
4 dropped: notify !...     additional !!!!
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
