#!/usr/bin/env bash
# futures-concurrency 7.7.1: in which order a `StreamGroup` yields from streams that are all ready.
#
# guess: in turn, as `merge` of the same crate does and `select_all` of futures: 1 10 100 2 20 200.
# seen:  `merge` and `select_all` do. A `StreamGroup` empties the first stream, then the second, then
#        the third. Who is first is decided by the slot: a stream that is inserted after another has
#        ended takes its slot, and is served before all that have waited for longer.
# why:   each poll walks the members from the lowest key up and returns with the first item. `merge`
#        begins one further each time; the group always begins at the first.
# for a user: a member that always has an item keeps the others from being heard at all. Limit it
#        with `take`, or poll the members of a group that must be fair with `merge`.
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
futures = "=0.3.34"
futures-concurrency = "=7.7.1"
EOF
cat >src/main.rs <<'EOF'
use futures::executor::block_on;
use futures::stream::{self, Iter, StreamExt};
use futures_concurrency::prelude::*;
use futures_concurrency::stream::StreamGroup;

fn ready(first: u32) -> Iter<std::vec::IntoIter<u32>> {
    stream::iter(vec![first, 2 * first, 3 * first])
}

fn main() {
    let three = || [1, 10, 100].map(ready);
    println!("select_all   {:?}", block_on(stream::select_all(three()).collect::<Vec<_>>()));
    println!("merge        {:?}", block_on(three().merge().collect::<Vec<_>>()));

    let mut group: StreamGroup<_> = three().into_iter().collect();
    println!("StreamGroup  {:?}", block_on(group.by_ref().collect::<Vec<_>>()));

    // A fourth stream comes when the first has ended and the second has given one item.
    let mut group: StreamGroup<_> = three().into_iter().collect();
    let mut items: Vec<_> = block_on(group.by_ref().take(4).collect());
    group.insert(ready(1_000));
    items.extend(block_on(group.collect::<Vec<_>>()));
    println!("with a later {items:?}");
}
EOF
cat >expected <<'EOF'
select_all   [1, 10, 100, 2, 20, 200, 3, 30, 300]
merge        [1, 10, 100, 2, 20, 200, 3, 30, 300]
StreamGroup  [1, 2, 3, 10, 20, 30, 100, 200, 300]
with a later [1, 2, 3, 10, 1000, 2000, 3000, 20, 30, 100, 200, 300]
EOF
unset RUSTFLAGS
export CARGO_TARGET_DIR="$dir/target"
cargo run --quiet >seen
cat seen
diff expected seen || { echo "changed: see above"; exit 1; }
echo "as stated"
