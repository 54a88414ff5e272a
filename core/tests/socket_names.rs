//! Names of sockets: what is a name, who holds it, when it is free again; connects that come before the bind.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::EndpointError::*;
use gimmal_core::error::socket::{RecvError, SendReason};
use kit::Ledger;

type Few = Context<u32, 4, 4, 3>;

#[test]
fn malformed_endpoints_and_other_schemes_are_told_apart_by_all_four_verbs() {
    let context = Few::new();
    let longest = format!("inproc://{}", "n".repeat(64));
    let too_long = format!("inproc://{}", "n".repeat(65));
    let umlauts = format!("inproc://{}", "ü".repeat(33));
    let cases = [
        ("", InvalidEndpoint),
        ("jobs", InvalidEndpoint),
        ("inproc:jobs", InvalidEndpoint),
        ("inproc:/jobs", InvalidEndpoint),
        ("://jobs", InvalidEndpoint),
        ("inproc://", InvalidEndpoint),
        (&too_long, InvalidEndpoint),
        (&umlauts, InvalidEndpoint),
        ("tcp://127.0.0.1:5555", UnsupportedTransport),
        ("ipc:///tmp/jobs", UnsupportedTransport),
        ("INPROC://jobs", UnsupportedTransport),
        (" inproc://jobs", UnsupportedTransport),
    ];
    let socket = context.pair().unwrap();
    for (endpoint, why) in cases {
        assert_eq!(socket.bind(endpoint), Err(why), "bind {endpoint:?}");
        assert_eq!(socket.connect(endpoint), Err(why), "connect {endpoint:?}");
        assert_eq!(socket.unbind(endpoint), Err(why), "unbind {endpoint:?}");
        assert_eq!(
            socket.disconnect(endpoint),
            Err(why),
            "disconnect {endpoint:?}"
        );
    }
    for endpoint in [
        longest.as_str(),
        "inproc:// ",
        "inproc://a://b",
        "inproc://ü",
    ] {
        assert_eq!(socket.bind(endpoint), Ok(()), "{endpoint:?}");
        assert_eq!(socket.unbind(endpoint), Ok(()));
    }
}

#[test]
fn names_are_compared_byte_by_byte() {
    let context = Few::new();
    let socket = context.pull().unwrap();
    for name in ["inproc://a", "inproc://A", "inproc://a ", "inproc://aa"] {
        socket.bind(name).unwrap();
    }
    assert_eq!(socket.unbind("inproc://AA"), Err(NotConnected));
}

#[test]
fn a_used_name_is_refused_and_nothing_changes() {
    let context = Few::new();
    let (mut a, b) = (context.pull().unwrap(), context.pull().unwrap());
    a.bind("inproc://x").unwrap();
    assert_eq!(a.bind("inproc://x"), Err(AddressInUse));
    assert_eq!(b.bind("inproc://x"), Err(AddressInUse));
    assert_eq!(b.unbind("inproc://x"), Err(NotConnected));
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    assert_eq!(a.try_recv(), Ok(1));
    a.unbind("inproc://x").unwrap();
    assert_eq!(a.unbind("inproc://x"), Err(NotConnected));
    assert_eq!(b.bind("inproc://x"), Ok(()));
}

#[test]
fn a_name_is_never_seen_by_another_context() {
    static ONE: Few = Few::new();
    static OTHER: Few = Few::new();
    let (mut a, mut b) = (ONE.pull().unwrap(), OTHER.pull().unwrap());
    a.bind("inproc://x").unwrap();
    b.bind("inproc://x").unwrap();
    let mut push = OTHER.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    assert_eq!(a.try_recv(), Err(RecvError::Empty));
    assert_eq!(b.try_recv(), Ok(1));
}

#[test]
fn a_name_is_free_the_moment_unbind_returns() {
    let context = Few::new();
    let mut sockets = [context.pull().unwrap(), context.pull().unwrap()];
    for round in 0..kit::rounds(1000) {
        let socket = &mut sockets[round % 2];
        assert_eq!(socket.bind("inproc://x"), Ok(()), "round {round}");
        socket.unbind("inproc://x").unwrap();
    }
}

#[test]
fn a_name_is_free_the_moment_close_returns_with_peers_and_messages_left() {
    let context = Few::new();
    let mut push = context.push().unwrap();
    for round in 0..kit::rounds(1000) as u32 {
        let mut pull = context.pull().unwrap();
        assert_eq!(pull.bind("inproc://x"), Ok(()), "round {round}");
        push.connect("inproc://x").unwrap();
        push.try_send(round).unwrap();
        if round % 2 == 0 {
            assert_eq!(pull.try_recv(), Ok(round));
            assert_eq!(pull.close().discarded, 0);
        } else {
            assert_eq!(pull.close().discarded, 1);
        }
    }
}

#[test]
fn a_name_is_free_for_another_pattern_once_all_of_the_old_one_is_gone() {
    let context = Few::new();
    for _ in 0..100 {
        let (a, b) = (context.pair().unwrap(), context.pair().unwrap());
        a.bind("inproc://x").unwrap();
        b.connect("inproc://x").unwrap();
        drop((a, b));
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        pull.connect("inproc://x").unwrap();
        push.bind("inproc://x").unwrap();
        push.try_send(1).unwrap();
        assert_eq!(pull.try_recv(), Ok(1));
    }
}

#[test]
fn unbind_removes_the_name_and_the_links_live_on() {
    let context = Few::new();
    let (mut a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    let (mut old, mut new) = (context.push().unwrap(), context.push().unwrap());
    a.bind("inproc://x").unwrap();
    old.connect("inproc://x").unwrap();
    a.unbind("inproc://x").unwrap();
    old.try_send(1).unwrap();
    assert_eq!(a.try_recv(), Ok(1));
    b.bind("inproc://x").unwrap();
    new.connect("inproc://x").unwrap();
    new.try_send(2).unwrap();
    old.try_send(3).unwrap();
    assert_eq!((a.try_recv(), b.try_recv()), (Ok(3), Ok(2)));
    // The links of two binders by one name are still told apart.
    old.disconnect("inproc://x").unwrap();
    assert_eq!(old.disconnect("inproc://x"), Err(NotConnected));
    assert_eq!(a.try_recv(), Err(RecvError::Disconnected));
    new.try_send(4).unwrap();
    assert_eq!(b.try_recv(), Ok(4));
}

#[test]
fn a_connect_between_an_unbind_and_the_next_bind_waits_for_that_bind() {
    let context = Few::new();
    let (mut a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    let (old, mut new) = (context.push().unwrap(), context.push().unwrap());
    a.bind("inproc://x").unwrap();
    old.connect("inproc://x").unwrap();
    a.unbind("inproc://x").unwrap();
    new.connect("inproc://x").unwrap();
    new.try_send(2).unwrap();
    assert_eq!(a.try_recv(), Err(RecvError::Empty));
    b.bind("inproc://x").unwrap();
    assert_eq!(b.try_recv(), Ok(2));
}

#[test]
fn disconnect_cuts_the_oldest_link_by_that_name() {
    let context = Context::<u32, 2, 4, 3>::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://x").unwrap();
    pull.bind("inproc://y").unwrap();
    assert_eq!(push.disconnect("inproc://x"), Err(NotConnected));
    for name in ["inproc://y", "inproc://x", "inproc://x"] {
        push.connect(name).unwrap();
    }
    // One message through each link, in the order of their making.
    (0..3).for_each(|i| push.try_send(i).unwrap());
    push.disconnect("inproc://x").unwrap();
    // Two links are left, of three places each; two places are taken.
    (0..4).for_each(|i| push.try_send(10 + i).unwrap());
    assert_eq!(push.try_send(9).unwrap_err().reason, SendReason::Full);
    push.disconnect("inproc://x").unwrap();
    assert_eq!(push.disconnect("inproc://x"), Err(NotConnected));
    push.disconnect("inproc://y").unwrap();
    assert_eq!(push.disconnect("inproc://y"), Err(NotConnected));
    // What was sent before stays readable.
    let mut all: Vec<u32> = std::iter::from_fn(|| pull.try_recv().ok()).collect();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 10, 11, 12, 13]);
    // The binder cannot disconnect what others have connected.
    push.connect("inproc://x").unwrap();
    assert_eq!(pull.disconnect("inproc://x"), Err(NotConnected));
}

#[test]
fn a_socket_binds_and_connects_many_times_and_to_many_names() {
    let context = Context::<u32, 3, 6, 1>::new();
    let mut push = context.push().unwrap();
    let (mut a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    push.bind("inproc://p").unwrap();
    a.bind("inproc://a").unwrap();
    b.bind("inproc://b").unwrap();
    a.connect("inproc://p").unwrap();
    b.connect("inproc://p").unwrap();
    push.connect("inproc://a").unwrap();
    push.connect("inproc://a").unwrap();
    push.connect("inproc://b").unwrap();
    (0..5).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(push.try_send(9).unwrap_err().value, 9);
    let read = |pull: &mut gimmal_core::socket::Pull<'_, u32>| {
        std::iter::from_fn(|| pull.try_recv().ok()).count()
    };
    assert_eq!((read(&mut a), read(&mut b)), (3, 2));
}

#[test]
fn messages_sent_before_the_bind_are_taken_over_in_order() {
    let context = Few::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.connect("inproc://x").unwrap();
    (0..3).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(push.try_send(3).unwrap_err().reason, SendReason::Full);
    pull.bind("inproc://x").unwrap();
    for i in 0..10 {
        assert_eq!(pull.try_recv(), Ok(i));
        push.try_send(i + 3).unwrap();
    }
    // The other way round: the receiver comes first.
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.connect("inproc://y").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    push.bind("inproc://y").unwrap();
    push.try_send(1).unwrap();
    assert_eq!(pull.try_recv(), Ok(1));
}

#[test]
fn each_of_several_pending_connects_is_taken_over_with_its_messages() {
    let context = Few::new();
    let mut pushes: Vec<_> = (0..3).map(|_| context.push().unwrap()).collect();
    for (who, push) in (0..).zip(&mut pushes) {
        push.connect("inproc://x").unwrap();
        (0..2).for_each(|i| push.try_send(who * 10 + i).unwrap());
    }
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let all: Vec<u32> = std::iter::from_fn(|| pull.try_recv().ok()).collect();
    assert_eq!(all, [0, 10, 20, 1, 11, 21], "one of each in turn");
}

#[test]
fn a_connecter_that_closes_first_leaves_its_messages_to_the_binder() {
    let context = Few::new();
    for round in 0..100 {
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        (0..3).for_each(|i| push.try_send(round + i).unwrap());
        let report = push.close();
        assert_eq!((report.unread, report.discarded), (3, 0));
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        for i in 0..3 {
            assert_eq!(pull.try_recv(), Ok(round + i));
        }
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    }
}

#[test]
fn a_pending_connect_that_is_cut_leaves_its_messages_to_the_binder() {
    let context = Few::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    push.disconnect("inproc://x").unwrap();
    assert_eq!(push.disconnect("inproc://x"), Err(NotConnected));
    push.connect("inproc://x").unwrap();
    push.try_send(2).unwrap();
    pull.bind("inproc://x").unwrap();
    let mut read = [pull.try_recv().unwrap(), pull.try_recv().unwrap()];
    read.sort_unstable();
    assert_eq!(read, [1, 2]);
}

#[test]
fn an_empty_pending_connect_is_freed_at_once() {
    let context = Context::<u32, 1, 2, 1>::new();
    for _ in 0..kit::rounds(1000) {
        let push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.connect("inproc://x").unwrap();
        assert_eq!(push.connect("inproc://x"), Err(TooManyPipes));
        drop(push);
        let pull = context.pull().unwrap();
        pull.connect("inproc://x").unwrap();
        pull.connect("inproc://x").unwrap();
        assert_eq!(pull.close().discarded, 0);
        let pair = context.pair().unwrap();
        pair.connect("inproc://x").unwrap();
        pair.disconnect("inproc://x").unwrap();
        pair.connect("inproc://y").unwrap();
    }
}

/// B66: the connecter has closed already when the bind, or the end of the context, comes upon it.
#[test]
fn connect_close_then_bind_or_term_in_a_loop() {
    for round in 0..200 {
        let ledger = Ledger::new();
        let context = Context::<kit::Item, 2, 2, 2>::new();
        for _ in 0..3 {
            let mut push = context.push().unwrap();
            push.connect("inproc://x").unwrap();
            if round % 2 == 0 {
                push.try_send(ledger.item()).unwrap();
            }
            drop(push);
            let mut pull = context.pull().unwrap();
            pull.bind("inproc://x").unwrap();
            assert_eq!(pull.try_recv().is_ok(), round % 2 == 0);
        }
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.try_send(ledger.item()).unwrap();
        drop(push);
        let report = kit::wait(context.term());
        assert_eq!(report.undelivered, 1);
        ledger.settle();
    }
}

#[test]
fn mismatched_patterns_are_refused_at_the_connect_or_at_the_later_bind() {
    let context = Context::<u32, 6, 8, 1>::new();
    // Bound first.
    let (pair, mut push, mut pull) = (
        context.pair().unwrap(),
        context.push().unwrap(),
        context.pull().unwrap(),
    );
    pair.bind("inproc://pair").unwrap();
    push.bind("inproc://push").unwrap();
    pull.bind("inproc://pull").unwrap();
    for name in ["inproc://push", "inproc://pull"] {
        assert_eq!(pair.connect(name), Err(PatternMismatch));
    }
    for name in ["inproc://push", "inproc://pair"] {
        assert_eq!(push.connect(name), Err(PatternMismatch));
    }
    for name in ["inproc://pull", "inproc://pair"] {
        assert_eq!(pull.connect(name), Err(PatternMismatch));
    }
    // Connected first.
    let (mut a, b) = (context.push().unwrap(), context.pair().unwrap());
    a.connect("inproc://1").unwrap();
    b.connect("inproc://2").unwrap();
    pull.connect("inproc://3").unwrap();
    assert_eq!(push.bind("inproc://1"), Err(PatternMismatch));
    assert_eq!(pair.bind("inproc://1"), Err(PatternMismatch));
    assert_eq!(push.bind("inproc://2"), Err(PatternMismatch));
    assert_eq!(pull.bind("inproc://2"), Err(PatternMismatch));
    assert_eq!(pair.bind("inproc://3"), Err(PatternMismatch));
    assert_eq!(pull.bind("inproc://3"), Err(PatternMismatch));
    // Two connects that no bind could ever serve.
    assert_eq!(pull.connect("inproc://1"), Err(PatternMismatch));
    // Nothing has changed: the right ones still find each other.
    pull.bind("inproc://1").unwrap();
    push.bind("inproc://3").unwrap();
    a.try_send(1).unwrap();
    push.try_send(2).unwrap();
    let mut read = [pull.try_recv().unwrap(), pull.try_recv().unwrap()];
    read.sort_unstable();
    assert_eq!(read, [1, 2]);
}
