//! The token of a thread of the facade, `std/src/block/token.rs`: the same source, over loom's
//! atomics. The thread sleeps in loom's `Notify`, as there in std's `park`: unparking in loom also wakes a thread that joins.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_a_take_learns_of_every_raise` | a take that consumes two raises knows what both notifiers did; none is slept through |
//! | `e1_a_raise_after_a_take_wakes_again` | a notifier that comes twice is heard twice, or its second change was seen |

use loom::sync::{Arc, Notify};
use loom::thread;

use crate::harness::{Seen, models};
use crate::support::Word;

use self::shown::Token;

// What the source calls atomics.
use crate::support::seeded as atomic;

/// The source of the facade.
#[path = "../../../std/src/block/token.rs"]
mod shown;

models! {
    e1_a_take_learns_of_every_raise {
        kills: ["block/token.rs#E1"],
        outcomes: ["0 takes", "1 takes", "2 takes"],
    }
    e1_a_raise_after_a_take_wakes_again {
        kills: ["block/token.rs#E1"],
        outcomes: ["0 takes", "1 takes", "2 takes"],
    }
}

/// Sleeps until the words say what they are to say, and looks at them after each take only.
fn takes_until(shared: &(Token, Notify, [Word; 2]), done: impl Fn([usize; 2]) -> bool) -> usize {
    let mut takes = 0;
    while !done([shared.2[0].get(), shared.2[1].get()]) {
        while !shared.0.take() {
            shared.1.wait();
        }
        takes += 1;
    }
    takes
}

fn e1_a_take_learns_of_every_raise(seen: Seen) {
    let shared = Arc::new((Token::new(), Notify::new(), [Word::new(0), Word::new(0)]));
    let notifiers = [0, 1].map(|own| {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.2[own].set(1);
            if shared.0.raise() {
                shared.1.notify();
            }
        })
    });
    let takes = takes_until(&shared, |words| words == [1, 1]);
    for notifier in notifiers {
        notifier.join().expect("a notifier does not panic");
    }
    seen.outcome(format!("{takes} takes"));
}

fn e1_a_raise_after_a_take_wakes_again(seen: Seen) {
    let shared = Arc::new((Token::new(), Notify::new(), [Word::new(0), Word::new(0)]));
    let notifier = thread::spawn({
        let shared = shared.clone();
        move || {
            for own in 0..2 {
                shared.2[own].set(1);
                if shared.0.raise() {
                    shared.1.notify();
                }
            }
        }
    });
    let takes = takes_until(&shared, |words| words == [1, 1]);
    notifier.join().expect("the notifier does not panic");
    seen.outcome(format!("{takes} takes"));
}
