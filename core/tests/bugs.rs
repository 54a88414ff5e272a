//! The museum as tests: bugs that libraries of this kind have had, each in the smallest form that would have caught it.
//!
//! Names are `bNN_what_went_wrong_there`. What a single thread can show is shown by one; a thread more only where the bug
//! needs one. Entries without a test here, and why:
//!
//! | entries | |
//! |---|---|
//! | B5 | the arithmetic over a byte in `wrap.rs` covers it for every capacity; here the last laps of the word |
//! | B6 | no stealing queue; a stopped claim keeps its slot, see `wrap.rs` |
//! | B18, B33, B38, B39 | orderings: the models'; here their stress halves, where there is one |
//! | B28 | no channel without slots: `compile_fail.rs` |
//! | B34, B57, B58 | these same tests, run with each feature (`std`, `critical-section`) and on 32 bits; no fence by hand |
//! | B43 | no public `poll_x` |
//! | B45, B46 | need interrupts and priorities: the firmware's |
//! | B50, B51, B75 | `auto_traits.rs`, `compile_fail.rs`; there is no broadcast |
//! | B49 | no second way to lock, and no upgrade: locking, trying, cancelling, handing over are in `lock.rs` |
//! | B52 | nothing is bound to a context |
//! | B55 | `auto_traits.rs`, and all of this under an interpreter |
//!
//! B40, B41 and B60 to B74 are among the tests of the parts that they are about. `std/tests/museum.md` has a row for every
//! entry, with its tests.

mod kit;

#[path = "bugs/handoff.rs"]
mod handoff;
#[path = "bugs/locks.rs"]
mod locks;
#[path = "bugs/rings.rs"]
mod rings;
#[path = "bugs/wakeups.rs"]
mod wakeups;
