//! How a worker of a thread pool agrees with the others without a lock, `std/src/pool/notices.rs`: the same
//! source, over loom's atomics. A queue of one place stands for the pool's; what a job's phase is, and whether
//! there is room, is told by words that order nothing.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_no_job_starts_after_a_close_that_has_not_seen_it_claimed` | a job that a close did not find in the queue is seen claimed by it, or is not run |
//! | `e2_nobody_waits_beside_room` | who finds no room is told of the job that leaves, also beside another one who watches |

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering::AcqRel};
use loom::thread;

use crate::harness::{Seen, models};
use crate::support::Word;

use self::shown::Notices;

// What the source calls atomics.
use crate::support::seeded as atomic;

/// The source of the facade.
#[path = "../../../std/src/pool/notices.rs"]
mod shown;

models! {
    e1_no_job_starts_after_a_close_that_has_not_seen_it_claimed {
        kills: ["pool/notices.rs#E1"],
        outcomes: ["runs", "is given back", "was taken by the close"],
    }
    e2_nobody_waits_beside_room {
        kills: ["pool/notices.rs#E2"],
        outcomes: ["room", "told", "room, and told"],
    }
}

const OPEN: u8 = 0;
const CLOSED: u8 = 1;

fn e1_no_job_starts_after_a_close_that_has_not_seen_it_claimed(seen: Seen) {
    let shared = Arc::new((Notices::new(OPEN), AtomicBool::new(true), Word::new(0)));
    let worker = thread::spawn({
        let shared = shared.clone();
        move || {
            let (notices, queued, claimed) = &*shared;
            if !queued.swap(false, AcqRel) {
                return "was taken by the close";
            }
            claimed.set(1);
            match notices.after_taking() {
                (OPEN, _) => "runs",
                _ => "is given back",
            }
        }
    });
    let (notices, queued, claimed) = &*shared;
    notices.set_mode(CLOSED);
    let taken = queued.swap(false, AcqRel);
    let is_claimed = claimed.get() == 1;
    let what = worker.join().expect("the worker does not panic");
    assert!(!taken || what == "was taken by the close");
    assert!(what != "runs" || is_claimed, "it starts after the close");
    seen.outcome(what);
}

fn e2_nobody_waits_beside_room(seen: Seen) {
    let shared = Arc::new((Notices::new(OPEN), Word::new(0), Word::new(0)));
    let worker = thread::spawn({
        let shared = shared.clone();
        move || {
            let (notices, room, told) = &*shared;
            room.set(1);
            if notices.after_taking().1 {
                told.set(1);
            }
        }
    });
    // Another one has watched, and does no longer.
    let (notices, room, told) = &*shared;
    notices.watch();
    notices.unwatch();
    notices.watch();
    let found = room.get() == 1;
    worker.join().expect("the worker does not panic");
    let is_told = told.get() == 1;
    notices.unwatch();
    assert!(found || is_told, "it waits for ever");
    seen.outcome(match (found, is_told) {
        (true, true) => "room, and told",
        (true, false) => "room",
        _ => "told",
    });
}
