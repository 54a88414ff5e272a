#!/usr/bin/env bash
# The table of the guide's page `minutes`: twelve tasks as programs of gimmal, crossbeam, tokio, embassy and pyzmq.
#
#   benches/tasks/check.sh            builds and runs all programs, and compares the table that is checked in with what is
#                                     counted
#   benches/tasks/check.sh --write    writes the table first
#
# pyzmq comes from std/tests/interop/python.sh. Without it this fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
case ${1:-} in
    '') ;;
    --write) cargo run --quiet -p gimmal-tasks --bin minutes ;;
    *) echo "usage: $0 [--write]" >&2; exit 2 ;;
esac

# cargo fmt does not see them.
rustfmt --check --edition 2024 benches/tasks/programs/*/*.rs

. std/tests/interop/python.sh
cargo clippy --quiet -p gimmal-tasks --all-targets --features rivals -- -D warnings
GIMMAL_PYTHON=$venv/bin/python GIMMAL_REQUIRE=pyzmq cargo test --quiet -p gimmal-tasks --features rivals
