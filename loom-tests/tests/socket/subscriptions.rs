//! The table of subscriptions: a publisher that looks while a subscriber writes reads one prefix, never parts of two, and
//! never that of somebody else; and a subscription is effective when `subscribe` returns.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_*` | who sees the owner of an entry sees its prefix |
//! | `e2_*` | who reads across a change of owners notices it |
//! | `unsubscribing_*` | a publisher that waits for the room of a subscriber goes on when that wants nothing more |
//! | `subscribed_*` | what is sent after `subscribe` has returned arrives, whatever goes on beside it |

use gimmal_core_loom::Context;
use gimmal_core_loom::socket::{Publish, Subscribe, WhenFull};

use loom::sync::atomic::{AtomicBool, Ordering};

use super::only;
use crate::harness::{Seen, models};
use crate::support::{all_three, block_on, both};

models! {
    e1_a_new_prefix_is_read_whole {
        kills: ["socket/subscriptions.rs#E1"],
        outcomes: ["nothing"],
    }
    e2_an_entry_that_changes_hands_is_read_again {
        kills: ["socket/subscriptions.rs#E2"],
        outcomes: ["changed hands", "nobody's"],
    }
    subscribed_and_told_beside_a_send {
        outcomes: ["told, arrived", "not told, arrived", "not told, missed"],
    }
    unsubscribing_wakes_a_waiting_publisher {
        kills: ["wait/cell.rs#E1", "step:unsubscribe-wakes"],
        outcomes: ["sent"],
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
fn half_and_half(seen: Seen, sent: Text) {
    let context = Context::<Text, 2, 1, 2, 1>::new();
    let (mut publish, mut subscribe) = linked(&context);
    subscribe.subscribe(b"aaaaa").expect("an entry");
    let ((), ()) = both(
        || {
            let subscribe = only(&mut subscribe);
            subscribe.unsubscribe(b"aaaaa").expect("subscribed");
            subscribe.subscribe(b"bbbbb").expect("an entry");
        },
        || publish.try_send(sent).expect("a subscriber is no obstacle"),
    );
    assert!(subscribe.try_recv().is_err(), "nobody wants it");
    seen.outcome("nothing");
}

fn e1_a_new_prefix_is_read_whole(seen: Seen) {
    half_and_half(seen, *b"aaaab");
}

/// Who writes the entry next is another subscriber, in a thread of its own: the one that leaves it has fences behind that.
fn e2_an_entry_that_changes_hands_is_read_again(seen: Seen) {
    let context = Context::<Text, 3, 1, 2, 1>::new();
    let (mut publish, mut subscribe) = linked(&context);
    let mut other = context.subscribe().expect("a slot");
    subscribe.subscribe(b"aaaaa").expect("an entry");
    let ((), taken, ()) = all_three(
        || {
            let subscribe = only(&mut subscribe);
            subscribe.unsubscribe(b"aaaaa").expect("subscribed");
        },
        || only(&mut other).subscribe(b"bbbbb").is_ok(),
        || publish.try_send(*b"bbbba").expect("no obstacle"),
    );
    assert!(subscribe.try_recv().is_err(), "nobody wants it");
    seen.outcome(if taken { "changed hands" } else { "nobody's" });
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

fn unsubscribing_wakes_a_waiting_publisher(seen: Seen) {
    let context = Context::<Text, 2, 1, 2, 1>::new();
    let (mut publish, mut subscribe) = linked(&context);
    subscribe.subscribe(b"a").expect("an entry");
    publish.set_when_full(WhenFull::Wait);
    publish.try_send(*b"a 1..").expect("room for two");
    publish.try_send(*b"a 2..").expect("room for two");
    let ((), sent) = both(
        || only(&mut subscribe).unsubscribe(b"a").expect("subscribed"),
        || block_on(publish.send(*b"a 3..")),
    );
    sent.expect("nobody wants it");
    assert_eq!(subscribe.try_recv(), Ok(*b"a 1.."));
    assert_eq!(subscribe.try_recv(), Ok(*b"a 2.."));
    assert!(subscribe.try_recv().is_err());
    seen.outcome("sent");
}
