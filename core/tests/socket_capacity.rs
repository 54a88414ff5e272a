//! How much a link holds: exactly the sum of the two marks, or all of it; one receive frees one place; what is too much.

mod kit;

use gimmal_core::Context;
use gimmal_core::error::socket::{EndpointError, HwmError, SendReason};
use gimmal_core::socket::{Pair, Pull, Push};

/// Sends until it is full: how many fitted. The one that did not fit comes back.
fn fill(
    mut send: impl FnMut(u32) -> Result<(), gimmal_core::error::socket::SendError<u32>>,
) -> usize {
    for i in 0..1000 {
        if let Err(error) = send(i) {
            assert_eq!((error.reason, error.value % 100), (SendReason::Full, i));
            return i as usize;
        }
    }
    panic!("never full");
}

/// Full: each receive frees exactly one place, at once, also over many laps.
fn one_for_one(push: &mut Push<'_, u32>, pull: &mut Pull<'_, u32>, capacity: usize) {
    for i in 0..3 * capacity as u32 + 5 {
        pull.try_recv().unwrap();
        push.try_send(1000 + i).unwrap();
        assert_eq!(push.try_send(9).unwrap_err().reason, SendReason::Full);
    }
    for freed in 1..=capacity {
        (0..freed).for_each(|_| assert!(pull.try_recv().is_ok()));
        assert_eq!(fill(|i| push.try_send(i)), freed);
    }
}

/// Every pair of marks, bound before or after the connect, whichever side binds.
#[test]
fn a_link_holds_exactly_the_sum_of_the_marks_for_all_small_marks() {
    for (send, recv) in (1..=3).flat_map(|s| (1..=3).map(move |r| (s, r))) {
        for (push_binds, bind_first) in [(true, true), (true, false), (false, true), (false, false)]
        {
            let context = Context::<u32, 2, 1, 6>::new();
            let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
            push.set_send_hwm(send).unwrap();
            pull.set_recv_hwm(recv).unwrap();
            let name = "inproc://x";
            match (push_binds, bind_first) {
                (true, true) => (push.bind(name).unwrap(), pull.connect(name).unwrap()),
                (true, false) => (pull.connect(name).unwrap(), push.bind(name).unwrap()),
                (false, true) => (pull.bind(name).unwrap(), push.connect(name).unwrap()),
                (false, false) => {
                    push.connect(name).unwrap();
                    assert_eq!(fill(|i| push.try_send(i)), send, "before the bind");
                    pull.bind(name).unwrap();
                    assert_eq!(fill(|i| push.try_send(i)), recv, "what the bind adds");
                    (0..send + recv).for_each(|_| assert!(pull.try_recv().is_ok()));
                    ((), ())
                }
            };
            assert_eq!(fill(|i| push.try_send(i)), send + recv);
            one_for_one(&mut push, &mut pull, send + recv);
        }
    }
}

#[test]
fn both_ways_of_a_pair_have_their_own_marks() {
    for (send, recv) in (1..=3).flat_map(|s| (1..=3).map(move |r| (s, r))) {
        for bind_first in [true, false] {
            let context = Context::<u32, 2, 2, 6>::new();
            let (mut a, mut b) = (context.pair().unwrap(), context.pair().unwrap());
            a.set_send_hwm(send).unwrap();
            a.set_recv_hwm(recv).unwrap();
            b.set_send_hwm(3).unwrap();
            b.set_recv_hwm(1).unwrap();
            if bind_first {
                b.bind("inproc://x").unwrap();
                a.connect("inproc://x").unwrap();
            } else {
                a.connect("inproc://x").unwrap();
                b.bind("inproc://x").unwrap();
            }
            assert_eq!(fill(|i| a.try_send(i)), send + 1);
            assert_eq!(fill(|i| b.try_send(i)), 3 + recv);
        }
    }
}

/// Links without marks use all of the ceiling, and so does a link of which one side has set none.
#[test]
fn a_link_without_both_marks_uses_all_of_the_ceiling() {
    let marks = [(None, None), (Some(2), None), (None, Some(2))];
    for ((send, recv), bind_first) in marks.into_iter().flat_map(|m| [(m, true), (m, false)]) {
        let context = Context::<u32, 2, 1, 5>::new();
        let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
        assert!(send.is_none_or(|mark| push.set_send_hwm(mark).is_ok()));
        assert!(recv.is_none_or(|mark| pull.set_recv_hwm(mark).is_ok()));
        if bind_first {
            pull.bind("inproc://x").unwrap();
            push.connect("inproc://x").unwrap();
            assert_eq!(fill(|i| push.try_send(i)), 5);
        } else {
            push.connect("inproc://x").unwrap();
            assert_eq!(fill(|i| push.try_send(i)), send.unwrap_or(5));
            pull.bind("inproc://x").unwrap();
            assert_eq!(fill(|i| push.try_send(i)), 5 - send.unwrap_or(5));
        }
        one_for_one(&mut push, &mut pull, 5);
    }
}

#[test]
fn a_mark_of_zero_or_above_the_ceiling_is_refused_and_the_old_one_stays() {
    let context = Context::<u32, 2, 2, 4>::new();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    push.set_send_hwm(1).unwrap();
    pull.set_recv_hwm(2).unwrap();
    for (mark, why) in [
        (0, HwmError::InvalidHwm),
        (5, HwmError::HwmTooLarge { max: 4 }),
        (usize::MAX, HwmError::HwmTooLarge { max: 4 }),
    ] {
        assert_eq!(push.set_send_hwm(mark), Err(why));
        assert_eq!(pull.set_recv_hwm(mark), Err(why));
    }
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    assert_eq!(fill(|i| push.try_send(i)), 3);
}

/// More than a pipe can hold is an error where the link is made, whichever side comes first, and changes nothing.
#[test]
fn a_sum_above_the_ceiling_is_refused_when_the_link_is_made() {
    let too_large = EndpointError::HwmTooLarge { max: 4 };
    for (send, recv) in (1..=4).flat_map(|s| (1..=4).map(move |r| (s, r))) {
        let fits = send + recv <= 4;
        let wanted = if fits { Ok(()) } else { Err(too_large) };
        for bind_first in [true, false] {
            let context = Context::<u32, 2, 1, 4>::new();
            let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
            push.set_send_hwm(send).unwrap();
            pull.set_recv_hwm(recv).unwrap();
            let words = format!("{send} + {recv}, bound first: {bind_first}");
            if bind_first {
                pull.bind("inproc://x").unwrap();
                assert_eq!(push.connect("inproc://x"), wanted, "{words}");
            } else {
                push.connect("inproc://x").unwrap();
                assert_eq!(pull.bind("inproc://x"), wanted, "{words}");
            }
            if fits {
                continue;
            }
            // Nothing was taken by the refusal: with a smaller mark it goes.
            pull.set_recv_hwm(1).unwrap();
            push.set_send_hwm(1).unwrap();
            if bind_first {
                pull.unbind("inproc://x").unwrap();
                pull.bind("inproc://x").unwrap();
                push.connect("inproc://x").unwrap();
                assert_eq!(fill(|i| push.try_send(i)), 2, "{words}");
            } else if send < 4 {
                pull.bind("inproc://x").unwrap();
                assert_eq!(fill(|i| push.try_send(i)), send + 1, "{words}");
            }
        }
    }
}

#[test]
fn one_of_several_pending_connects_that_does_not_fit_refuses_the_whole_bind() {
    let context = Context::<u32, 3, 2, 4>::new();
    let (mut small, large) = (context.push().unwrap(), context.push().unwrap());
    let pull = context.pull().unwrap();
    small.set_send_hwm(1).unwrap();
    large.set_send_hwm(3).unwrap();
    small.connect("inproc://x").unwrap();
    large.connect("inproc://x").unwrap();
    pull.set_recv_hwm(2).unwrap();
    let too_large = EndpointError::HwmTooLarge { max: 4 };
    assert_eq!(pull.bind("inproc://x"), Err(too_large));
    assert_eq!(pull.unbind("inproc://x"), Err(EndpointError::NotConnected));
    assert_eq!(fill(|i| small.try_send(i)), 1, "no mark was raised");
    drop(large);
    pull.bind("inproc://x").unwrap();
    assert_eq!(fill(|i| small.try_send(i)), 2);
}

/// B70: a mark set after the connect is for the next link.
#[test]
fn a_mark_counts_for_links_made_after_it_was_set() {
    let context = Context::<u32, 2, 2, 6>::new();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    push.set_send_hwm(1).unwrap();
    pull.set_recv_hwm(1).unwrap();
    pull.bind("inproc://x").unwrap();
    push.connect("inproc://x").unwrap();
    push.set_send_hwm(3).unwrap();
    pull.set_recv_hwm(2).unwrap();
    assert_eq!(fill(|i| push.try_send(i)), 2);
    push.connect("inproc://x").unwrap();
    assert_eq!(fill(|i| push.try_send(i)), 5);
}

#[test]
fn a_socket_opened_in_a_used_slot_has_no_marks_of_the_last_one() {
    let context = Context::<u32, 2, 1, 4>::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    pull.set_recv_hwm(1).unwrap();
    for _ in 0..2 {
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        assert_eq!(fill(|i| push.try_send(i)), 4);
        push.set_send_hwm(1).unwrap();
        drop(push);
        (0..4).for_each(|i| assert_eq!(pull.try_recv(), Ok(i)));
        assert!(pull.try_recv().is_err());
    }
}

#[test]
fn a_reused_pipe_has_no_marks_and_no_messages_of_its_last_link() {
    let context = Context::<u32, 3, 1, 5>::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    for round in 0..20 {
        let mut push = context.push().unwrap();
        let mark = 1 + round % 3;
        if round % 2 == 0 {
            push.set_send_hwm(mark).unwrap();
            pull.set_recv_hwm(1).unwrap();
        }
        push.connect("inproc://x").unwrap();
        let room = if round % 2 == 0 { mark + 1 } else { 5 };
        assert_eq!(fill(|i| push.try_send(100 + i)), room);
        drop(push);
        for i in 0..room as u32 {
            assert_eq!(pull.try_recv(), Ok(100 + i));
        }
        assert!(pull.try_recv().is_err());
    }
}

#[test]
fn without_a_peer_a_socket_behaves_as_if_full() {
    let context = Context::<u32, 2, 2, 2>::new();
    let mut push = context.push().unwrap();
    let mut pair = context.pair().unwrap();
    pair.bind("inproc://x").unwrap();
    for _ in 0..3 {
        assert_eq!(fill(|i| push.try_send(i)), 0);
        assert_eq!(fill(|i| pair.try_send(i)), 0);
    }
}

#[test]
fn every_capacity_is_exact_from_one_up() {
    fn check<const N: usize>() {
        let context = Context::<u32, 2, 2, N>::new();
        let (mut a, mut b): (Pair<'_, _>, Pair<'_, _>) =
            (context.pair().unwrap(), context.pair().unwrap());
        a.bind("inproc://x").unwrap();
        b.connect("inproc://x").unwrap();
        for _ in 0..3 {
            assert_eq!(fill(|i| a.try_send(i)), N);
            assert_eq!(fill(|i| b.try_send(i)), N);
            for i in 0..N as u32 {
                assert_eq!((a.try_recv(), b.try_recv()), (Ok(i), Ok(i)));
            }
        }
    }
    check::<1>();
    check::<2>();
    check::<3>();
    check::<7>();
    check::<8>();
}
