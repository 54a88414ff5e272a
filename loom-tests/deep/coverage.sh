#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: which functions of the two libraries no test has ever called.
#
# Functions and not lines: what a branch does is the question of the models and of the mutants. A function that no test calls is
# one that nobody has tried.
#
# A function is a place in a source file. Generic functions, and those of macros, are there many times; one that was called is
# enough. Closures belong to the function around them. What is not built here, for another system or for loom, is not counted.
# Programs of the documentation are no tests: they show how a call is written.

# Tests that cannot run with counters inside of the libraries: one counts the pages of its process, which the counters are in as
# well; the other is built for a chip.
COVERAGE_SKIPS='f16_a_link_or_channel_is_in_memory_as_far_as_it_has_been_used a_handler_and_main_share_objects_on_a_cortex_m0'

# Installs what measures and what reads the measurements.
need_llvm_cov() {
    local version=0.9.1 llvm
    export PATH=$target/tools/bin:$PATH
    [ "$(cargo llvm-cov --version 2>/dev/null)" = "cargo-llvm-cov $version" ] ||
        cargo install cargo-llvm-cov --locked --version "$version" --root "$target/tools" ||
        { echo "FAILED: no cargo-llvm-cov $version: cargo install cannot install it"; return 1; }
    turn rustup component add llvm-tools && return
    # Those of the system read the measurements too, if they are of the LLVM that the compiler has.
    llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    export LLVM_COV LLVM_PROFDATA
    LLVM_COV=$(command -v "llvm-cov-$llvm") && LLVM_PROFDATA=$(command -v "llvm-profdata-$llvm") && return
    echo "FAILED: no llvm-cov and llvm-profdata: rustup has no component llvm-tools for this toolchain, and there is no llvm-cov-$llvm"
    return 1
}

# profile_counts PROFDATA: functions by their names in object files, and whether one of their counters counted: NAME 1 or NAME 0.
profile_counts() {
    local tool=${LLVM_PROFDATA:-$(rustc --print target-libdir)/../bin/llvm-profdata}
    "$tool" show --all-functions --counts "$1" | awk '
        /^  [^ ].*:$/ { name = substr($1, 1, length($1) - 1) }
        /^    Function count:/ { counted = $3 > 0 }
        /^    Block counts:/ { print name, counted || /[1-9]/ ? 1 : 0 }
    '
}

# calls LCOV COUNTS FOLDER: the functions of `core/src` and `std/src` in that folder, and whether they were called: lines of FILE
# LINE 1 or FILE LINE 0.
#
# Where they are is of the report. Whether they were called is not: of a function that one test program has only as unused code,
# and another one calls, the report believes the program that it has read first. The counters themselves, by `profile_counts`,
# are of all programs.
calls() {
    awk -v root="$(realpath "$3")/" '
        FNR == NR { counted[$1] = $2; next }
        /^SF:/ {
            file = substr($0, 4)
            ours = index(file, root) == 1
            file = substr(file, length(root) + 1)
            ours = ours && file ~ /^(core|std)\/src\//
        }
        ours && /^FN:/ {
            name = substr($0, index($0, ",") + 1)
            # A closure has the name _RNC…, or _RINC… in something generic. Those of functions begin otherwise.
            if (name ~ /^_RI?NC/) next
            place = file " " substr($0, 4, index($0, ",") - 4)
            called[place] = called[place] + counted[name] > 0
        }
        END { for (place in called) print place, called[place] }
    ' "$2" "$1" | sort -k 1,1 -k 2,2n
}

# uncalled CALLS FOLDER: the functions that were never called, of the output of `calls`: lines of FILE FUNCTION, where FUNCTION
# has the modules of its file, the type and the trait before it, and no spaces.
uncalled() {
    awk '$3 == 0 { print $1, $2 }' "$1" | awk -v root="$2/" '
        function indent(text) { match(text, /^ */); return RLENGTH }
        # What is behind "impl", "trait" or "mod" at that line, as a path.
        function part(at,    text, kind, depth, i, type) {
            text = lines[at]
            while (text !~ /[{]/ && at < count) text = text " " lines[++at]
            sub(/ *[{].*/, "", text)
            sub(/ where .*/, "", text)
            match(text, /(impl|trait|mod)[ <]/)
            kind = substr(text, RSTART, RLENGTH - 1)
            text = substr(text, RSTART + RLENGTH - 1)
            if (kind == "trait") { sub(/^ */, "", text); sub(/[:<].*/, "", text) }
            if (kind == "impl" && text ~ /^</) {
                # Its own parameters.
                gsub(/->/, "\001", text)
                for (i = 1; i <= length(text); i++) {
                    if (substr(text, i, 1) == "<") depth++
                    if (substr(text, i, 1) == ">" && --depth == 0) break
                }
                text = substr(text, i + 1)
                gsub(/\001/, "->", text)
            }
            if (kind == "impl" && (i = index(text, " for "))) {
                type = substr(text, i + 5)
                text = type "::" substr(text, 1, i - 1)
            }
            gsub(/&\047[a-z]+ /, "\\&", text)
            gsub(/ /, "", text)
            return text
        }
        $1 != file {
            file = $1
            count = 0
            while ((getline line < (root file)) > 0) lines[++count] = line
            close(root file)
        }
        {
            name = lines[$2]
            # A name that a macro makes may be anywhere: then it is the line that tells.
            if (!sub(/^.*[^a-z_]fn +/, "", name) && !sub(/^fn +/, "", name)) name = "line" $2 "("
            sub(/[^A-Za-z0-9_$].*/, "", name)
            depth = indent(lines[$2])
            for (at = $2 - 1; at > 0 && depth > 0; at--) {
                # Only what opens a block is around it; what is between a header and its block does not.
                if (indent(lines[at]) >= depth || lines[at] ~ /^ *(\/\/|#|>|where|[{]|$)/) continue
                if (lines[at] ~ /^ *(pub(\([a-z ]*\))? |unsafe )*(impl|trait|mod)[ <]/) name = part(at) "::" name
                else if (lines[at] !~ /[{]$/) continue
                depth = indent(lines[at])
            }
            print file, name
        }
    ' | sort -u
}

# explained UNCALLED LIST: whether the list explains these functions, and no others.
explained() {
    local listed=$target/coverage-listed wrong
    if grep -vE '^(#|$)' "$2" | grep -vE '^[^ ]+ [^ ]+ [^ ]'; then
        echo "FAILED: not FILE FUNCTION reason, in $2"
        return 1
    fi
    sed -nE 's/^([^# ][^ ]* [^ ]+) .*/\1/p' "$2" | sort >"$listed"
    wrong=$(uniq -d "$listed")
    [ -z "$wrong" ] || { printf 'FAILED: twice in %s:\n%s\n' "$2" "$wrong"; return 1; }
    wrong=$(comm -23 "$1" "$listed")
    [ -z "$wrong" ] || { printf 'FAILED: no test calls these, and %s does not say why:\n%s\n' "$2" "$wrong"; return 1; }
    wrong=$(comm -13 "$1" "$listed")
    [ -z "$wrong" ] || { printf 'FAILED: stale in %s, called by a test or not there:\n%s\n' "$2" "$wrong"; return 1; }
}

# That it sees what is not called, in a package of which this is known.
coverage_sees() {
    local work=$target/coverage-self-check fault
    rm -rf "$work"
    mkdir -p "$work/core/src" "$work/tests"
    printf '[package]\nname = "seen"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[lib]\npath = "core/src/lib.rs"\ndoctest = false\n' \
        >"$work/Cargo.toml"
    cp loom-tests/wrong/uncalled.rs "$work/core/src/lib.rs"
    # Two more programs, one of which calls nothing.
    echo '#[test] fn calls_nothing() { assert!(seen::called().is_some()); }' >"$work/tests/a.rs"
    echo '#[test] fn calls_it() { assert_eq!(seen::of_another_program(), 7); }' >"$work/tests/b.rs"
    (unset CARGO_TARGET_DIR && cd "$work" && cargo llvm-cov --no-cfg-coverage --lcov --output-path lcov)
    profile_counts "$work"/target/llvm-cov-target/*.profdata >"$work/counts"
    calls "$work/lcov" "$work/counts" "$work" >"$work/calls"
    uncalled "$work/calls" "$work" >"$work/uncalled"
    sed -n 's#^ *// uncalled: #core/src/lib.rs #p' loom-tests/wrong/uncalled.rs | sort >"$work/known"
    diff "$work/known" "$work/uncalled" || { echo "FAILED: these functions are not those that nothing calls"; return 1; }
    sed 's/$/ a reason/' "$work/known" >"$work/list"
    explained "$work/uncalled" "$work/list"
    # A function without its line; a line without its function; a line that is there twice; one without a reason.
    for fault in '$d' '$s/$/\ncore\/src\/lib.rs gone a reason/' '1p' '1s/ a reason//'; do
        sed "$fault" "$work/list" >"$work/wrong"
        if explained "$work/uncalled" "$work/wrong" >"$work/log"; then
            echo "FAILED: a list that is wrong is believed: $fault"
            return 1
        fi
        sed 's/^FAILED/seen/' "$work/log"
    done
}

# covered_lines LCOV FOLDER: the part of the lines that were reached, in percent. It is the report's, which leaves some out: see
# `calls`.
covered_lines() {
    awk -F '[:,]' -v root="$(realpath "$2")/" '
        /^SF:/ { file = substr($0, 4); ours = index(file, root "core/src/") == 1 || index(file, root "std/src/") == 1 }
        ours && /^LF:/ { all += $2 }
        ours && /^LH:/ { reached += $2 }
        END { printf "%.1f %%", 100 * reached / all }
    ' "$1"
}

coverage() {
    local work=$target/coverage name skips=()
    # For `sort` and `comm`, and for the order in the list.
    export LC_ALL=C
    need_llvm_cov
    coverage_sees

    for name in $COVERAGE_SKIPS; do
        grep -rqw "fn $name" core/tests std/tests || { echo "FAILED: there is no test $name to skip"; return 1; }
        skips+=(--skip "$name")
    done
    export CARGO_TARGET_DIR=$work CARGO_PROFILE_DEV_DEBUG=0
    # shellcheck source=/dev/null
    . <(cargo llvm-cov show-env --sh --no-cfg-coverage)
    # What was built of other sources has other functions.
    cargo llvm-cov clean --workspace
    rm -f "$work"/*.profraw "$work"/*.profdata

    # Both as the gate tests them; some tests run the examples.
    cargo build -p gimmal -p gimmal-core --features gimmal/curve --examples
    cargo test -p gimmal -p gimmal-core --features gimmal/curve --tests -- "${skips[@]}"
    # The core without an operating system, and in critical sections.
    cargo test -p gimmal-core --test lock --test interop --test context --test look --test wait
    cargo test -p gimmal-core --features critical-section --test lock --test context
    cargo test -p gimmal-core --features critical-section --test interop embassy
    # Locks that know who holds them.
    cargo test -p gimmal --features deadlock-help --test deadlock_help_on

    cargo llvm-cov report --lcov --output-path "$work/lcov"
    profile_counts "$work"/*.profdata >"$work/counts"
    rm -f "$work"/*.profraw
    calls "$work/lcov" "$work/counts" . >"$work/calls"
    uncalled "$work/calls" . >"$work/uncalled"
    explained "$work/uncalled" loom-tests/uncovered.txt
    awk -v lines="$(covered_lines "$work/lcov" .)" -v seeded="$(wc -l <"$target/coverage-self-check/known")" '
        { called += $3 }
        END { printf "%d of %d functions are called by tests, the others have their reasons; at least %s of the lines; %d seeded functions and 4 wrong lists found\n", called, NR, lines, seeded }
    ' "$work/calls" >&3
}
