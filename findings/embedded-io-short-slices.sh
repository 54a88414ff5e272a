#!/usr/bin/env bash
# embedded-io 0.7.1 beside std::io: `read_exact` and `write_all` on slices that are too short.
#
# guess: embedded-io is std's interface without std. Both loop over `read` and `write`, as its
#        documentation says of `read_exact`. So afterwards the source is empty, the destination is
#        full, and both memories hold what fitted.
# seen:  std empties the source but copies none of it, and fills the destination. embedded-io moves
#        nothing: the source still has its three bytes, the destination its room for two. Through
#        the adapter `FromStd` the same two calls behave as in std.
# why:   both crates overwrite the two methods for slices. embedded-io's compare the lengths before
#        they start. std's `read_exact` sees the same, but then still moves the source to its end,
#        as a reader would be that was read dry.
# for a user: code that is generic over `embedded_io::Read` and tested with slices may try again
#        with a smaller buffer after `UnexpectedEof`. With any other reader those bytes are gone.
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
embedded-io = { version = "=0.7.1", features = ["std"] }
embedded-io-adapters = { version = "=0.7.0", features = ["std"] }
EOF
cat >src/main.rs <<'EOF'
use embedded_io_adapters::std::FromStd;

fn main() {
    let mut buffer = [0; 4];
    let mut source: &[u8] = &[1, 2, 3];
    let failed = std::io::Read::read_exact(&mut source, &mut buffer).is_err();
    println!("std read_exact          failed {failed}, left {source:?}, buffer {buffer:?}");

    let mut buffer = [0; 4];
    let mut source: &[u8] = &[1, 2, 3];
    let failed = embedded_io::Read::read_exact(&mut source, &mut buffer).is_err();
    println!("embedded-io read_exact  failed {failed}, left {source:?}, buffer {buffer:?}");

    let mut buffer = [0; 4];
    let mut source: &[u8] = &[1, 2, 3];
    let adapted = &mut FromStd::new(&mut source);
    let failed = embedded_io::Read::read_exact(adapted, &mut buffer).is_err();
    println!("through FromStd         failed {failed}, left {source:?}, buffer {buffer:?}");

    let mut memory = [0; 2];
    let mut room: &mut [u8] = &mut memory;
    let failed = std::io::Write::write_all(&mut room, &[1, 2, 3]).is_err();
    println!("std write_all           failed {failed}, room {}, memory {memory:?}", room.len());

    let mut memory = [0; 2];
    let mut room: &mut [u8] = &mut memory;
    let failed = embedded_io::Write::write_all(&mut room, &[1, 2, 3]).is_err();
    println!("embedded-io write_all   failed {failed}, room {}, memory {memory:?}", room.len());

    let mut memory = [0; 2];
    let mut room: &mut [u8] = &mut memory;
    let adapted = &mut FromStd::new(&mut room);
    let failed = embedded_io::Write::write_all(adapted, &[1, 2, 3]).is_err();
    println!("through FromStd         failed {failed}, room {}, memory {memory:?}", room.len());
}
EOF
cat >expected <<'EOF'
std read_exact          failed true, left [], buffer [0, 0, 0, 0]
embedded-io read_exact  failed true, left [1, 2, 3], buffer [0, 0, 0, 0]
through FromStd         failed true, left [], buffer [0, 0, 0, 0]
std write_all           failed true, room 0, memory [1, 2]
embedded-io write_all   failed true, room 2, memory [0, 0]
through FromStd         failed true, room 0, memory [1, 2]
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
