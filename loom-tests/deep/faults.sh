#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: faults that a tool must find before it is believed.

# put_fault FOLDER FILE LINE FAULT: in a copy of the sources; the line is a pattern of sed.
put_fault() {
    sed -i "s#$3#$4#" "$1/$2"
    if cmp -s "$2" "$1/$2"; then
        echo "FAILED: $2 has no line to put the fault into: $3"
        return 1
    fi
}

# finds_it NAME FAULT SAYS LOG COMMAND…: the command fails, and says so.
finds_it() {
    local name=$1 fault=$2 says=$3 log=$4
    if "${@:5}" >"$log" 2>&1; then
        echo "FAILED: $name does not find a fault: $fault"
        return 1
    fi
    if ! grep -q "$says" "$log"; then
        tail -n 40 "$log"
        echo "FAILED: $name with a fault ends otherwise: $fault"
        return 1
    fi
    echo "$name finds the seeded fault in $fault"
}

# with_fault NAME SAYS COMMAND [FILE LINE FAULT …]: in a copy of the sources with these faults, the command, one of bash, fails
# and says so.
with_fault() {
    local work=$target/with-fault/$1 says=$2 command=$3 faults="$1${4:+: ${*:4}}"
    shift 3
    rm -rf "$work"
    mkdir -p "$work"
    cp -r core std loom-tests benches Cargo.toml Cargo.lock README.md CHANGELOG.md "$work"
    while [ $# -gt 0 ]; do
        put_fault "$work" "$1" "$2" "$3"
        shift 3
    done
    # One at a time: all copies are built into one folder, and a program of one would be replaced while it runs.
    (
        flock 8
        CARGO_TARGET_DIR=$target/with-fault-target finds_it "$command" "$faults" "$says" "$work.log" bash -c "cd '$work' && $command"
    ) 8>"$target/with-fault.lock"
}
