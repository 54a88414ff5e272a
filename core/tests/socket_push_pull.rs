//! Push and Pull: whose turn it is, who is skipped and comes back, nothing lost and nothing mixed.

mod kit;

use std::collections::VecDeque;

use gimmal_core::Context;
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{Pull, Push};

type Eight = Context<u32, 8, 8, 4>;

fn all(pull: &mut Pull<'_, u32>) -> Vec<u32> {
    std::iter::from_fn(|| pull.try_recv().ok()).collect()
}

/// A Push with so many Pulls.
fn fan(context: &Eight, peers: usize) -> (Push<'_, u32>, Vec<Pull<'_, u32>>) {
    let push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    let pulls = (0..peers).map(|_| {
        let pull = context.pull().unwrap();
        pull.connect("inproc://x").unwrap();
        // Fetched one by one: the order of turns is the order of coming.
        pull
    });
    let pulls: Vec<_> = pulls.collect();
    (push, pulls)
}

#[test]
fn push_serves_every_peer_once_per_round() {
    for peers in 1..=6 {
        let context = Eight::new();
        let (mut push, mut pulls) = fan(&context, peers);
        for round in 0..4 {
            (0..peers as u32).for_each(|_| push.try_send(round).unwrap());
        }
        for pull in &mut pulls {
            assert_eq!(all(pull), [0, 1, 2, 3]);
        }
    }
}

#[test]
fn a_full_peer_is_skipped_and_comes_back_with_its_turn() {
    let context = Eight::new();
    let (mut push, mut pulls) = fan(&context, 3);
    // Everybody reads at once but one, which therefore fills up.
    let mut slow: VecDeque<u32> = VecDeque::new();
    for i in 0..30 {
        push.try_send(i).unwrap();
        let read: Vec<u32> = pulls[1..].iter_mut().flat_map(all).collect();
        assert!(read.len() <= 1);
        if read.is_empty() {
            slow.push_back(i);
        }
    }
    assert_eq!(slow.len(), 4, "as many as the link holds");
    // It reads one: it gets one within the next round, and only one.
    assert_eq!(pulls[0].try_recv().ok(), slow.pop_front());
    for i in 30..36 {
        push.try_send(i).unwrap();
        if pulls[1..].iter_mut().flat_map(all).count() == 0 {
            slow.push_back(i);
        }
        assert!(i < 32 || slow.len() == 4, "back within one round");
    }
    assert_eq!(slow, all(&mut pulls[0]));
}

#[test]
fn push_is_full_only_when_every_peer_is() {
    let context = Eight::new();
    let (mut push, mut pulls) = fan(&context, 3);
    (0..12).for_each(|i| push.try_send(i).unwrap());
    for lucky in [2, 0, 1, 1, 2, 0] {
        let error = push.try_send(99).unwrap_err();
        assert_eq!((error.reason, error.into_inner()), (SendReason::Full, 99));
        pulls[lucky].try_recv().unwrap();
        push.try_send(50).unwrap();
    }
    assert_eq!(pulls.iter_mut().flat_map(all).count(), 12);
}

#[test]
fn a_pending_connect_takes_its_turns_while_it_has_room() {
    let context = Eight::new();
    let mut push = context.push().unwrap();
    push.set_send_hwm(1).unwrap();
    let mut here = context.pull().unwrap();
    here.set_recv_hwm(3).unwrap();
    here.bind("inproc://here").unwrap();
    push.connect("inproc://here").unwrap();
    push.connect("inproc://later").unwrap();
    (0..4).for_each(|i| push.try_send(i).unwrap());
    let mine = all(&mut here);
    assert_eq!(mine.len(), 3, "the pending connect has room for one");
    let mut later = context.pull().unwrap();
    later.bind("inproc://later").unwrap();
    let mut read = [mine, all(&mut later)].concat();
    read.sort_unstable();
    assert_eq!(read, [0, 1, 2, 3]);
}

#[test]
fn pull_takes_one_message_of_each_peer_per_turn() {
    for peers in 1..=6_usize {
        let context = Eight::new();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        let mut pushes: Vec<_> = (0..peers).map(|_| context.push().unwrap()).collect();
        for (who, push) in (0..).zip(&mut pushes) {
            push.connect("inproc://x").unwrap();
            (0..4).for_each(|i| push.try_send(who * 10 + i).unwrap());
        }
        for round in 0..4 {
            let mut heard: Vec<u32> = (0..peers).map(|_| pull.try_recv().unwrap()).collect();
            assert!(heard.iter().all(|v| v % 10 == round), "first in, first out");
            heard.sort_unstable();
            heard.dedup();
            assert_eq!(heard.len(), peers, "one of each");
        }
    }
}

#[test]
fn a_busy_peer_delays_a_rare_one_by_one_message_at_most() {
    let context = Eight::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let (mut busy, mut rare) = (context.push().unwrap(), context.push().unwrap());
    busy.connect("inproc://x").unwrap();
    rare.connect("inproc://x").unwrap();
    for round in 0..20 {
        while busy.try_send(0).is_ok() {}
        // The turn may stand anywhere.
        (0..round % 3).for_each(|_| assert!(pull.try_recv().is_ok()));
        while busy.try_send(0).is_ok() {}
        rare.try_send(1).unwrap();
        let waited = (0..).find(|_| pull.try_recv() == Ok(1)).unwrap();
        assert!(waited <= 1, "{waited} others first");
    }
}

#[test]
fn each_link_is_first_in_first_out_whatever_the_others_do() {
    let context = Eight::new();
    let mut pushes: Vec<_> = (0..3).map(|_| context.push().unwrap()).collect();
    let mut pulls: Vec<_> = (0..3).map(|_| context.pull().unwrap()).collect();
    for (name, pull) in ["inproc://0", "inproc://1"].iter().zip(&mut pulls) {
        pull.bind(name).unwrap();
    }
    for push in &mut pushes {
        push.connect("inproc://0").unwrap();
        push.connect("inproc://1").unwrap();
    }
    let mut sent = [0; 3];
    let mut heard = vec![Vec::new(); 2];
    for step in 0..600_usize {
        let who = step * step % 3;
        let message = who as u32 * 1000 + sent[who];
        if pushes[who].try_send(message).is_ok() {
            sent[who] += 1;
        }
        let at = step / 2 % 2;
        heard[at].extend(pulls[at].try_recv());
    }
    for (pull, heard) in pulls.iter_mut().zip(&mut heard) {
        heard.extend(all(pull));
        for who in 0..3 {
            let of = heard.iter().filter(|v| **v / 1000 == who);
            assert!(of.is_sorted(), "of {who}: {heard:?}");
        }
    }
    let count: usize = heard.iter().map(Vec::len).sum();
    assert_eq!(count as u32, sent.iter().sum::<u32>());
}

#[test]
fn a_peer_that_closes_hands_its_turn_to_the_next() {
    for victim in 0..3 {
        let context = Eight::new();
        let (mut push, mut pulls) = fan(&context, 3);
        (0..victim).for_each(|_| push.try_send(0).unwrap());
        drop(pulls.remove(1));
        for pull in &mut pulls {
            all(pull);
        }
        for i in 1..=8 {
            push.try_send(i).unwrap();
        }
        let counts: Vec<usize> = pulls.iter_mut().map(|p| all(p).len()).collect();
        assert_eq!(counts, [4, 4], "after {victim}");
    }
}

#[test]
fn a_peer_that_closes_after_it_sent_is_read_to_the_end_in_its_turn() {
    let context = Eight::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let (mut a, mut b) = (context.push().unwrap(), context.push().unwrap());
    a.connect("inproc://x").unwrap();
    b.connect("inproc://x").unwrap();
    (0..4).for_each(|i| a.try_send(i).unwrap());
    (10..14).for_each(|i| b.try_send(i).unwrap());
    assert_eq!(a.close().unread, 4);
    let read = all(&mut pull);
    assert!(
        read.chunks(2).all(|two| two[0] / 10 != two[1] / 10),
        "{read:?}"
    );
    assert_eq!(read.len(), 8);
    assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    b.try_send(20).unwrap();
    assert_eq!(pull.try_recv(), Ok(20));
}

#[test]
fn many_peers_come_and_go_and_each_message_arrives_once() {
    let context = Eight::new();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    let mut pushes: VecDeque<Push<'_, u32>> = VecDeque::new();
    let (mut next, mut heard) = (0, Vec::new());
    for step in 0..500_u32 {
        match step * 7 % 5 {
            0 if pushes.len() < 6 => {
                if let Ok(push) = context.push()
                    && push.connect("inproc://x").is_ok()
                {
                    pushes.push_back(push);
                }
            }
            1 if pushes.len() > 2 => drop(pushes.pop_front()),
            2 => heard.extend(pull.try_recv()),
            _ => {
                if let Some(push) = pushes.back_mut()
                    && push.try_send(next).is_ok()
                {
                    next += 1;
                }
            }
        }
    }
    drop(pushes);
    heard.extend(all(&mut pull));
    heard.sort_unstable();
    assert_eq!(heard, (0..next).collect::<Vec<_>>());
}
