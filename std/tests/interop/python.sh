# To be sourced, from the project's root: makes the virtual environment `$venv` in `$target`, once, with pyzmq in one exact
# version, which has libzmq in it. Fails without Python or the package.
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
