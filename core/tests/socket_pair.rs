//! Pairs: exactly one peer, refused seconds, new ones at once.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::EndpointError::*;
use gimmal_core::error::socket::{RecvError, SendReason};

type Five = Context<u32, 5, 6, 2>;

/// Each hears the other.
macro_rules! talk {
    ($a:ident, $b:ident) => {{
        $a.try_send(1).unwrap();
        $b.try_send(2).unwrap();
        assert_eq!(($a.try_recv(), $b.try_recv()), (Ok(2), Ok(1)));
    }};
}

#[test]
fn a_second_peer_is_refused_and_the_first_keeps_its_messages() {
    let context = Five::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    let mut third = context.pair().unwrap();
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    b.try_send(7).unwrap();
    assert_eq!(third.connect("inproc://x"), Err(PeerTaken));
    assert_eq!(third.try_send(9).unwrap_err().reason, SendReason::Full);
    assert_eq!(a.try_recv(), Ok(7));
    talk!(a, b);
    // Who was refused is free for another.
    let mut fourth = context.pair().unwrap();
    fourth.bind("inproc://y").unwrap();
    third.connect("inproc://y").unwrap();
    talk!(third, fourth);
}

#[test]
fn a_second_pending_connect_is_refused_at_once() {
    let context = Five::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    let third = context.pair().unwrap();
    b.connect("inproc://x").unwrap();
    assert_eq!(third.connect("inproc://x"), Err(PeerTaken));
    a.bind("inproc://x").unwrap();
    assert_eq!(third.connect("inproc://x"), Err(PeerTaken));
    talk!(a, b);
}

#[test]
fn a_pair_that_has_a_peer_or_waits_for_one_connects_nowhere_else() {
    let context = Five::new();
    let (mut a, mut b, c) = (
        context.pair().unwrap(),
        context.pair().unwrap(),
        context.pair().unwrap(),
    );
    a.bind("inproc://a").unwrap();
    c.bind("inproc://c").unwrap();
    b.connect("inproc://a").unwrap();
    for name in ["inproc://c", "inproc://a", "inproc://nobody"] {
        assert_eq!(b.connect(name), Err(PeerTaken), "{name}");
    }
    assert_eq!(a.connect("inproc://c"), Err(PeerTaken), "the binder too");
    let d = context.pair().unwrap();
    d.connect("inproc://nobody").unwrap();
    assert_eq!(d.connect("inproc://c"), Err(PeerTaken));
    // With a peer it does not take over a pending connect either.
    assert_eq!(a.bind("inproc://nobody"), Err(PeerTaken));
    a.bind("inproc://free").unwrap();
    assert_eq!(c.connect("inproc://free"), Err(PeerTaken));
    talk!(a, b);
}

#[test]
fn a_pair_does_not_connect_to_itself() {
    let context = Five::new();
    let mut a = context.pair().unwrap();
    a.bind("inproc://x").unwrap();
    assert_eq!(a.connect("inproc://x"), Err(PeerTaken));
    let mut b = context.pair().unwrap();
    b.connect("inproc://y").unwrap();
    assert_eq!(b.bind("inproc://y"), Err(PeerTaken));
    b.connect("inproc://x").unwrap_err();
    b.disconnect("inproc://y").unwrap();
    b.connect("inproc://x").unwrap();
    talk!(a, b);
}

/// B69, and the promise that one takes the other's place at once.
#[test]
fn after_a_close_or_disconnect_a_new_peer_comes_at_once() {
    let context = Five::new();
    let mut a = context.pair().unwrap();
    a.bind("inproc://x").unwrap();
    for round in 0..100 {
        let mut b = context.pair().unwrap();
        b.connect("inproc://x").unwrap();
        talk!(a, b);
        if round % 3 == 0 {
            b.disconnect("inproc://x").unwrap();
            let mut c = context.pair().unwrap();
            c.connect("inproc://x").unwrap();
            talk!(a, c);
            assert_eq!(b.connect("inproc://x"), Err(PeerTaken));
            drop(c);
            b.connect("inproc://x").unwrap();
            talk!(a, b);
        }
        b.close();
    }
}

#[test]
fn the_connecter_of_a_closed_binder_connects_again_at_once() {
    let context = Five::new();
    let mut b = context.pair().unwrap();
    for _ in 0..100 {
        let mut a = context.pair().unwrap();
        a.bind("inproc://x").unwrap();
        b.connect("inproc://x").unwrap();
        talk!(a, b);
        a.close();
        assert_eq!(b.disconnect("inproc://x"), Err(NotConnected));
    }
}

#[test]
fn what_the_last_peer_sent_is_read_beside_what_the_new_one_sends() {
    let context = Five::new();
    let (mut a, mut b, mut c) = (
        context.pair().unwrap(),
        context.pair().unwrap(),
        context.pair().unwrap(),
    );
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    b.try_send(1).unwrap();
    b.try_send(2).unwrap();
    drop(b);
    c.connect("inproc://x").unwrap();
    c.try_send(10).unwrap();
    a.try_send(20).unwrap();
    assert_eq!(c.try_recv(), Ok(20), "not to the one that has gone");
    let mut read: Vec<u32> = std::iter::from_fn(|| a.try_recv().ok()).collect();
    let position = |wanted| read.iter().position(|v| *v == wanted);
    assert!(position(1) < position(2));
    read.sort_unstable();
    assert_eq!(read, [1, 2, 10]);
}

/// A connecter that closed is no peer and no pending connect; what it sent is only waiting to be read.
#[test]
fn what_a_closed_connecter_left_keeps_no_other_from_the_name() {
    let context = Five::new();
    let (mut first, mut second) = (context.pair().unwrap(), context.pair().unwrap());
    first.connect("inproc://x").unwrap();
    first.try_send(1).unwrap();
    drop(first);
    second.connect("inproc://x").unwrap();
    second.try_send(2).unwrap();
    let mut third = context.pair().unwrap();
    assert_eq!(third.connect("inproc://x"), Err(PeerTaken));
    third.bind("inproc://x").unwrap();
    let mut read = [third.try_recv().unwrap(), third.try_recv().unwrap()];
    read.sort_unstable();
    assert_eq!(read, [1, 2]);
    talk!(second, third);
}

#[test]
fn a_pair_with_a_peer_takes_over_what_a_closed_connecter_left() {
    let context = Five::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    a.bind("inproc://a").unwrap();
    b.connect("inproc://a").unwrap();
    let mut gone = context.pair().unwrap();
    gone.connect("inproc://x").unwrap();
    gone.try_send(5).unwrap();
    drop(gone);
    a.bind("inproc://x").unwrap();
    assert_eq!(a.try_recv(), Ok(5));
    talk!(a, b);
}

#[test]
fn disconnect_drops_what_is_unread_here_and_leaves_what_was_sent_there() {
    let context = Five::new();
    let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    a.try_send(1).unwrap();
    b.try_send(2).unwrap();
    b.disconnect("inproc://x").unwrap();
    assert_eq!(b.try_recv(), Err(RecvError::Disconnected));
    assert_eq!(b.try_send(3).unwrap_err().reason, SendReason::Disconnected);
    assert_eq!(a.try_recv(), Ok(2));
    assert_eq!(a.try_recv(), Err(RecvError::Empty), "it holds a name");
    assert_eq!(a.try_send(4).unwrap_err().reason, SendReason::Full);
}

#[test]
fn a_refused_connect_takes_no_pipe() {
    let context = Context::<u32, 3, 2, 1>::new();
    let (mut a, b, mut c) = (
        context.pair().unwrap(),
        context.pair().unwrap(),
        context.pair().unwrap(),
    );
    a.bind("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    for _ in 0..10 {
        assert_eq!(c.connect("inproc://x"), Err(PeerTaken));
        assert_eq!(c.connect("inproc://y"), Err(TooManyPipes));
    }
    drop(b);
    // The binder has not looked yet: what its last peer's pipes hold is freed when it does.
    assert_eq!(a.try_recv(), Err(RecvError::Empty));
    assert_eq!(a.try_send(1).unwrap_err().reason, SendReason::Full);
    c.connect("inproc://x").unwrap();
    talk!(a, c);
}
