#!/usr/bin/env bash
# crossfire 3.1.22 (October 2026): the weights of `select::Multiplex`.
#
# guess: "a" has weight 3 and "b" has weight 1, both hold enough messages. The documentation says
#        that the same channel is tried until as many messages as its weight were received. So
#        both `recv` and `try_recv` give aaab aaab.
# seen:  `recv` does. `try_recv` gives abab abab, whatever the weights are. The two may be mixed:
#        one `try_recv` always moves on to the next channel, and the `recv`s after it then take
#        what is left of the weight of that channel.
# why:   only the blocking path looks at the counter of the current channel first. `try_recv`
#        begins its scan at the channel after the last one, and it sets the counter anew.
# for a user: a loop of `try_recv` (a poll loop, a drain after `recv`) is plain round robin. Weights
#        need `recv` or `recv_timeout`.
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
crossfire = "=3.1.22"
EOF
cat >src/main.rs <<'EOF'
use crossfire::MTx;
use crossfire::mpsc::List;
use crossfire::select::{Multiplex, Mux};

type Sender = MTx<Mux<List<char>>>;

/// A multiplexer of "a" with weight 3 and "b" with weight 1, eight messages in each.
fn filled() -> (Multiplex<List<char>>, [Sender; 2]) {
    let mut both = Multiplex::new();
    let a: Sender = both.new_tx_with_weight(3);
    let b: Sender = both.new_tx_with_weight(1);
    for _ in 0..8 {
        a.send('a').unwrap();
        b.send('b').unwrap();
    }
    (both, [a, b])
}

fn main() {
    let (both, _senders) = filled();
    let taken: String = (0..8).map(|_| both.recv().unwrap()).collect();
    println!("recv              {taken}");

    let (both, _senders) = filled();
    let taken: String = (0..8).map(|_| both.try_recv().unwrap()).collect();
    println!("try_recv          {taken}");

    let (both, _senders) = filled();
    let taken: String = (0..8)
        .map(|i| if i % 2 == 0 { both.try_recv().unwrap() } else { both.recv().unwrap() })
        .collect();
    println!("every other a try {taken}");
}
EOF
cat >expected <<'EOF'
recv              aaabaaab
try_recv          abababab
every other a try aabababa
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
