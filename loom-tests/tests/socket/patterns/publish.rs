//! A Publish beside what its subscribers do: each copy is received, dropped by who closed, or counted; and a publisher
//! that waits for room goes on when the obstacle has gone, in whatever way.
//!
//! | model | what it shows |
//! |---|---|
//! | `a_copy_*` | every copy is in one account |
//! | `waits_beside_*` | a lossless publisher is woken by room, by the close of who is full, and when it is not wanted there any more |
//! | `polled_beside_*` | so is a poller that waits for its room |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::SendReason;
use gimmal_core_loom::poll::Poller;
use gimmal_core_loom::socket::{Publish, Subscribe, Topic, WhenFull};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::support::{Drops, Item, all_three, block_on, both};

models! {
    a_copy_beside_the_close_of_a_subscriber { outcomes: ["discarded", "refused"] }
    a_copy_for_two_beside_the_close_of_one { outcomes: ["discarded", "for one"] }
    a_copy_beside_a_connect_and_a_close { outcomes: ["received", "missed"] }
    a_copy_beside_a_bind_and_a_close { outcomes: ["discarded", "for nobody", "refused"] }
    waits_beside_a_receive { outcomes: ["sent"] }
    waits_beside_the_close_of_the_full_one { outcomes: ["sent"] }
    waits_beside_an_unsubscribe { kills: ["step:unsubscribe-wakes"], outcomes: ["sent"] }
    polled_beside_an_unsubscribe { kills: ["step:unsubscribe-wakes", "step:poller-looks-again"], outcomes: ["sent"] }
    waits_beside_a_receive_and_a_close { outcomes: ["sent", "Disconnected"] }
}

/// A message whose copies are counted when they are dropped.
struct News(Drops, #[allow(dead_code)] Item);

fn news(drops: &Drops) -> News {
    News(drops.clone(), drops.item(0))
}

impl Clone for News {
    fn clone(&self) -> Self {
        news(&self.0)
    }
}

impl Topic for News {
    fn topic(&self) -> &[u8] {
        b"a"
    }
}

fn listener<T: Send, const S: usize, const P: usize>(
    context: &Context<T, S, P, 1, 2>,
) -> Subscribe<'_, T> {
    let subscribe = context.subscribe().expect("a slot");
    subscribe.connect("inproc://x").expect("a pipe");
    subscribe.subscribe(b"a").expect("an entry");
    subscribe
}

/// A Publish, and two that want what it sends; it knows both.
fn two<T: Topic + Clone + Send, const S: usize>(
    context: &Context<T, S, 2, 1, 2>,
) -> (Publish<'_, T>, [Subscribe<'_, T>; 2]) {
    let mut publish = context.publish().expect("a slot");
    publish.bind("inproc://x").expect("free");
    let both = [listener(context), listener(context)];
    assert_eq!(publish.can_send(), Ok(true));
    (publish, both)
}

fn a_copy_beside_the_close_of_a_subscriber(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<News, 2, 1, 1, 2>::new();
    let mut publish = context.publish().expect("a slot");
    publish.bind("inproc://x").expect("free");
    publish.expect_peers(1);
    let subscribe = listener(&context);
    let (report, sent) = both(|| subscribe.close(), || publish.try_send(news(&drops)));
    assert_eq!(publish.dropped(), 0);
    seen.outcome(match sent {
        // For a subscriber that was there, or for nobody: one that is closing wants nothing.
        Ok(()) => {
            assert_eq!(drops.count(), 1);
            assert!(report.discarded <= 1);
            "discarded"
        }
        Err(error) => {
            assert_eq!((report.discarded, drops.count()), (0, 0));
            assert_eq!(error.reason, SendReason::Disconnected);
            "refused"
        }
    });
}

fn a_copy_for_two_beside_the_close_of_one(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<News, 4, 2, 1, 2>::new();
    let (mut publish, [first, mut second]) = two(&context);
    let (report, sent) = both(|| first.close(), || publish.try_send(news(&drops)));
    assert!(sent.is_ok() && publish.dropped() == 0);
    assert!(
        second.try_recv().is_ok(),
        "it is no concern of the other one"
    );
    drop((publish, second));
    seen.outcome(match report.discarded {
        1 => "discarded",
        _ => "for one",
    });
    assert!(drops.count() > report.discarded, "the message itself");
}

fn a_copy_beside_a_connect_and_a_close(seen: Seen) {
    let context = Context::<[u8; 1], 4, 2, 1, 2>::new();
    let mut publish = context.publish().expect("a slot");
    publish.bind("inproc://x").expect("free");
    let first = listener(&context);
    let mut second = context.subscribe().expect("a slot");
    let ((), (), sent) = all_three(
        || drop(first),
        || {
            let second = only(&mut second);
            second.subscribe(b"a").expect("an entry");
            second.connect("inproc://x").expect("a pipe");
        },
        || publish.try_send(*b"a"),
    );
    sent.expect("a bound Publish refuses nothing");
    let received = second.try_recv().is_ok();
    publish.try_send(*b"a").expect("as before");
    assert!(second.try_recv().is_ok(), "it is there now");
    drop((publish, second));
    assert!(takes_all_of(&context), "a pipe was kept");
    seen.outcome(if received { "received" } else { "missed" });
}

/// Can both pipes be taken?
fn takes_all_of<T: Send>(context: &Context<T, 4, 2, 1, 2>) -> bool {
    let push = context.push().expect("a slot");
    (0..2).all(|_| push.connect("inproc://all").is_ok())
}

fn a_copy_beside_a_bind_and_a_close(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<News, 2, 1, 1, 2>::new();
    let mut publish = context.publish().expect("a slot");
    publish.connect("inproc://x").expect("a pipe");
    let subscribe = context.subscribe().expect("a slot");
    subscribe.subscribe(b"a").expect("an entry");
    let (report, sent) = both(
        || {
            subscribe.bind("inproc://x").expect("free");
            subscribe.close()
        },
        || publish.try_send(news(&drops)),
    );
    seen.outcome(match sent {
        Ok(()) => {
            assert_eq!(drops.count(), 1);
            match report.discarded {
                1 => "discarded",
                _ => "for nobody",
            }
        }
        Err(error) => {
            assert_eq!((report.discarded, drops.count()), (0, 0));
            assert_eq!(error.reason, SendReason::Disconnected);
            "refused"
        }
    });
}

/// A lossless Publish whose first subscriber is full and whose second one is not.
fn obstructed<const S: usize>(
    context: &Context<[u8; 1], S, 2, 1, 2>,
) -> (Publish<'_, [u8; 1]>, [Subscribe<'_, [u8; 1]>; 2]) {
    let (mut publish, [first, mut second]) = two(context);
    publish.set_when_full(WhenFull::Wait);
    publish.try_send(*b"a").expect("room");
    assert!(second.try_recv().is_ok());
    (publish, [first, second])
}

fn waits_beside_a_receive(seen: Seen) {
    let context = Context::<[u8; 1], 3, 2, 1, 2>::new();
    let (mut publish, [mut first, mut second]) = obstructed(&context);
    let (received, sent) = both(|| first.try_recv(), || block_on(publish.send(*b"a")));
    sent.expect("there was room");
    assert!(received.is_ok() && first.try_recv().is_ok() && second.try_recv().is_ok());
    seen.outcome("sent");
}

fn waits_beside_the_close_of_the_full_one(seen: Seen) {
    let context = Context::<[u8; 1], 3, 2, 1, 2>::new();
    let (mut publish, [first, mut second]) = obstructed(&context);
    let (report, sent) = both(|| first.close(), || block_on(publish.send(*b"a")));
    sent.expect("the other one is there");
    assert!(second.try_recv().is_ok() && report.discarded >= 1);
    assert_eq!(publish.dropped(), 0);
    seen.outcome("sent");
}

fn waits_beside_an_unsubscribe(seen: Seen) {
    let context = Context::<[u8; 1], 3, 2, 1, 2>::new();
    let (mut publish, [mut first, mut second]) = obstructed(&context);
    let ((), sent) = both(
        || only(&mut first).unsubscribe(b"a").expect("subscribed"),
        || block_on(publish.send(*b"a")),
    );
    sent.expect("nobody who wants it is full");
    assert!(second.try_recv().is_ok() && first.try_recv().is_ok());
    assert!(first.try_recv().is_err(), "it wants no more");
    seen.outcome("sent");
}

fn polled_beside_an_unsubscribe(seen: Seen) {
    let context = Context::<[u8; 1], 3, 2, 1, 2>::new();
    let (mut publish, [mut first, mut second]) = obstructed(&context);
    let ((), ready) = both(
        || only(&mut first).unsubscribe(b"a").expect("subscribed"),
        || block_on(Poller::new([publish.writable()]).poll()).of(0),
    );
    assert!(ready.is_writable());
    publish.try_send(*b"a").expect("it was writable");
    assert!(second.try_recv().is_ok() && first.try_recv().is_ok());
    assert!(first.try_recv().is_err(), "it wants no more");
    seen.outcome("sent");
}

fn waits_beside_a_receive_and_a_close(seen: Seen) {
    let context = Context::<[u8; 1], 4, 1, 1, 2>::new();
    let mut publish = context.publish().expect("a slot");
    publish.bind("inproc://x").expect("free");
    publish.expect_peers(1);
    publish.set_when_full(WhenFull::Wait);
    let mut subscribe = listener(&context);
    publish.try_send(*b"a").expect("room");
    let ((), sent) = both(
        || {
            assert!(subscribe.try_recv().is_ok());
            drop(subscribe);
        },
        || block_on(publish.send(*b"a")),
    );
    assert_eq!(publish.dropped(), 0);
    seen.outcome(match sent {
        Ok(()) => "sent".to_string(),
        Err(error) => format!("{:?}", error.reason),
    });
}
