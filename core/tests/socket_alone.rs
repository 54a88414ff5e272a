//! Ends of links: what a close destroys and what it reports, who goes on to another peer, and what being alone means.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, RecvError, SendReason};
use gimmal_core::socket::{CloseReport, WhenAlone};

type Six = Context<u32, 6, 8, 3>;

const fn report(unread: usize, discarded: usize) -> CloseReport {
    CloseReport { unread, discarded }
}

/// Two sockets, the first one bound, the second one connected.
macro_rules! linked {
    ($context:ident, $bound:ident, $connected:ident) => {{
        let (a, b) = ($context.$bound().unwrap(), $context.$connected().unwrap());
        a.bind("inproc://x").unwrap();
        b.connect("inproc://x").unwrap();
        (a, b)
    }};
}

#[test]
fn a_senders_close_destroys_nothing_and_reports_what_is_unread() {
    let context = Six::new();
    let (mut pull, mut push) = linked!(context, pull, push);
    (0..3).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(pull.try_recv(), Ok(0));
    assert_eq!(push.close(), report(2, 0));
    assert_eq!((pull.try_recv(), pull.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    assert_eq!(pull.close(), report(0, 0));
}

#[test]
fn a_receivers_close_reports_what_it_discarded_over_all_links() {
    let context = Six::new();
    let (mut pull, mut first) = linked!(context, pull, push);
    let mut second = context.push().unwrap();
    second.connect("inproc://x").unwrap();
    (0..3).for_each(|i| first.try_send(i).unwrap());
    (0..2).for_each(|i| second.try_send(i).unwrap());
    assert_eq!(pull.try_recv(), Ok(0));
    assert_eq!(pull.close(), report(0, 4));
    // What was thrown away is not unread any more.
    assert_eq!(
        (first.close(), second.close()),
        (report(0, 0), report(0, 0))
    );
}

#[test]
fn the_report_counts_links_that_the_socket_has_never_looked_at() {
    let context = Six::new();
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    assert_eq!(pull.close(), report(0, 1));
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let pull = context.pull().unwrap();
    pull.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    assert_eq!(push.close(), report(1, 0));
}

#[test]
fn a_pairs_report_counts_both_ways() {
    let context = Six::new();
    let (mut a, mut b) = linked!(context, pair, pair);
    (0..3).for_each(|i| a.try_send(i).unwrap());
    (0..2).for_each(|i| b.try_send(i).unwrap());
    assert_eq!(a.close(), report(3, 2));
    assert_eq!(b.try_recv(), Ok(0));
    assert_eq!(b.close(), report(0, 2));
}

#[test]
fn f14_messages_for_nobody_yet_are_unread() {
    let context = Six::new();
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.connect("inproc://y").unwrap();
    (0..5).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(push.close(), report(5, 0));
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    assert_eq!([(); 3].map(|()| pull.try_recv()), [Ok(0), Ok(2), Ok(4)]);
}

#[test]
fn f14_a_pairs_messages_for_nobody_yet_are_unread() {
    let context = Six::new();
    let mut pair = context.pair().unwrap();
    pair.connect("inproc://x").unwrap();
    (0..2).for_each(|i| pair.try_send(i).unwrap());
    assert_eq!(pair.close(), report(2, 0));
}

#[test]
fn a_sender_whose_receiver_closed_goes_on_to_another_peer() {
    let context = Six::new();
    let (mut push, mut first) = linked!(context, push, pull);
    let mut second = context.pull().unwrap();
    second.connect("inproc://x").unwrap();
    push.try_send(0).unwrap();
    push.try_send(1).unwrap();
    assert_eq!(first.try_recv(), Ok(0));
    drop(first);
    (2..4).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(push.try_send(4).unwrap_err().value, 4);
    for i in 1..4 {
        assert_eq!(second.try_recv(), Ok(i));
    }
}

#[test]
fn a_connected_sender_without_its_peer_is_disconnected_and_has_its_message_back() {
    let context = Six::new();
    let (pull, mut push) = linked!(context, pull, push);
    drop(pull);
    for _ in 0..3 {
        let error = push.try_send(7).unwrap_err();
        assert_eq!((error.reason, error.value), (SendReason::Disconnected, 7));
    }
    // A connect is used up when its link ends, and a new one can be made.
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    assert_eq!(
        push.try_send(7).unwrap_err().reason,
        SendReason::Disconnected
    );
    assert_eq!(
        push.disconnect("inproc://x"),
        Err(EndpointError::NotConnected)
    );
    push.connect("inproc://x").unwrap();
    push.try_send(8).unwrap();
    assert_eq!(pull.try_recv(), Ok(8));
}

#[test]
fn a_full_link_whose_receiver_closed_is_not_full_but_gone() {
    let context = Six::new();
    let (pull, mut push) = linked!(context, pull, push);
    (0..3).for_each(|i| push.try_send(i).unwrap());
    assert_eq!(push.try_send(9).unwrap_err().reason, SendReason::Full);
    assert_eq!(pull.close().discarded, 3);
    assert_eq!(
        push.try_send(9).unwrap_err().reason,
        SendReason::Disconnected
    );
}

#[test]
fn a_connected_receiver_is_disconnected_when_all_is_read() {
    let context = Six::new();
    let (mut push, mut pull) = linked!(context, push, pull);
    (0..2).for_each(|i| push.try_send(i).unwrap());
    drop(push);
    assert_eq!((pull.try_recv(), pull.try_recv()), (Ok(0), Ok(1)));
    for _ in 0..3 {
        assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    }
}

#[test]
fn a_socket_that_never_had_a_peer_waits() {
    let context = Six::new();
    let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    let mut pair = context.pair().unwrap();
    push.connect("inproc://nobody").unwrap();
    push.disconnect("inproc://nobody").unwrap();
    pull.connect("inproc://nobody").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.disconnect("inproc://nobody").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    assert_eq!(push.try_send(1).unwrap_err().reason, SendReason::Full);
    assert_eq!(pair.try_recv(), Err(RecvError::Empty));
    assert_eq!(pair.try_send(1).unwrap_err().reason, SendReason::Full);
}

#[test]
fn a_socket_that_holds_a_name_waits_for_new_peers_until_it_gives_the_name_up() {
    let context = Six::new();
    let (mut pull, push) = linked!(context, pull, push);
    drop(push);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.bind("inproc://y").unwrap();
    pull.unbind("inproc://x").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.unbind("inproc://y").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    let (mut push, pull) = linked!(context, push, pull);
    drop(pull);
    assert_eq!(push.try_send(1).unwrap_err().reason, SendReason::Full);
    push.unbind("inproc://x").unwrap();
    assert_eq!(
        push.try_send(1).unwrap_err().reason,
        SendReason::Disconnected
    );
}

#[test]
fn a_socket_with_a_pending_connect_is_not_alone() {
    let context = Six::new();
    let (push, mut pull) = linked!(context, push, pull);
    pull.connect("inproc://later").unwrap();
    drop(push);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.disconnect("inproc://later").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    let (pull, mut push) = linked!(context, pull, push);
    push.set_send_hwm(1).unwrap();
    push.connect("inproc://later").unwrap();
    drop(pull);
    push.try_send(1).unwrap();
    assert_eq!(push.try_send(2).unwrap_err().reason, SendReason::Full);
}

#[test]
fn a_socket_with_one_peer_left_is_not_alone() {
    let context = Six::new();
    let (mut a, mut pull) = linked!(context, push, pull);
    let mut b = context.push().unwrap();
    b.bind("inproc://y").unwrap();
    pull.connect("inproc://y").unwrap();
    a.try_send(1).unwrap();
    drop(a);
    assert_eq!(pull.try_recv(), Ok(1));
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    b.try_send(2).unwrap();
    assert_eq!(pull.try_recv(), Ok(2));
    drop(b);
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn set_when_alone_overrides_the_rule_in_both_directions() {
    let context = Six::new();
    // A bound one that is to disconnect, but only after it had a peer.
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    pull.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.try_send(1).unwrap();
    drop(push);
    assert_eq!(pull.try_recv(), Ok(1));
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    // It goes on when somebody comes after all.
    let push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.set_when_alone(WhenAlone::Wait);
    drop(push);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    drop(pull);
    // A connected one that is to wait.
    let (pull, mut push) = linked!(context, pull, push);
    push.set_when_alone(WhenAlone::Wait);
    drop(pull);
    assert_eq!(push.try_send(1).unwrap_err().reason, SendReason::Full);
}

#[test]
fn expect_peers_disconnects_after_so_many_have_come_and_all_have_gone() {
    let context = Six::new();
    for (expected, explicit) in (1..=4).flat_map(|n| [(n, false), (n, true)]) {
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        pull.expect_peers(expected);
        if explicit {
            pull.set_when_alone(WhenAlone::Disconnect);
        }
        for come in 1..=expected {
            assert_eq!(
                pull.try_recv(),
                Err(RecvError::Empty),
                "{come} of {expected}"
            );
            let mut push = context.push().unwrap();
            push.connect("inproc://x").unwrap();
            push.try_send(1).unwrap();
            drop(push);
            assert_eq!(pull.try_recv(), Ok(1));
        }
        assert_eq!(pull.try_recv(), Err(RecvError::Disconnected), "{expected}");
    }
}

#[test]
fn expected_peers_that_overlap_are_all_waited_for() {
    let context = Six::new();
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    push.expect_peers(2);
    let mut pulls: Vec<_> = (0..2).map(|_| context.pull().unwrap()).collect();
    for pull in &mut pulls {
        pull.connect("inproc://x").unwrap();
    }
    push.try_send(1).unwrap();
    pulls.pop();
    while push.try_send(2).is_ok() {}
    assert_eq!(push.try_send(3).unwrap_err().reason, SendReason::Full);
    pulls.pop();
    assert_eq!(
        push.try_send(3).unwrap_err().reason,
        SendReason::Disconnected
    );
}

#[test]
fn links_made_before_expect_peers_count_and_wait_overrides_it() {
    let context = Six::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    for _ in 0..2 {
        let push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        drop(push);
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    }
    pull.expect_peers(2);
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    pull.expect_peers(3);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    pull.expect_peers(1);
    pull.set_when_alone(WhenAlone::Wait);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
}

#[test]
fn a_pair_left_by_its_peer_reads_to_the_end_and_then_is_alone_both_ways() {
    let context = Six::new();
    let (mut a, mut b) = linked!(context, pair, pair);
    (0..2).for_each(|i| a.try_send(i).unwrap());
    b.try_send(9).unwrap();
    assert_eq!(a.close(), report(2, 1));
    assert_eq!(b.try_send(1).unwrap_err().reason, SendReason::Disconnected);
    assert_eq!((b.try_recv(), b.try_recv()), (Ok(0), Ok(1)));
    assert_eq!(b.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn dropping_a_socket_is_closing_it() {
    let context = Six::new();
    let (mut pull, mut push) = linked!(context, pull, push);
    push.try_send(1).unwrap();
    drop(push);
    assert_eq!(context.open_sockets(), 1);
    assert_eq!(pull.try_recv(), Ok(1));
    drop(pull);
    assert_eq!(context.open_sockets(), 0);
}

#[test]
fn a_socket_closed_in_place_does_nothing_any_more_and_disturbs_nobody() {
    let context = Context::<u32, 1, 2, 1>::new();
    let mut old = context.pair().unwrap();
    old.bind("inproc://x").unwrap();
    assert_eq!(old.close_now(), report(0, 0));
    let new = context.pair().unwrap();
    new.bind("inproc://x").unwrap();
    assert_eq!(old.close_now(), report(0, 0));
    assert_eq!(old.unbind("inproc://x"), Err(EndpointError::Terminated));
    assert_eq!(old.bind("inproc://y"), Err(EndpointError::Terminated));
    assert_eq!(old.connect("inproc://x"), Err(EndpointError::Terminated));
    assert_eq!(old.disconnect("inproc://x"), Err(EndpointError::Terminated));
    assert_eq!(old.try_recv(), Err(RecvError::Disconnected));
    assert_eq!(old.try_send(1).unwrap_err().reason, SendReason::Closed);
    old.set_send_hwm(1).unwrap();
    drop(old);
    assert_eq!(context.open_sockets(), 1);
    assert_eq!(new.unbind("inproc://x"), Ok(()));
}
