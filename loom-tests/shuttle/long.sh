#!/usr/bin/env bash
# Random lives of sockets, many of them: see tests/lives.rs. Each run draws new ones.
#
#   loom-tests/shuttle/long.sh [LIVES]        so many lives in each test; 20000 unless another number is given, which takes
#                                             minutes
#   loom-tests/shuttle/long.sh replay TEST SCHEDULE    one life again: the schedule that a failed run has printed
set -euo pipefail
cd "$(dirname "$0")/../.."

test=(cargo test -p gimmal-shuttle-tests --test lives --)
if [ "${1:-}" = replay ]; then
    GIMMAL_SCHEDULE=$3 "${test[@]}" "$2" --exact
else
    GIMMAL_LIVES=${1:-20000} "${test[@]}" --skip seeded_faults_are_found
fi
