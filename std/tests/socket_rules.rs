//! Rules of sockets that the core's own tests show for a static context, shown for the facade's: links, names, turns, and
//! when a socket is alone.

mod kit;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use gimmal::poll::{Poller, Readiness, Source};
use gimmal::socket::{EndpointError, RecvError, SendReason, WhenAlone};
use gimmal::{Context, Pull, Push};

use kit::{LONG, SHORT, bounded, rounds};

/// A context whose links hold four messages.
fn four() -> Context<i32> {
    Context::builder().hwm(2, 2).typed().build()
}

fn all(pull: &mut Pull<i32>) -> Vec<i32> {
    std::iter::from_fn(|| pull.try_recv().ok()).collect()
}

/// A bound Push with so many Pulls.
fn fan(context: &Context<i32>, peers: usize) -> (Push<i32>, Vec<Pull<i32>>) {
    let push = context.push().unwrap();
    push.bind("inproc://fan").unwrap();
    let pulls = (0..peers).map(|_| {
        let pull = context.pull().unwrap();
        pull.connect("inproc://fan").unwrap();
        pull
    });
    let pulls = pulls.collect();
    (push, pulls)
}

#[test]
fn each_link_is_first_in_first_out_over_threads() {
    const EACH: i32 = if cfg!(miri) { 50 } else { 5000 };
    bounded(|| {
        let context = four();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        pull.expect_peers(4);
        thread::scope(|scope| {
            for lane in 0..4 {
                let mut push = context.push().unwrap();
                push.connect("inproc://x").unwrap();
                scope.spawn(move || {
                    for number in 0..EACH {
                        push.send(lane * EACH + number).unwrap();
                    }
                });
            }
            let mut heard = [0; 4];
            while let Ok(message) = pull.recv() {
                let (lane, number) = (message / EACH, message % EACH);
                assert_eq!(heard[lane as usize], number, "of {lane}");
                heard[lane as usize] += 1;
            }
            assert_eq!(heard, [EACH; 4]);
        });
    });
}

#[test]
fn a_name_is_never_seen_by_another_context() {
    let (here, there) = (four(), four());
    let mut bound = here.pull().unwrap();
    bound.bind("inproc://x").unwrap();
    let mut other = there.push().unwrap();
    other.connect("inproc://x").unwrap();
    other.try_send(1).unwrap();
    assert_eq!(bound.recv_timeout(SHORT), Err(RecvError::TimedOut));
    // It is free there, and a connect there means the socket that binds it there.
    let mut pull = there.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    assert_eq!(pull.recv(), Ok(1));
}

/// Each end of a name, with a peer, something unread and a pending connect to it: the next socket has the name at once, and
/// nobody reaches the one before.
#[test]
fn a_name_is_free_the_moment_unbind_or_close_returns() {
    let context = four();
    for round in 0..rounds(300) {
        let pull = context.pull().unwrap();
        pull.bind("inproc://x").expect("free at once");
        let mut push = context.push().unwrap();
        push.connect("inproc://x").unwrap();
        push.try_send(1).unwrap();
        let mut left = None;
        match round % 4 {
            0 => {
                pull.unbind("inproc://x").unwrap();
                left = Some(pull);
            }
            1 => assert_eq!(pull.close().discarded, 1),
            2 => drop(pull),
            _ => thread::scope(|scope| {
                let _ = scope.spawn(|| drop(pull)).join();
            }),
        }
        let mut next = context.pull().unwrap();
        next.bind("inproc://x").expect("free at once");
        let mut other = context.push().unwrap();
        other.connect("inproc://x").unwrap();
        other.try_send(2).unwrap();
        assert_eq!(next.try_recv(), Ok(2));
        if let Some(mut pull) = left {
            assert_eq!(pull.try_recv(), Ok(1));
        }
    }
}

/// Whoever ends a Pair's link, and how: another peer is taken when the call returns, and the old one is not heard again.
#[test]
fn a_pair_takes_a_new_peer_when_the_close_or_disconnect_of_the_one_before_returns() {
    let context = four();
    let mut binder = context.pair().unwrap();
    binder.bind("inproc://x").unwrap();
    for round in 0..rounds(300) {
        let mut peer = context.pair().unwrap();
        peer.connect("inproc://x").expect("it is alone");
        peer.try_send(1).unwrap();
        assert_eq!(binder.try_recv(), Ok(1));
        let second = context.pair().unwrap();
        let refused = second.connect("inproc://x");
        assert_eq!(refused, Err(EndpointError::PeerTaken));
        let mut before = None;
        match round % 4 {
            0 => drop(peer),
            1 => assert_eq!(peer.close().unread, 0),
            2 => {
                peer.disconnect("inproc://x").unwrap();
                before = Some(peer);
            }
            _ => {
                // The binder goes, and another one comes.
                drop(binder);
                binder = context.pair().unwrap();
                binder.bind("inproc://x").expect("free at once");
                before = Some(peer);
            }
        }
        let mut next = second;
        next.connect("inproc://x").expect("it is alone");
        next.try_send(2).unwrap();
        binder.try_send(3).unwrap();
        assert_eq!((binder.try_recv(), next.try_recv()), (Ok(2), Ok(3)));
        if let Some(mut peer) = before {
            assert_eq!(peer.try_recv(), Err(RecvError::Disconnected));
            let refused = peer.connect("inproc://x");
            assert_eq!(refused, Err(EndpointError::PeerTaken));
            drop(next);
            peer.connect("inproc://x").expect("it is alone");
        }
    }
}

/// B67: bind, connect and close of one name from three threads: each message arrives once or is counted, and nothing of the
/// links is left.
#[test]
fn bind_beside_connect_beside_close_of_one_name_loses_nothing() {
    bounded(|| {
        let builder = Context::builder().sockets(3).pipes(8).names(3).hwm(2, 2);
        let context = builder.typed::<usize>().build();
        let heard = AtomicUsize::new(0);
        let (mut sent, mut discarded) = (0, 0);
        thread::scope(|scope| {
            let binder = scope.spawn(|| {
                let mut discarded = 0;
                for _ in 0..rounds(3000) {
                    let mut pull = context.pull().unwrap();
                    pull.bind("inproc://x").expect("free at once");
                    while pull.try_recv().is_ok() {
                        heard.fetch_add(1, SeqCst);
                    }
                    discarded += pull.close().discarded;
                }
                discarded
            });
            let connect = || {
                let mut sent = 0;
                for round in 0..rounds(3000) {
                    let mut push = context.push().unwrap();
                    if push.connect("inproc://x").is_ok() {
                        sent += usize::from(push.try_send(round).is_ok());
                    }
                }
                sent
            };
            let other = scope.spawn(connect);
            sent += connect();
            sent += other.join().unwrap();
            discarded += binder.join().unwrap();
        });
        // What closed connecters have left at the name.
        let mut last = context.pull().unwrap();
        last.bind("inproc://x").unwrap();
        let mut left = 0;
        while last.try_recv().is_ok() {
            left += 1;
        }
        assert_eq!(heard.load(SeqCst) + discarded + left, sent);
        // All pipes are there again.
        let links: Vec<_> = (0..8).map(|_| last.connect("inproc://later")).collect();
        assert_eq!(links, [Ok(()); 8]);
    });
}

#[test]
fn a_second_pending_connect_to_a_pairs_name_fails_at_once() {
    let context = four();
    let (mut first, second) = (context.pair().unwrap(), context.pair().unwrap());
    first.connect("inproc://x").unwrap();
    assert_eq!(second.connect("inproc://x"), Err(EndpointError::PeerTaken));
    let mut binder = context.pair().unwrap();
    binder.bind("inproc://x").unwrap();
    assert_eq!(second.connect("inproc://x"), Err(EndpointError::PeerTaken));
    first.send(1).unwrap();
    assert_eq!(binder.recv(), Ok(1));
}

#[test]
fn set_when_alone_overrides_the_rule_in_both_directions() {
    let context = four();
    // One that holds a name waits, unless it is to disconnect: then it does once it has had a peer.
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    pull.set_when_alone(WhenAlone::Disconnect);
    assert_eq!(pull.recv_timeout(SHORT), Err(RecvError::TimedOut));
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.send(1).unwrap();
    drop(push);
    assert_eq!(pull.recv(), Ok(1));
    assert_eq!(pull.recv_timeout(LONG), Err(RecvError::Disconnected));
    // One that has connected disconnects, unless it is to wait.
    let mut push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push.set_when_alone(WhenAlone::Wait);
    drop(pull);
    let refused = push.send_timeout(2, SHORT).unwrap_err();
    assert_eq!(refused.reason, SendReason::TimedOut);
    push.set_when_alone(WhenAlone::Disconnect);
    let refused = push.send_timeout(2, LONG).unwrap_err();
    assert_eq!(refused.reason, SendReason::Disconnected);
}

#[test]
fn expect_peers_ends_a_blocked_recv_when_so_many_have_come_and_all_have_gone() {
    bounded(|| {
        let context = four();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        pull.expect_peers(3);
        for _ in 0..2 {
            let mut push = context.push().unwrap();
            push.connect("inproc://x").unwrap();
            push.send(1).unwrap();
            drop(push);
            assert_eq!(pull.recv(), Ok(1));
            assert_eq!(pull.recv_timeout(SHORT), Err(RecvError::TimedOut));
        }
        // Two have come and have gone, and it goes on.
        let mut last = context.push().unwrap();
        last.connect("inproc://x").unwrap();
        let reads = thread::spawn(move || std::iter::from_fn(|| pull.recv().ok()).count());
        last.send(1).unwrap();
        drop(last);
        assert_eq!(reads.join().unwrap(), 1);
    });
}

#[test]
fn a_connect_is_used_up_when_its_link_ends() {
    let context = four();
    let mut push = context.push().unwrap();
    for round in 0..3 {
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        // The connect of the last round does not link it again.
        let alone = push.try_send(round).unwrap_err().reason;
        let never_had_a_peer = round == 0;
        match never_had_a_peer {
            true => assert_eq!(alone, SendReason::Full),
            false => assert_eq!(alone, SendReason::Disconnected),
        }
        push.connect("inproc://x").unwrap();
        push.send(round).unwrap();
        assert_eq!(pull.recv(), Ok(round));
        drop(pull);
        let gone = push.disconnect("inproc://x");
        assert_eq!(gone, Err(EndpointError::NotConnected));
    }
}

#[test]
fn unbind_removes_the_name_and_the_links_live_on() {
    let context = four();
    let (mut old, mut new) = (context.pull().unwrap(), context.pull().unwrap());
    let (mut to_old, mut to_new) = (context.push().unwrap(), context.push().unwrap());
    old.bind("inproc://x").unwrap();
    to_old.connect("inproc://x").unwrap();
    old.unbind("inproc://x").unwrap();
    new.bind("inproc://x").unwrap();
    to_new.connect("inproc://x").unwrap();
    to_old.send(1).unwrap();
    to_new.send(2).unwrap();
    assert_eq!((old.recv(), new.recv()), (Ok(1), Ok(2)));
}

#[test]
fn a_socket_binds_and_connects_many_times_and_to_many_names() {
    let context = Context::builder().hwm(1, 1).typed::<i32>().build();
    let mut push = context.push().unwrap();
    let (mut a, mut b) = (context.pull().unwrap(), context.pull().unwrap());
    push.bind("inproc://first").unwrap();
    push.bind("inproc://second").unwrap();
    a.bind("inproc://a").unwrap();
    b.bind("inproc://b").unwrap();
    a.connect("inproc://first").unwrap();
    b.connect("inproc://second").unwrap();
    push.connect("inproc://a").unwrap();
    push.connect("inproc://a").unwrap();
    push.connect("inproc://b").unwrap();
    // Five links with room for two each.
    (0..10).for_each(|number| push.try_send(number).unwrap());
    assert_eq!(push.try_send(10).unwrap_err().value, 10);
    assert_eq!((all(&mut a).len(), all(&mut b).len()), (6, 4));
}

#[test]
fn a_push_serves_every_peer_once_per_round_and_passes_a_full_one_over() {
    for peers in 1..=6 {
        let context = four();
        let (mut push, mut pulls) = fan(&context, peers);
        for round in 0..4 {
            (0..peers).for_each(|_| push.send(round).unwrap());
        }
        for pull in &mut pulls {
            assert_eq!(all(pull), [0, 1, 2, 3]);
        }
    }
    // One of three does not read: the others get what it has no room for, in turns, and it comes back with its turn.
    let context = four();
    let (mut push, mut pulls) = fan(&context, 3);
    let mut counts = [0; 3];
    for number in 0..24 {
        push.send(number).unwrap();
        counts[1] += all(&mut pulls[1]).len();
        counts[2] += all(&mut pulls[2]).len();
    }
    counts[0] = all(&mut pulls[0]).len();
    assert_eq!(counts, [4, 10, 10]);
    (0..3).for_each(|number| push.send(number).unwrap());
    for pull in &mut pulls {
        assert_eq!(all(pull).len(), 1);
    }
}

#[test]
fn a_pull_takes_one_message_of_each_peer_per_turn() {
    for peers in 1..=6_usize {
        let context = four();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        let mut pushes: Vec<_> = (0..peers).map(|_| context.push().unwrap()).collect();
        for (of, push) in (0..).zip(&mut pushes) {
            push.connect("inproc://x").unwrap();
            (0..4).for_each(|number| push.send(of * 10 + number).unwrap());
        }
        for round in 0..4 {
            let mut heard: Vec<i32> = (0..peers).map(|_| pull.recv().unwrap()).collect();
            assert!(heard.iter().all(|one| one % 10 == round), "{heard:?}");
            heard.sort_unstable();
            heard.dedup();
            assert_eq!(heard.len(), peers, "one of each");
        }
    }
}

#[test]
fn a_push_is_full_only_when_every_peer_is_and_drops_nothing() {
    let context = four();
    let (mut push, mut pulls) = fan(&context, 3);
    (0..12).for_each(|number| push.try_send(number).unwrap());
    for lucky in [2, 0, 1, 1, 2, 0] {
        let refused = push.send_timeout(99, SHORT).unwrap_err();
        assert_eq!((refused.reason, refused.value), (SendReason::TimedOut, 99));
        pulls[lucky].recv().unwrap();
        push.send(50).unwrap();
    }
    assert_eq!(pulls.iter_mut().flat_map(all).count(), 12);
}

fn look(source: Source<'_>) -> Readiness {
    Poller::new([source]).try_poll().of(0)
}

#[test]
fn writable_is_exactly_when_a_send_succeeds() {
    let context = four();
    let mut push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    assert!(!look(push.writable()).is_writable(), "there is no peer");
    let (mut first, mut second) = (context.pull().unwrap(), context.pull().unwrap());
    first.connect("inproc://x").unwrap();
    second.connect("inproc://x").unwrap();
    let mut refused = 0;
    for round in 0..60 {
        let writable = look(push.writable()).is_writable();
        let done = push.try_send(round).is_ok();
        assert_eq!(writable, done, "round {round}");
        refused += i32::from(!done);
        let pull = if round % 3 == 0 {
            &mut first
        } else {
            &mut second
        };
        if round % 2 == 0 {
            let readable = look(pull.readable()).is_readable();
            assert_eq!(readable, pull.try_recv().is_ok(), "round {round}");
        }
    }
    assert!((10..50).contains(&refused), "{refused}");
}

/// Names come and go in an order of their own: each is found while it is there, and none is left when all are gone.
#[test]
fn every_name_is_found_while_it_is_held_and_its_place_is_free_afterwards() {
    let context = Context::builder()
        .names(5)
        .sockets(12)
        .hwm(1, 1)
        .typed::<i32>()
        .build();
    let name = |number: usize| format!("inproc://{number}");
    for gone in 0..5 {
        let mut held: Vec<_> = (0..5).map(|_| Some(context.pull().unwrap())).collect();
        for (number, pull) in held.iter().flatten().enumerate() {
            pull.bind(&name(number)).unwrap();
        }
        let extra = context.pull().unwrap();
        assert_eq!(
            extra.bind("inproc://extra"),
            Err(EndpointError::TooManyNames)
        );
        drop(held[gone].take());
        // The place of one that has gone is another's, and the others are where they were.
        extra.bind("inproc://extra").unwrap();
        for (number, pull) in held.iter_mut().enumerate() {
            let mut push = context.push().unwrap();
            let connected = push.connect(&name(number));
            let Some(pull) = pull else {
                assert_eq!(connected, Err(EndpointError::TooManyNames));
                continue;
            };
            connected.unwrap();
            push.send(number as i32).unwrap();
            assert_eq!(pull.recv(), Ok(number as i32));
        }
    }
}
