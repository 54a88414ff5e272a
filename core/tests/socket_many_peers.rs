//! Sockets with more peers than they look at for each message: those that have nothing are set aside and come back. Each message is
//! given once and in order, the answers are those of a socket that looks at all of them, and nobody waits longer than a turn.

mod kit;

use std::collections::VecDeque;

use gimmal_core::Context;
use gimmal_core::error::socket::{RecvError, SendReason};
use gimmal_core::socket::{Pull, Push, WhenAlone};
use kit::{rounds, wait};

const PEERS: usize = if cfg!(miri) { 12 } else { 40 };
const HOLDS: usize = 2;
/// After so many looks in vain all links are set aside but those that a socket keeps.
const LOOKS: usize = if cfg!(miri) { 5 } else { 20 };
/// One more socket than the peers: the one that talks to all of them.
type Many = Context<u32, { PEERS + 1 }, PEERS, HOLDS>;

/// The choices of a random life: the same ones each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // A linear congruential generator with Knuth's constants; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn pull_of(context: &Many) -> (Pull<'_, u32>, Vec<Push<'_, u32>>) {
    let pull = context.pull().unwrap();
    pull.bind("inproc://x").unwrap();
    (pull, (0..PEERS).map(|_| connected_push(context)).collect())
}

fn connected_push(context: &Many) -> Push<'_, u32> {
    let push = context.push().unwrap();
    push.connect("inproc://x").unwrap();
    push
}

fn push_of(context: &Many) -> (Push<'_, u32>, Vec<Pull<'_, u32>>) {
    let push = context.push().unwrap();
    push.bind("inproc://x").unwrap();
    (push, (0..PEERS).map(|_| connected_pull(context)).collect())
}

fn connected_pull(context: &Many) -> Pull<'_, u32> {
    let pull = context.pull().unwrap();
    pull.connect("inproc://x").unwrap();
    pull
}

/// Looks in vain until all but a few are aside.
fn set_all_aside(pull: &mut Pull<'_, u32>) {
    for _ in 0..LOOKS {
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
    }
}

/// The number of ways of links that the context shows.
fn links(context: &Many) -> usize {
    let mut links = 0;
    context.each_link(|_| links += 1);
    links
}

/// The same for room.
fn set_all_full_aside(push: &mut Push<'_, u32>) {
    for _ in 0..LOOKS {
        assert_eq!(
            push.try_send(0).map_err(|why| why.reason),
            Err(SendReason::Full)
        );
    }
}

fn fill(push: &mut Push<'_, u32>) {
    (0..(PEERS * HOLDS) as u32).for_each(|n| push.try_send(n).unwrap());
}

#[test]
fn a_random_life_of_a_pull_gives_each_message_once_and_in_order() {
    let context = Many::new();
    let (mut pull, pushes) = pull_of(&context);
    let mut pushes: Vec<_> = pushes.into_iter().map(Some).collect();
    let mut sent: Vec<VecDeque<u32>> = vec![VecDeque::new(); PEERS];
    let (mut dice, mut number) = (Dice(1), 0);
    for step in 0..rounds(200_000) {
        // Long quiet spells, in which few or none send, and busy ones.
        let active = [1, 3, PEERS][step / 500 % 3];
        let peer = dice.below(active) * (PEERS / active);
        match dice.below(20) {
            0..8 => match pushes[peer]
                .as_mut()
                .unwrap()
                .try_send(peer as u32 * 1_000_000 + number)
            {
                Ok(()) => {
                    sent[peer].push_back(number);
                    number += 1;
                }
                Err(why) => {
                    assert_eq!((why.reason, sent[peer].len()), (SendReason::Full, HOLDS));
                }
            },
            8..19 => match pull.try_recv() {
                Ok(value) => {
                    let from = (value / 1_000_000) as usize;
                    assert_eq!(sent[from].pop_front(), Some(value % 1_000_000));
                }
                Err(why) => {
                    assert_eq!(why, RecvError::Empty);
                    assert!(
                        sent.iter().all(VecDeque::is_empty),
                        "a message was overlooked"
                    );
                }
            },
            _ if sent[peer].is_empty() => {
                // It goes, and another one comes.
                pushes[peer] = None;
                pushes[peer] = Some(connected_push(&context));
            }
            _ => {}
        }
        number %= 1_000_000;
    }
    let left: usize = sent.iter().map(VecDeque::len).sum();
    assert_eq!(std::iter::from_fn(|| pull.try_recv().ok()).count(), left);
}

#[test]
fn a_random_life_of_a_push_is_refused_only_if_all_are_full() {
    let context = Many::new();
    let (mut push, pulls) = push_of(&context);
    let mut pulls: Vec<_> = pulls.into_iter().map(Some).collect();
    let (mut unread, mut last_read) = (0, vec![0; PEERS]);
    let mut dice = Dice(2);
    for step in 0..rounds(200_000) {
        let active = [1, 3, PEERS][step / 500 % 3];
        let peer = dice.below(active) * (PEERS / active);
        match dice.below(20) {
            0..11 => match push.try_send(step as u32 + 1) {
                Ok(()) => unread += 1,
                Err(why) => {
                    assert_eq!((why.reason, unread), (SendReason::Full, PEERS * HOLDS));
                }
            },
            11..19 => {
                if let Ok(value) = pulls[peer].as_mut().unwrap().try_recv() {
                    assert!(value > last_read[peer], "out of order");
                    (last_read[peer], unread) = (value, unread - 1);
                }
            }
            _ => {
                // It goes, and another one comes.
                let report = pulls[peer].take().map(Pull::close);
                unread -= report.unwrap().discarded;
                (pulls[peer], last_read[peer]) = (Some(connected_pull(&context)), 0);
            }
        }
        assert!(unread <= PEERS * HOLDS);
    }
    let pulls = pulls.iter_mut().flatten();
    let left = pulls.map(|pull| std::iter::from_fn(|| pull.try_recv().ok()).count());
    assert_eq!(left.sum::<usize>(), unread);
}

#[test]
fn who_comes_back_waits_one_turn_of_the_others_at_most() {
    let context = Many::new();
    let (mut pull, mut pushes) = pull_of(&context);
    set_all_aside(&mut pull);
    // All of them send at once: two turns, with one message of each.
    for push in &mut pushes {
        push.try_send(0).unwrap();
        push.try_send(1).unwrap();
    }
    for turn in 0..2 {
        for _ in 0..PEERS {
            assert_eq!(pull.try_recv(), Ok(turn));
        }
    }
    set_all_aside(&mut pull);
    // Three never pause; the others send one message each, now and then.
    let (mut busy, mut seldom) = (vec![0_u32; 3], Vec::new());
    for round in 0..rounds(400) {
        for push in &mut pushes[..3] {
            while push.try_send(0).is_ok() {}
        }
        pushes[3 + round % (PEERS - 3)].try_send(1).unwrap();
        let turn: Vec<_> = (0..4).map(|_| pull.try_recv().unwrap()).collect();
        seldom.push(turn.iter().filter(|value| **value == 1).count());
        busy[0] += 1;
    }
    assert!(
        seldom.iter().all(|one| *one == 1),
        "each was read within four messages: {seldom:?}"
    );
}

#[test]
fn room_at_a_link_that_is_aside_is_used_at_once() {
    let context = Many::new();
    let (mut push, mut pulls) = push_of(&context);
    fill(&mut push);
    set_all_full_aside(&mut push);
    for pull in pulls.iter_mut().rev() {
        assert!(pull.try_recv().is_ok());
        push.try_send(1000).unwrap();
        assert_eq!(
            push.try_send(1001).map_err(|why| why.reason),
            Err(SendReason::Full)
        );
        assert!(pull.try_recv().is_ok());
        assert_eq!(pull.try_recv(), Ok(1000));
        (0..HOLDS).for_each(|_| push.try_send(0).unwrap());
    }
}

#[test]
fn peers_that_are_aside_count_as_peers() {
    let context = Many::new();
    let (mut pull, mut pushes) = pull_of(&context);
    pull.set_when_alone(WhenAlone::Disconnect);
    set_all_aside(&mut pull);
    assert_eq!(links(&context), PEERS);
    // All go but one, which was set aside: the socket is not alone.
    for stays in [PEERS - 1, 5] {
        set_all_aside(&mut pull);
        let stays = pushes.swap_remove(stays.min(pushes.len() - 1));
        pushes.clear();
        assert_eq!(pull.try_recv(), Err(RecvError::Empty));
        assert_eq!(links(&context), 1);
        pushes = (1..PEERS).map(|_| connected_push(&context)).collect();
        pushes.push(stays);
    }
    set_all_aside(&mut pull);
    pushes.clear();
    assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
}

#[test]
fn a_socket_that_closes_ends_the_links_that_are_aside() {
    let context = Many::new();
    let (mut pull, mut pushes) = pull_of(&context);
    set_all_aside(&mut pull);
    pull.close();
    for push in &mut pushes {
        let why = push.try_send(1).unwrap_err().reason;
        assert_eq!(why, SendReason::Disconnected);
    }
    drop(pushes);
    let (mut push, pulls) = push_of(&context);
    fill(&mut push);
    set_all_full_aside(&mut push);
    assert_eq!(push.close().unread, PEERS * HOLDS);
    let read = pulls.into_iter().map(|mut pull| {
        assert!(pull.try_recv().is_ok());
        pull.close().discarded
    });
    assert_eq!(read.sum::<usize>(), PEERS * (HOLDS - 1));
    // Every pipe can be taken again.
    drop(pull_of(&context));
}

#[test]
fn a_link_that_is_aside_is_disconnected_by_its_name() {
    let context = Many::new();
    let mut pull = context.pull().unwrap();
    let mut pushes: Vec<_> = (0..PEERS)
        .map(|n| {
            let push = context.push().unwrap();
            push.bind(&format!("inproc://{n}")).unwrap();
            pull.connect(&format!("inproc://{n}")).unwrap();
            push
        })
        .collect();
    set_all_aside(&mut pull);
    for (n, push) in pushes.iter_mut().enumerate() {
        pull.disconnect(&format!("inproc://{n}")).unwrap();
        assert_eq!(
            push.try_send(1).unwrap_err().reason,
            SendReason::Full,
            "it waits for another one"
        );
        if n % 7 == 0 {
            set_all_aside(&mut pull);
        }
    }
    assert_eq!(links(&context), 0);
}

#[test]
fn a_context_that_was_moved_finds_what_a_forgotten_socket_has_set_aside() {
    let context = Many::new();
    let (mut pull, pushes) = pull_of(&context);
    set_all_aside(&mut pull);
    std::mem::forget((pull, pushes));
    let context = Box::new(context);
    let mut links = 0;
    context.each_link(|link| {
        assert_eq!(link.name(), "x");
        links += 1;
    });
    assert_eq!(links, PEERS);
}

#[test]
fn a_rep_with_many_reqs_answers_whoever_asks() {
    type Two = Context<u32, { PEERS + 1 }, { 2 * PEERS }, HOLDS>;
    let context = Two::new();
    let mut rep = context.rep().unwrap();
    rep.bind("inproc://x").unwrap();
    let mut reqs: Vec<_> = (0..PEERS)
        .map(|_| {
            let req = context.req().unwrap();
            req.connect("inproc://x").unwrap();
            req
        })
        .collect();
    let mut dice = Dice(3);
    for round in 0..rounds(5_000) as u32 {
        let req = &mut reqs[dice.below(PEERS)];
        assert_eq!(rep.try_recv(), Err(RecvError::Empty));
        req.try_send(round).unwrap();
        assert_eq!(rep.try_recv(), Ok(round));
        rep.try_send(round + 1).unwrap();
        assert_eq!(req.try_recv(), Ok(round + 1));
    }
}

/// Four threads with ten sockets each.
const THREADS: usize = 4;

#[test]
fn threads_that_send_now_and_then_lose_nothing() {
    let context = Many::new();
    let (mut pull, pushes) = pull_of(&context);
    pull.expect_peers(PEERS);
    let each = rounds(20_000);
    let mut pushes = pushes.into_iter();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let mut mine: Vec<_> = pushes.by_ref().take(PEERS / THREADS).collect();
            scope.spawn(move || {
                let mut dice = Dice(thread as u64);
                for n in 0..each {
                    let which = dice.below(mine.len());
                    wait(mine[which].send(n as u32)).unwrap();
                    if n % (each / 4) == each / 8 && mine.len() > 1 {
                        mine.pop();
                    }
                    if n % 64 == 0 {
                        std::thread::yield_now();
                    }
                }
            });
        }
        let (mut sum, mut count) = (0, 0);
        let why = loop {
            match wait(pull.recv()) {
                Ok(value) => (sum, count) = (sum + value as usize, count + 1),
                Err(why) => break why,
            }
        };
        assert_eq!(why, RecvError::Disconnected);
        assert_eq!(
            (count, sum),
            (THREADS * each, THREADS * (each * (each - 1) / 2))
        );
    });
}

#[test]
fn threads_that_read_now_and_then_get_everything() {
    let context = Many::new();
    let (mut push, pulls) = push_of(&context);
    let total = THREADS * rounds(20_000);
    let mut pulls = pulls.into_iter();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let mut mine: Vec<_> = pulls.by_ref().take(PEERS / THREADS).collect();
                scope.spawn(move || {
                    let (mut dice, mut sum, mut count) = (Dice(thread as u64), 0, 0);
                    while !mine.is_empty() {
                        let which = dice.below(mine.len());
                        match mine[which].try_recv() {
                            Ok(value) => (sum, count) = (sum + value as usize, count + 1),
                            Err(RecvError::Empty) => std::thread::yield_now(),
                            Err(_) => drop(mine.swap_remove(which)),
                        }
                    }
                    (sum, count)
                })
            })
            .collect();
        for n in 0..total {
            wait(push.send(n as u32)).unwrap();
        }
        drop(push);
        let read = readers.into_iter().map(|reader| reader.join().unwrap());
        let (sum, count) = read.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert_eq!((count, sum), (total, total * (total - 1) / 2));
    });
}
