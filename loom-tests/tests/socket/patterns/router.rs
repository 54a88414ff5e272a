//! A Router beside what its peers do: its message is sent, or back, and reaches nobody else.
//!
//! | model | what it shows |
//! |---|---|
//! | `send_to_*` | a message is received, dropped and counted by who closed, or back; who waits for room is told |
//! | `polled_for_*` | a poller that waits for the room of one peer learns of that room, and of the end of that peer |
//! | `one_number_*` | of two sockets that want the same identity, one gets it |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{IdentityError, RecvError};
use gimmal_core_loom::poll::Poller;
use gimmal_core_loom::socket::{Dealer, Identity, Router};

use super::accounted;
use crate::harness::{Seen, models};
use crate::socket::only;
use crate::socket::pipe::takes_all;
use crate::support::{Drops, block_on, both};

models! {
    send_to_beside_the_close_of_the_peer { outcomes: ["discarded", "Unreachable"] }
    send_to_waits_beside_the_close_of_the_peer { outcomes: ["discarded", "Unreachable"] }
    send_to_waits_beside_a_receive { outcomes: ["sent"] }
    send_to_beside_a_bind_in_a_used_pipe { kills: ["step:clear-name"], outcomes: ["Unreachable"] }
    send_to_beside_another_peer_in_the_same_pipe {
        outcomes: ["linked, back", "no pipe, back", "linked, discarded"],
    }
    polled_for_a_peer_beside_its_receive { kills: ["step:poller-looks-again"], outcomes: ["writable, sent"] }
    polled_for_a_peer_beside_its_close { kills: ["step:poller-looks-again"], outcomes: ["ended, Unreachable"] }
    one_number_for_two_sockets { outcomes: ["first", "second"] }
}

/// A bound Router and a connected Dealer that know of each other.
fn routed<'c, T: Send, const S: usize>(
    context: &'c Context<T, S, 2, 1>,
) -> (Router<'c, T>, Dealer<'c, T>) {
    let mut router = context.router().expect("a slot");
    let dealer = context.dealer().expect("a slot");
    router.bind("inproc://x").expect("free");
    dealer.set_identity(Identity::new(7)).expect("nobody's");
    dealer.connect("inproc://x").expect("two pipes");
    assert!(router.try_recv().is_err());
    (router, dealer)
}

fn send_to_beside_the_close_of_the_peer(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<_, 2, 2, 1>::new();
    let (mut router, dealer) = routed(&context);
    let (report, sent) = both(
        || dealer.close(),
        || router.try_send_to(Identity::new(7), drops.item(1)),
    );
    seen.outcome(match sent {
        Ok(()) => {
            assert_eq!((report.discarded, drops.count()), (1, 1));
            "discarded".to_string()
        }
        Err(error) => {
            assert_eq!((report.discarded, drops.count()), (0, 0));
            format!("{:?}", error.reason)
        }
    });
}

fn send_to_waits_beside_the_close_of_the_peer(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut router, dealer) = routed(&context);
    router.try_send_to(Identity::new(7), 1).expect("room");
    let (report, sent) = both(
        || dealer.close(),
        || block_on(router.send_to(Identity::new(7), 2)),
    );
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(accounted(sent, 2, report.discarded - 1));
}

fn send_to_waits_beside_a_receive(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let (mut router, mut dealer) = routed(&context);
    router.try_send_to(Identity::new(7), 1).expect("room");
    let (first, sent) = both(
        || dealer.try_recv(),
        || block_on(router.send_to(Identity::new(7), 2)),
    );
    assert_eq!((first, dealer.try_recv()), (Ok(1), Ok(2)));
    sent.expect("there was room");
    seen.outcome("sent");
}

/// The Router holds a pending connect in a pipe whose last peer was number 7; number 8 joins it while the Router looks for 7.
/// Polls a Router for the room of a peer that is full, beside what that peer does then; and sends.
fn polled_for_a_peer(seen: Seen, act: fn(Dealer<'_, u32>) -> Option<Dealer<'_, u32>>) {
    let context = Context::<u32, 2, 2, 1>::new();
    let (mut router, dealer) = routed(&context);
    let name = Identity::new(7);
    router.try_send_to(name, 1).expect("room");
    let (_stays, ready) = both(
        || act(dealer),
        || block_on(Poller::new([router.writable_to(name)]).poll()).of(0),
    );
    let said = match (ready.is_writable(), ready.has_ended()) {
        (true, false) => "writable",
        (false, true) => "ended",
        _ => "neither",
    };
    let sent = router.try_send_to(name, 2);
    seen.outcome(match sent {
        Ok(()) => format!("{said}, sent"),
        Err(error) => format!("{said}, {:?}", error.reason),
    });
}

fn polled_for_a_peer_beside_its_receive(seen: Seen) {
    polled_for_a_peer(seen, |mut dealer| {
        assert_eq!(dealer.try_recv(), Ok(1));
        Some(dealer)
    });
}

fn polled_for_a_peer_beside_its_close(seen: Seen) {
    polled_for_a_peer(seen, |dealer| {
        drop(dealer);
        None
    });
}

fn send_to_beside_a_bind_in_a_used_pipe(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let mut router = context.router().expect("a slot");
    let mut old = context.dealer().expect("a slot");
    old.set_identity(Identity::new(7)).expect("nobody's");
    router.connect("inproc://x").expect("two pipes");
    old.bind("inproc://x").expect("free");
    old.close_now();
    assert!(router.try_recv().is_err());
    let mut new = context.dealer().expect("a slot");
    new.set_identity(Identity::new(8)).expect("nobody's");
    router.connect("inproc://x").expect("the same pipes");
    let ((), sent) = both(
        || only(&mut new).bind("inproc://x").expect("free"),
        || router.try_send_to(Identity::new(7), 1),
    );
    assert_eq!(new.try_recv(), Err(RecvError::Empty), "not for it");
    router.try_send_to(Identity::new(8), 2).expect("known now");
    assert_eq!(new.try_recv(), Ok(2));
    seen.outcome(format!("{:?}", sent.expect_err("7 has gone").reason));
}

/// Number 7 goes, and number 8 connects to the same Router by the pipes of 7, while the Router sends to 7.
fn send_to_beside_another_peer_in_the_same_pipe(seen: Seen) {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut router, dealer) = routed(&context);
    router.try_send_to(Identity::new(7), 1).expect("room");
    let mut new = context.dealer().expect("a slot");
    new.set_identity(Identity::new(8)).expect("nobody's");
    let ((report, linked), sent) = both(
        || (dealer.close(), only(&mut new).connect("inproc://x")),
        || router.try_send_to(Identity::new(7), 2),
    );
    assert!(new.try_recv().is_err(), "not for it");
    assert_eq!(report.discarded, 1 + usize::from(sent.is_ok()));
    let linked = linked.map_or("no pipe", |()| "linked");
    let sent = sent.map_or("back", |()| "discarded");
    seen.outcome(format!("{linked}, {sent}"));
}

fn one_number_for_two_sockets(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut first = context.dealer().expect("a slot");
    let mut second = context.dealer().expect("a slot");
    let number = Identity::new(7);
    let (one, other) = both(
        || only(&mut first).set_identity(number),
        || only(&mut second).set_identity(number),
    );
    let word = match (one, other) {
        (Ok(()), Err(IdentityError::InUse)) => "first",
        (Err(IdentityError::InUse), Ok(())) => "second",
        both => panic!("not exactly one: {both:?}"),
    };
    assert_eq!(first.identity() == number, word == "first");
    assert_eq!(second.identity() == number, word == "second");
    seen.outcome(word);
}
