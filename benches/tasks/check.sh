#!/usr/bin/env bash
# The table of the guide's page `minutes`: twelve tasks as programs of gimmal, crossbeam, tokio, embassy and pyzmq.
#
#   benches/tasks/check.sh            builds and runs all programs, and compares the table that is checked in with what is
#                                     counted
#   benches/tasks/check.sh --write    writes the table first
#
# pyzmq comes in one exact version, in the virtual environment of std/tests/interop. Without it this fails.
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

target=$(realpath -ms "${CARGO_TARGET_DIR:-target}")
venv=$target/interop-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv" || {
    # Debian has it in a package of its own.
    rm -rf "$venv"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
    python3 -m venv "$venv"
}
"$venv/bin/pip" install -q pyzmq==27.1.0
"$venv/bin/python" -c 'import zmq; print("beside pyzmq", zmq.__version__, "with libzmq", zmq.zmq_version())'
cargo clippy --quiet -p gimmal-tasks --all-targets --features rivals -- -D warnings
GIMMAL_PYTHON=$venv/bin/python GIMMAL_REQUIRE=pyzmq cargo test --quiet -p gimmal-tasks --features rivals
