#!/usr/bin/env bash
# Sockets beside real ZeroMQ peers: pyzmq, which has libzmq in it, of one exact version, in a virtual environment of its
# own. `run.sh` makes it, once, and runs the test with it; without Python or the package it fails.
set -euo pipefail
cd "$(dirname "$0")/../../.."

venv=${CARGO_TARGET_DIR:-target}/interop-venv
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || {
        # Debian has it in a package of its own.
        rm -rf "$venv"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
        python3 -m venv "$venv"
    }
fi
"$venv/bin/pip" install -q pyzmq==27.1.0 numpy==2.3.4
"$venv/bin/python" -c 'import zmq; print("beside pyzmq", zmq.__version__, "with libzmq", zmq.zmq_version())'
GIMMAL_PYTHON=$(realpath -s "$venv/bin/python") GIMMAL_REQUIRE=pyzmq cargo test -p gimmal --features net,curve --test interop "$@"
