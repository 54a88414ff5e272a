#!/usr/bin/env bash
# Counts the instructions of single operations on one thread by callgrind, and compares with INSTRUCTIONS.md beside this
# script: no row may differ by more than 2 %. `--write` writes that page. Another compiler counts differently: then only the
# rows are compared.
set -euo pipefail
cd "$(dirname "$0")/../.."
fail() { echo "FAILED: $*" >&2; exit 1; }
command -v valgrind >/dev/null ||
    { flock /var/lib/dpkg apt-get update -qq && flock /var/lib/dpkg apt-get install -y -qq --no-install-recommends valgrind >/dev/null; } ||
    fail "valgrind is needed, and apt-get does not give it"

export CARGO_INCREMENTAL=0
cargo build --quiet --release -p gimmal-benches --bin instructions
program=${CARGO_TARGET_DIR:-target}/release/instructions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Counted is what runs in `measured`; each call of it ends a part.
env -i valgrind --tool=callgrind --callgrind-out-file="$work/part" --toggle-collect=instructions::measured \
    --dump-after=instructions::measured "$program" >"$work/names" 2>"$work/log" || { cat "$work/log" >&2; fail "$program"; }
[ "$(ls "$work" | grep -c '^part\.')" = "$(wc -l <"$work/names")" ] || fail "not one count for each row"

number=0
while IFS= read -r name; do
    number=$((number + 1))
    sum=$(sed -n 's/^\(totals\|summary\): //p' "$work/part.$number" | head -n 1)
    awk -v name="$name" -v sum="$sum" 'BEGIN { printf "| %s | %.1f |\n", name, sum / 1000 }'
done <"$work/names" >"$work/rows"
versions="$(rustc --version | cut -d' ' -f1-2) for $(rustc -vV | sed -n 's/^host: //p')"
{
    cat benches/instructions/head.md
    printf '\nWith %s, `--release` as it is without settings of a profile.\n\n| operation | instructions |\n|---|--:|\n' "$versions"
    cat "$work/rows"
} >"$work/page"

page=benches/instructions/INSTRUCTIONS.md
if [ "${1:-}" = --write ]; then
    cp "$work/page" "$page"
    echo "instructions: written to $page"
    exit
fi
rows() { sed -n 's/^| \(.*\) | \([0-9.]*\) |$/\1|\2/p' "$1"; }
most=2
grep -qF "With $versions," "$page" || { echo "instructions: the page was written with another compiler"; most=1000000; }
paste -d'|' <(rows "$page") <(rows "$work/page") | awk -F'|' -v most=$most '
    NF != 4 || $1 != $3 { print "not the same rows: " $0; bad = 1; next }
    { change = 100 * ($4 - $2) / $2 }
    change > most || -change > most { printf "%s: %s instructions, the page says %s\n", $1, $4, $2; bad = 1 }
    END { exit bad || !NR }' || fail "$page is not what it counts: benches/instructions/check.sh --write"
echo "instructions: $number rows as $page says"
