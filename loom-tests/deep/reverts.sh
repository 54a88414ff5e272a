#!/usr/bin/env bash
# Part of `loom-tests/deep.sh`, which reads it: faults that this library has had, put back. A step of the gate finds each.

reverts() {
    # Whoever can name and make a key grants what nobody has given.
    with_fault F1 'a_key_of_one_s_own' 'cargo test -p gimmal-core --test compile_fail' \
        core/src/wait/mod.rs '^mod operation;' 'pub mod operation;' \
        core/src/wait/operation.rs 'pub struct Key(pub(super) ());' 'pub struct Key(pub ());'
    # The loop "wait, clear, look" loses an item on weak memory.
    with_fault F2 'event::.* FAILED' 'cargo test -p gimmal-loom-tests --test models -- sync/event' \
        core/src/sync/event.rs 'self.word.fetch_and(!SET, Acquire);' 'self.word.fetch_and(!SET, Relaxed);'
    # A socket that is passed by value claims that its context outlives the call. (MIRI_LIMIT is for the whole run: here it would
    # end the test before it has found the fault.)
    with_fault F6 'Undefined Behavior' 'MIRI_LIMIT=7200 MIRI_ONLY=std/context_shares loom-tests/miri.sh quick' std/src/owned_socket.rs \
        '^use std::mem::MaybeUninit;' 'struct MaybeUninit<T>(Option<T>); impl<T> MaybeUninit<T> { fn new(t: T) -> Self { Self(Some(t)) } unsafe fn assume_init_ref(\&self) -> \&T { self.0.as_ref().unwrap() } unsafe fn assume_init_mut(\&mut self) -> \&mut T { self.0.as_mut().unwrap() } unsafe fn assume_init_drop(\&mut self) { self.0 = None } }'
    echo "F1, F2 and F6, put back, are found by the gate" >&3
}
