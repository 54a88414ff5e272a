#!/usr/bin/env bash
# Measures all rows of `versus` once, beside all rivals inside the process and libzmq outside of it, and writes the table of the README:
#
#   benches/table.sh              21 rounds of 30 ms for each contender: half an hour
#   benches/table.sh 11 12        so many rounds, of so many milliseconds
#
# What it measured is kept in benches/ratios.tsv. Wants CPUs that nothing else uses: if other programs disturb more than a tenth
# of the rows, it fails and writes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-21} millis=${2:-30}
export CARGO_INCREMENTAL=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo bench -p gimmal-benches --features rivals,zmq,net --bench versus --no-run
read -r before _ </proc/loadavg
# A rival that breaks is said there, and is no reason not to write the others.
cargo bench -p gimmal-benches --features rivals,zmq,net --bench versus -- \
    --rounds "$rounds" --millis "$millis" --json "$work/run.json" | tee "$work/run.md"
[ -s "$work/run.json" ] || { echo "FAILED: no results" >&2; exit 1; }
cpus=$(nproc) also=alone
awk -v load="$before" 'BEGIN { exit !(load > 0.5) }' && also="beside other programs, which kept $before CPUs busy or waiting when it began"
how="One run on $(uname -m) Linux with $cpus CPUs, $also; all contenders take turns of $millis ms"
cargo run -q -p gimmal-benches --features versus --bin table -- "$work/run.json" "$how"
