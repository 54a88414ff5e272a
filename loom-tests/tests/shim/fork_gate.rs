//! The gate that keeps a fork out of sections, `core/src/shim/fork_gate.rs`: the same source, over
//! loom's atomics. A fork is a thread that copies what the sections change.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_no_section_is_copied_half_done` | what a fork copies is whole, and no section changes it before the copy is there |
//! | `e1_two_sections_beside_a_fork` | the same with two threads in sections: the fork waits for both |

use loom::sync::Arc;
use loom::thread;

use crate::harness::{Seen, models};
use crate::support::Payload;

use self::shown::ForkGate;

// What the source calls atomics.
use crate::support::seeded as atomic;

/// The source of the core.
#[path = "../../../core/src/shim/fork_gate.rs"]
mod shown;

models! {
    e1_no_section_is_copied_half_done {
        kills: ["shim/fork_gate.rs#E1", "shim/fork_gate.rs#E2", "shim/fork_gate.rs#E3"],
        outcomes: ["before", "after"],
    }
    e1_two_sections_beside_a_fork {
        kills: ["shim/fork_gate.rs#E1", "shim/fork_gate.rs#E2", "shim/fork_gate.rs#E3"],
        outcomes: ["0", "1", "2"],
    }
}

type Shared = Arc<(ForkGate, [Payload; 2])>;

fn shared() -> Shared {
    let gate = ForkGate {
        inside: atomic::AtomicUsize::new(0),
        forking: atomic::AtomicUsize::new(0),
    };
    Arc::new((gate, [Payload::new(), Payload::new()]))
}

/// A section that changes one of the payloads, as `between_forks` makes it.
fn section(shared: &Shared, own: usize) {
    while !shared.0.try_enter() {
        while shared.0.is_forking() {
            thread::yield_now();
        }
    }
    shared.1[own].write(1);
    shared.0.leave();
}

/// A fork that copies both: how many sections it has seen the whole of.
fn fork(shared: &Shared) -> u32 {
    shared.0.begin_fork();
    while shared.0.is_entered(0) {
        thread::yield_now();
    }
    let copied = shared.1[0].read() + shared.1[1].read();
    shared.0.end_fork();
    copied
}

fn e1_no_section_is_copied_half_done(seen: Seen) {
    let shared = shared();
    let its = shared.clone();
    let sections = thread::spawn(move || section(&its, 0));
    let copied = fork(&shared);
    sections.join().expect("a section does not panic");
    assert!(!shared.0.is_forking() && !shared.0.is_entered(0));
    // A child that was forked in the middle of a section of its own ends that, and is open.
    shared.0.begin_in_child(1);
    shared.0.leave();
    assert!(shared.0.try_enter() && shared.0.is_entered(0));
    seen.outcome(["after", "before"][copied as usize]);
}

fn e1_two_sections_beside_a_fork(seen: Seen) {
    let shared = shared();
    let sections = [0, 1].map(|own| {
        let its = shared.clone();
        // Of those that are refused nothing is copied: they would only begin again.
        thread::spawn(move || {
            if its.0.try_enter() {
                its.1[own].write(1);
                its.0.leave();
            }
        })
    });
    let copied = fork(&shared);
    for thread in sections {
        thread.join().expect("a section does not panic");
    }
    seen.outcome(copied);
}
