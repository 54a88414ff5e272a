//! The table of subscriptions: a publisher that looks while a subscriber writes reads one prefix, never parts of two, and
//! never that of somebody else; and a subscription is effective when `subscribe` returns.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who sees the owner of an entry sees its prefix |
//! | `e2_*` | who reads across a change of owners notices it |
//! | `subscribed_*` | what is sent after `subscribe` has returned arrives, whatever goes on beside it |

use gimmal_core_loom::Context;
use gimmal_core_loom::socket::{Publish, StaticSubscriptions, Subscribe, Subscriptions};

use loom::sync::atomic::{AtomicBool, Ordering};

use super::only;
use crate::harness::{Seen, models};
use crate::support::both;

models! {
    e1_a_new_prefix_is_read_whole {
        kills: ["socket/subscriptions.rs#E1"],
        outcomes: ["nothing"],
    }
    e2_an_entry_that_changes_hands_is_read_again {
        kills: ["socket/subscriptions.rs#E2"],
        outcomes: ["nothing"],
    }
    subscribed_and_told_beside_a_send {
        outcomes: ["told, arrived", "not told, arrived", "not told, missed"],
    }
}

/// Longer than a word of the table: it is read in two steps.
type Text = [u8; 5];

fn linked<const S: usize, const P: usize>(
    context: &Context<Text, S, P, 2, 1>,
) -> (Publish<'_, Text>, Subscribe<'_, Text>) {
    let publish = context.publish().expect("a slot");
    let subscribe = context.subscribe().expect("a slot");
    publish.bind("inproc://x").expect("free");
    subscribe.connect("inproc://x").expect("a pipe");
    (publish, subscribe)
}

/// What nobody has ever wanted does not arrive: one half of it is wanted before, the other half afterwards.
fn e1_a_new_prefix_is_read_whole(seen: Seen) {
    let context = Context::<Text, 2, 1, 2, 1>::new();
    let (mut publish, mut subscribe) = linked(&context);
    subscribe.subscribe(b"aaaaa").expect("an entry");
    let ((), ()) = both(
        || {
            let subscribe = only(&mut subscribe);
            subscribe.unsubscribe(b"aaaaa").expect("subscribed");
            subscribe.subscribe(b"bbbbb").expect("an entry");
        },
        || {
            publish
                .try_send(*b"aaaab")
                .expect("a subscriber is no obstacle")
        },
    );
    assert!(subscribe.try_recv().is_err(), "nobody wants it");
    seen.outcome("nothing");
}

/// The table alone: a socket that unsubscribes also wakes its publishers, and that would be fence enough.
fn e2_an_entry_that_changes_hands_is_read_again(seen: Seen) {
    let table = StaticSubscriptions::<1>::new();
    table.add(0, b"aaaaa").expect("an entry");
    let ((), wanted) = both(
        || {
            table.remove(0, b"aaaaa").expect("subscribed");
            table.add(0, b"bbbbb").expect("an entry");
        },
        || table.wants(0, b"bbbba"),
    );
    assert!(!wanted, "nobody wants it");
    seen.outcome("nothing");
}

fn subscribed_and_told_beside_a_send(seen: Seen) {
    let context = Context::<Text, 2, 1, 2, 1>::new();
    let (mut publish, mut subscribe) = linked(&context);
    let told = AtomicBool::new(false);
    let ((), was_told) = both(
        || {
            only(&mut subscribe).subscribe(b"a").expect("an entry");
            told.store(true, Ordering::Release);
        },
        || {
            let was_told = told.load(Ordering::Acquire);
            publish.try_send(*b"a 1..").expect("no obstacle");
            was_told
        },
    );
    seen.outcome(match (was_told, subscribe.try_recv().is_ok()) {
        (true, arrived) => {
            assert!(arrived, "it was sent after `subscribe` had returned");
            "told, arrived"
        }
        (false, true) => "not told, arrived",
        (false, false) => "not told, missed",
    });
}
