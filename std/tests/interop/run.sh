#!/usr/bin/env bash
# Sockets beside real ZeroMQ peers, each of one exact version: pyzmq 27.1.0, which has libzmq in it, in a virtual environment
# of its own; zmq.rs 0.7.0 and omq 0.33.0, in the program `peers-rs`. `run.sh` makes them, once, and runs the test with them;
# without Python or one of the packages it fails.
set -euo pipefail
cd "$(dirname "$0")/../../.."

. std/tests/interop/python.sh
"$venv/bin/pip" install -q numpy==2.3.4
# A workspace of its own: its libraries are in no other lock file.
cargo build --locked --manifest-path std/tests/interop/peers-rs/Cargo.toml --target-dir "$target/interop-peers"
cargo tree --locked --manifest-path std/tests/interop/peers-rs/Cargo.toml --depth 1 --prefix none |
    awk '/^(zeromq|omq-tokio) /{ print "beside", $1, $2 }'
# Programs of ours, which the test runs beside those peers.
cargo build -p gimmal --features net,curve --example rep_server --example numpy_sink
export GIMMAL_PYTHON=$venv/bin/python GIMMAL_PEERS=$target/interop-peers/debug/interop-peers
GIMMAL_REQUIRE="pyzmq rust-peers" cargo test -p gimmal --features net,curve --test interop "$@"
# The same cipher between two of ours.
cargo test -p gimmal --features net,curve --test net_curve --test formats
