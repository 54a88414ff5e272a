//! Making and ending links: bind, connect and close of one name in any order make at most one link, and orphan none.
//!
//! After each of these every pipe can be taken again, and every message was read or dropped once.
//!
//! | model | what it shows |
//! |---|---|
//! | `bind_beside_connect*` | the two find each other, once |
//! | `*_beside_close*` | whoever goes meanwhile leaves no half of a link behind |
//! | `two_*` | of two that want the same, one gets it |
//! | `three_at_a_name` | one binder goes, one comes, one connects |
//! | `a_new_peer_*` | a Pair's place is taken by the next or still by the last, never by none or both |

use gimmal_core_loom::Context;
use gimmal_core_loom::error::socket::{EndpointError, RecvError, SendReason};

use crate::harness::{Seen, models};
use crate::socket::only;
use crate::socket::pipe::takes_all;
use crate::support::{Drops, all_three, both};

models! {
    bind_beside_connect { outcomes: ["linked"] }
    bind_beside_connect_of_a_pair { outcomes: ["linked"] }
    connect_beside_close_of_the_binder { outcomes: ["linked and cut", "pending"] }
    bind_beside_close_of_a_pending_connect { outcomes: ["7"] }
    bind_beside_close_of_an_empty_pending_connect { outcomes: ["Empty"] }
    bind_beside_close_of_a_pending_pair { outcomes: ["Full", "sent"] }
    connect_send_close_beside_bind_close { outcomes: ["discarded", "left", "dropped by the sender"] }
    two_binds_of_one_name { outcomes: ["first", "second"] }
    two_pairs_connect_to_one_binder { outcomes: ["first", "second"] }
    two_pairs_connect_before_the_bind { outcomes: ["first", "second"] }
    two_connects_and_one_pipe { outcomes: ["first", "second"] }
    three_at_a_name { outcomes: ["linked and cut", "pending", "with the new one"] }
    a_new_peer_beside_the_close_of_the_old { outcomes: ["PeerTaken", "linked"] }
    unbind_beside_connect { outcomes: ["linked", "pending"] }
    disconnect_beside_close { outcomes: ["NotConnected", "cut"] }
}

fn bind_beside_connect(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    both(
        || only(&mut pull).bind("inproc://x").expect("free"),
        || only(&mut push).connect("inproc://x").expect("a pipe"),
    );
    push.try_send(7).expect("one link");
    assert_eq!(pull.try_recv(), Ok(7));
    assert!(push.disconnect("inproc://x").is_ok());
    assert_eq!(
        push.disconnect("inproc://x"),
        Err(EndpointError::NotConnected)
    );
    drop((push, pull));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome("linked");
}

fn bind_beside_connect_of_a_pair(seen: Seen) {
    let context = Context::<u32, 3, 4, 1>::new();
    let mut a = context.pair().expect("a slot");
    let mut b = context.pair().expect("a slot");
    both(
        || only(&mut a).bind("inproc://x").expect("free"),
        || only(&mut b).connect("inproc://x").expect("two pipes"),
    );
    a.try_send(1).expect("a peer");
    b.try_send(2).expect("a peer");
    assert_eq!((a.try_recv(), b.try_recv()), (Ok(2), Ok(1)));
    let third = context.pair().expect("a slot");
    assert_eq!(third.connect("inproc://x"), Err(EndpointError::PeerTaken));
    drop((a, b, third));
    assert!(takes_all(&context, 4), "a pipe was kept");
    seen.outcome("linked");
}

fn connect_beside_close_of_the_binder(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    both(
        || drop(pull),
        || only(&mut push).connect("inproc://x").expect("a pipe"),
    );
    // Linked with the one that closed, or waiting for the next one: never in between.
    let reason = push.try_send(7).map_err(|error| error.reason);
    let mut next = context.pull().expect("a slot");
    next.bind("inproc://x").expect("free at once");
    let word = match reason {
        Ok(()) => {
            assert_eq!(next.try_recv(), Ok(7));
            "pending"
        }
        Err(why) => {
            assert_eq!(why, SendReason::Disconnected);
            assert_eq!(next.try_recv(), Err(RecvError::Empty));
            push.connect("inproc://x").expect("the pipe is back");
            "linked and cut"
        }
    };
    drop((push, next));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word);
}

/// A sender's close destroys nothing, also while its pending connect is being taken over.
fn bind_beside_close_of_a_pending_connect(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    push.try_send(7).expect("room");
    both(
        || only(&mut pull).bind("inproc://x").expect("free"),
        || drop(push),
    );
    let received = pull.try_recv().expect("a message");
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(received);
}

fn bind_beside_close_of_an_empty_pending_connect(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let push = context.push().expect("a slot");
    push.connect("inproc://x").expect("a pipe");
    both(
        || only(&mut pull).bind("inproc://x").expect("free"),
        || drop(push),
    );
    let why = pull.try_recv().expect_err("nothing was sent");
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(format!("{why:?}"));
}

fn bind_beside_close_of_a_pending_pair(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let mut a = context.pair().expect("a slot");
    let b = context.pair().expect("a slot");
    b.connect("inproc://x").expect("two pipes");
    let (sent, ()) = both(
        || {
            a.bind("inproc://x").expect("free");
            a.try_send(1).map_err(|error| error.reason)
        },
        || drop(b),
    );
    // A new peer can come at once.
    assert_eq!(a.try_recv(), Err(RecvError::Empty));
    assert_eq!(a.try_send(2).map_err(|e| e.reason), Err(SendReason::Full));
    let mut next = context.pair().expect("a slot");
    next.connect("inproc://x").expect("its pipes are back");
    a.try_send(3).expect("a peer");
    assert_eq!(next.try_recv(), Ok(3));
    drop((a, next));
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(match sent {
        Ok(()) => "sent".to_string(),
        Err(why) => format!("{why:?}"),
    });
}

/// The whole life of both sides at once.
fn connect_send_close_beside_bind_close(seen: Seen) {
    let drops = Drops::new();
    let context = Context::<_, 2, 1, 1>::new();
    let pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    let (report, ()) = both(
        || {
            pull.bind("inproc://x").expect("free");
            pull.close()
        },
        || {
            push.connect("inproc://x").expect("a pipe");
            let refused = push.try_send(drops.item(1)).is_err();
            drop(push);
            assert!(!refused || drops.count() == 1);
        },
    );
    let before = drops.count();
    let mut next = context.pull().expect("a slot");
    next.bind("inproc://x").expect("free at once");
    let left = next.try_recv().is_ok();
    drop(next);
    assert_eq!((drops.count(), before), (1, usize::from(!left)));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(match (left, report.discarded) {
        (true, 0) => "left",
        (false, 1) => "discarded",
        (false, 0) => "dropped by the sender",
        _ => "counted twice",
    });
}

fn one_of<A, B>(first: &Result<(), A>, second: &Result<(), B>) -> &'static str {
    match (first, second) {
        (Ok(()), Err(_)) => "first",
        (Err(_), Ok(())) => "second",
        (Ok(()), Ok(())) => "both",
        (Err(_), Err(_)) => "none",
    }
}

fn two_binds_of_one_name(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut a = context.pull().expect("a slot");
    let mut b = context.push().expect("a slot");
    let (first, second) = both(
        || only(&mut a).bind("inproc://x"),
        || only(&mut b).bind("inproc://x"),
    );
    for error in [first, second].iter().filter_map(|r| r.err()) {
        assert_eq!(error, EndpointError::AddressInUse);
    }
    seen.outcome(one_of(&first, &second));
}

fn two_pairs_connect_to_one_binder(seen: Seen) {
    two_pairs(seen, true);
}

fn two_pairs_connect_before_the_bind(seen: Seen) {
    two_pairs(seen, false);
}

fn two_pairs(seen: Seen, bound: bool) {
    let context = Context::<u32, 3, 4, 1>::new();
    let mut binder = context.pair().expect("a slot");
    let mut a = context.pair().expect("a slot");
    let mut b = context.pair().expect("a slot");
    if bound {
        binder.bind("inproc://x").expect("free");
    }
    let (first, second) = both(
        || only(&mut a).connect("inproc://x"),
        || only(&mut b).connect("inproc://x"),
    );
    let word = one_of(&first, &second);
    for error in [first, second].iter().filter_map(|r| r.err()) {
        assert_eq!(error, EndpointError::PeerTaken);
    }
    if !bound {
        binder.bind("inproc://x").expect("free");
    }
    binder.try_send(7).expect("a peer");
    let received = [a.try_recv(), b.try_recv()];
    assert_eq!(received.iter().filter(|r| r.is_ok()).count(), 1);
    drop((a, b, binder));
    assert!(takes_all(&context, 4), "a pipe was kept");
    seen.outcome(word);
}

fn two_connects_and_one_pipe(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut a = context.push().expect("a slot");
    let mut b = context.push().expect("a slot");
    let (first, second) = both(
        || only(&mut a).connect("inproc://x"),
        || only(&mut b).connect("inproc://y"),
    );
    for error in [first, second].iter().filter_map(|r| r.err()) {
        assert_eq!(error, EndpointError::TooManyPipes);
    }
    drop((a, b));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(one_of(&first, &second));
}

fn three_at_a_name(seen: Seen) {
    let context = Context::<u32, 3, 1, 1>::new();
    let old = context.pull().expect("a slot");
    let mut new = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    old.bind("inproc://x").expect("free");
    let ((), bound, ()) = all_three(
        || drop(old),
        || only(&mut new).bind("inproc://x"),
        || only(&mut push).connect("inproc://x").expect("a pipe"),
    );
    let reason = push.try_send(7).map_err(|error| error.reason);
    if let Err(why) = bound {
        assert_eq!(why, EndpointError::AddressInUse);
        assert_eq!(new.try_recv(), Err(RecvError::Empty));
        new.bind("inproc://x").expect("free by now");
    }
    let word = match (reason, new.try_recv(), bound) {
        (Ok(()), Ok(7), Ok(())) => "with the new one",
        (Ok(()), Ok(7), Err(_)) => "pending",
        (Err(SendReason::Disconnected), Err(RecvError::Empty), _) => "linked and cut",
        _ => "orphaned",
    };
    drop((push, new));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word);
}

fn a_new_peer_beside_the_close_of_the_old(seen: Seen) {
    let context = Context::<u32, 3, 4, 1>::new();
    let mut a = context.pair().expect("a slot");
    let old = context.pair().expect("a slot");
    let mut new = context.pair().expect("a slot");
    a.bind("inproc://x").expect("free");
    old.connect("inproc://x").expect("two pipes");
    let ((), connected) = both(|| drop(old), || only(&mut new).connect("inproc://x"));
    let word = match connected {
        Ok(()) => "linked".to_string(),
        Err(why) => {
            new.connect("inproc://x").expect("its place is free now");
            format!("{why:?}")
        }
    };
    a.try_send(1).expect("a peer");
    new.try_send(2).expect("a peer");
    assert_eq!((a.try_recv(), new.try_recv()), (Ok(2), Ok(1)));
    drop((a, new));
    assert!(takes_all(&context, 4), "a pipe was kept");
    seen.outcome(word);
}

fn unbind_beside_connect(seen: Seen) {
    let context = Context::<u32, 2, 1, 1>::new();
    let mut pull = context.pull().expect("a slot");
    let mut push = context.push().expect("a slot");
    pull.bind("inproc://x").expect("free");
    both(
        || only(&mut pull).unbind("inproc://x").expect("held"),
        || only(&mut push).connect("inproc://x").expect("a pipe"),
    );
    push.try_send(7).expect("room");
    let word = match pull.try_recv() {
        Ok(_) => "linked",
        Err(why) => {
            assert_eq!(why, RecvError::Empty);
            pull.bind("inproc://x").expect("free");
            assert_eq!(pull.try_recv(), Ok(7));
            "pending"
        }
    };
    drop((push, pull));
    assert!(takes_all(&context, 1), "a pipe was kept");
    seen.outcome(word);
}

fn disconnect_beside_close(seen: Seen) {
    let context = Context::<u32, 2, 2, 1>::new();
    let a = context.pair().expect("a slot");
    let mut b = context.pair().expect("a slot");
    a.bind("inproc://x").expect("free");
    b.connect("inproc://x").expect("two pipes");
    let ((), cut) = both(|| drop(a), || only(&mut b).disconnect("inproc://x"));
    let next = context.pair().expect("a slot");
    next.bind("inproc://x").expect("free at once");
    // What its last peer left is given back at the latest when it looks.
    assert_eq!(b.try_recv(), Err(RecvError::Disconnected));
    assert_eq!(
        b.try_send(1).map_err(|e| e.reason),
        Err(SendReason::Disconnected)
    );
    b.connect("inproc://x").expect("the pipes are back");
    drop((b, next));
    assert!(takes_all(&context, 2), "a pipe was kept");
    seen.outcome(match cut {
        Ok(()) => "cut".to_string(),
        Err(why) => format!("{why:?}"),
    });
}
