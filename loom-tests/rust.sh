# What rustup installs. Parts that run at once change the same toolchain, and rustup does not keep them apart: they take turns.

# Runs a command while nobody else installs.
turn() {
    flock "$(rustup show home)" "$@"
}

# need_rust TOOLCHAIN COMPONENT...
need_rust() {
    local name=$1
    shift
    rustup toolchain list | grep -q "^$name-" || turn rustup toolchain install "$name" --profile minimal --no-self-update || return
    [ $# = 0 ] || turn rustup component add "$@" --toolchain "$name"
}
