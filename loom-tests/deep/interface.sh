#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: what users build with, and whether it stays what they built with.
#
# (That the public interface is the listed one is of the gate: `.ci/api`.)

# features PACKAGE-FOLDER [BUT]: the names of its features, but for some.
features() {
    sed -n '/^\[features\]/,/^\[dependencies\]/s/^"\{0,1\}\([a-zA-Z0-9_-]*\)"\{0,1\} = \[.*/\1/p' "$1/Cargo.toml" | grep -vxE "${2:-none}"
}

# check [+TOOLCHAIN] ARGUMENTS…: warnings are errors.
check() {
    local toolchain=()
    [[ $1 != +* ]] || { toolchain=("$1"); shift; }
    CARGO_PROFILE_DEV_DEBUG=0 RUSTFLAGS="-D warnings" cargo "${toolchain[@]}" check --quiet --target-dir "$target/api-check" "$@" ||
        { echo "FAILED: cargo ${toolchain[*]} check $*"; return 1; }
}

# The two libraries alone, without their tests, to resolve them in other ways: into a folder.
libraries_alone() {
    local folder=$1 package
    rm -rf "$folder"
    mkdir -p "$folder"
    sed 's/^members = .*/members = ["core", "std"]/; /^exclude = /d; /^\[profile\./,/^$/d' Cargo.toml >"$folder/Cargo.toml"
    for package in core std; do
        mkdir "$folder/$package"
        cp -r "$package/src" "$package/README.md" "$package"/[A-Z]*.md "$package"/*.svg "$folder/$package" 2>/dev/null || true
        awk '/^\[/ { skip = /dev-dependencies\]$|^\[\[(test|example)/ } !skip' "$package/Cargo.toml" >"$folder/$package/Cargo.toml"
    done
    # Examples and texts that are part of the documentation.
    cp -r core/examples "$folder/core"
    cp -r std/examples "$folder/std"
    cp README.md "$folder"
}

api() {
    local oldest feature other count=0 folder=$target/api-alone said
    need_rust nightly

    # Each feature alone, and all of them.
    for other in gimmal-core:core gimmal:std; do
        for feature in $(features "${other#*:}") "$(features "${other#*:}" | paste -sd,)"; do
            check -p "${other%:*}" --features "$feature"
            count=$((count + 1))
        done
    done

    # The oldest Rust of each feature, as std/Cargo.toml says them.
    oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml).0
    for said in "$oldest:net|curve|lock_api-0_5" 1.93.0:lock_api-0_5; do
        need_rust "${said%%:*}"
        check "+${said%%:*}" -p gimmal-core --features "$(features core | paste -sd,)"
        check "+${said%%:*}" -p gimmal --features "$(features std "${said#*:}" | paste -sd,)"
    done

    # The oldest versions that the manifests allow.
    libraries_alone "$folder"
    cargo +nightly update --quiet -Zminimal-versions --manifest-path "$folder/Cargo.toml"
    check --manifest-path "$folder/Cargo.toml" -p gimmal-core -p gimmal --all-features
    # And that it would be seen: the first `tracing` has no macro `enabled`.
    sed -i 's/^tracing = { version = "[0-9.]*"/tracing = { version = "0.1"/' "$folder/Cargo.toml"
    cargo +nightly update --quiet -Zminimal-versions --manifest-path "$folder/Cargo.toml"
    if said=$(check --manifest-path "$folder/Cargo.toml" -p gimmal --features tracing-0_1 2>&1) ||
        ! grep -q 'cannot find `enabled`' <<<"$said"; then
        echo "FAILED: a version that is too old is not seen: $said"
        return 1
    fi

    # What the dependencies are. Advisories come from a git host, which may be out of reach: said, and not passed over.
    export PATH=$target/tools/bin:$PATH
    [ "$(cargo deny --version 2>/dev/null)" = "cargo-deny 0.20.2" ] ||
        cargo install cargo-deny --locked --version 0.20.2 --root "$target/tools"
    cargo deny --config loom-tests/deny.toml check bans licenses sources
    if sed 's/"ISC", //' loom-tests/deny.toml >"$folder/deny.toml" &&
        said=$(cargo deny --config "$folder/deny.toml" check licenses 2>&1); then
        echo "FAILED: a licence that is not allowed is not seen"
        return 1
    fi
    grep -q 'rejected: license is not explicitly allowed' <<<"$said" || { echo "FAILED: $said"; return 1; }
    local advisories="no advisories"
    if ! said=$(cargo deny --config loom-tests/deny.toml check advisories 2>&1); then
        if grep -q 'failed to fetch advisory database' <<<"$said"; then
            advisories="ADVISORIES NOT CHECKED, their host is out of reach"
        else
            echo "$said"
            return 1
        fi
    fi
    echo "$count sets of features; Rust $oldest and 1.93.0; oldest versions; bans, licences, sources; $advisories; 2 seeded faults found" >&3
}

# -- Whether programs that were built with the last release still build. ---------------------------------------------------------

# Breaks that must be found: package, file, a line of it, what it is made to, and the name of the lint that says so.
SEMVER_FAULTS='
gimmal-core|core/src/sync/event.rs|pub fn is_set(&self)|pub fn is_set_now(\&self)|inherent_method_missing
gimmal|std/src/sync/condition.rs|pub fn notify_one(&self)|pub fn notify_one(\&self, _of: bool)|method_parameter_count_changed
'

# semver_check PACKAGE FOLDER BASE: a minor version is to come, in which nothing may break. (Before 1.0 what breaks users comes
# with the second number; the tool knows.)
semver_check() {
    cargo semver-checks check-release --manifest-path "$2/Cargo.toml" -p "$1" --baseline-root "$3" --default-features \
        --release-type minor
}

semver() {
    local version=0.51.0 since folder=$target/semver/changed base=$target/semver/base name file line fault says found=0
    export PATH=$target/tools/bin:$PATH
    [ "$(cargo semver-checks --version 2>/dev/null)" = "cargo-semver-checks $version" ] ||
        cargo install cargo-semver-checks --locked --version "$version" --root "$target/tools"
    # Until there is a release, the newest commit: then this shows that the tool works here, and says so.
    since=${SEMVER_SINCE:-$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git rev-parse --short HEAD)}
    rm -rf "$base"
    mkdir -p "$base"
    git archive "$since" | tar -x -C "$base"
    export CARGO_TARGET_DIR=$target/semver/target

    while IFS='|' read -r name file line fault says; do
        [ -n "$name" ] || continue
        rm -rf "$folder"
        mkdir -p "$folder"
        cp -r core std loom-tests benches README.md Cargo.toml Cargo.lock "$folder"
        put_fault "$folder" "$file" "$line" "$fault"
        finds_it cargo-semver-checks "$file: $fault" "$says" "$target/semver/log" semver_check "$name" "$folder" "$base"
        found=$((found + 1))
    done <<<"$SEMVER_FAULTS"
    rm -rf "$folder"

    semver_check gimmal-core . "$base"
    semver_check gimmal . "$base"
    echo "both libraries as since $since; $found seeded breaks found" >&3
}
