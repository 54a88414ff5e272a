//! The queue of slot numbers: hand-over, exact Full and Empty, and going on without a peer that was stopped.
//!
//! An outcome is what the operations of each thread answered, in order, one thread after the other: *stored*, *full*,
//! *empty*, or an item. Each execution is compared with a plain queue: see `mod.rs`.
//!
//! | model | what it shows |
//! |---|---|
//! | `e1_push_publishes_to_pop` | a pop sees the value whole |
//! | `e2_*`, `e3_*` | an old cell is not taken for one of another lap |
//! | `a_moved_tail_*` | what a third party sees beside an operation that moved the tail for another. (The fence of a push that finds the ring full acquires more under loom than it must, so this kills nothing.) |
//! | `e4_*` | two bystanders of a push and a pop do not contradict each other |
//! | `e5_*`, `what_was_sent_before_closing_*` | a thread that learns that the ring is closed sees what was done before |
//! | `pushes_beside_pops_*`, `both_beside_both_*` | 2 x 2 operations, N = 1 and 2 |
//! | `three_parties_*` | 3 threads |
//! | `*_stopped_*` | a peer stopped for ever, before the word is moved or while it holds a slot |

use gimmal_core_loom::channel::exact::Channel;
use gimmal_core_loom::error::{TryRecvError, TrySendError};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Payload, all_three, both};

use super::{
    Answer, History, Op, Pop, Push, rest, rest_after_stop, ring_of, run, stopped_before, words,
};

models! {
    e1_push_publishes_to_pop {
        kills: ["ring/exact/protocol.rs#E1"],
        outcomes: ["stored | 1", "stored | empty"],
        bound: EXHAUSTIVE,
    }
    e2_full_is_exact {
        kills: ["ring/exact/protocol.rs#E2"],
        outcomes: ["stored, 1, stored | stored", "stored, 3, stored | stored"],
        bound: 3,
    }
    e2_a_push_finds_its_cell {
        kills: ["ring/exact/protocol.rs#E2"],
        outcomes: [
            "full | stored, 1, stored, 2", "stored | full, 3, stored, 2", "stored | stored, 1, full, 3",
            "stored | stored, 1, stored, 2",
        ],
        bound: 2,
    }
    e2_a_look_moves_no_tail_that_waits {
        kills: ["ring/exact/protocol.rs#E2"],
        outcomes: ["open"],
        bound: 2,
    }
    a_look_moves_no_head_that_waits {
        outcomes: ["empty", "not empty"],
        bound: 2,
    }
    e3_len_is_of_one_moment {
        kills: ["ring/exact/protocol.rs#E3"],
        outcomes: ["1", "2"],
        bound: 2,
    }
    e3_empty_is_exact {
        kills: ["ring/exact/protocol.rs#E3", "ring/exact/protocol.rs#E6"],
        outcomes: ["1, stored, 2 | 3", "1, stored, 3 | 2", "2, stored, 3 | 1"],
        bound: 3,
    }
    e4_bystanders_agree {
        kills: ["ring/exact/protocol.rs#E4"],
        outcomes: ["empty", "full", "neither"],
        bound: 1,
    }
    a_moved_tail_passes_on_what_the_push_had_seen {
        outcomes: ["stored, 1, stored | stored", "stored, 3, stored | stored"],
        bound: 1,
    }
    e6_a_moved_head_passes_on_what_the_pop_had_seen {
        kills: ["ring/exact/protocol.rs#E6"],
        outcomes: ["1, stored, 2 | 3", "1, stored, 3 | 2", "2, stored, 3 | 1"],
        bound: 1,
    }
    e5_closing_publishes_to_closed {
        kills: ["ring/exact/protocol.rs#E5"],
        outcomes: ["empty", "closed"],
        bound: 3,
    }
    e5_closing_publishes_to_is_closed {
        kills: ["ring/exact/protocol.rs#E5"],
        outcomes: ["open", "closed"],
        bound: 3,
    }
    e5_closing_publishes_to_who_looks {
        kills: ["ring/exact/protocol.rs#E5"],
        outcomes: ["open", "closed"],
        bound: 3,
    }
    what_was_sent_before_closing_is_received {
        outcomes: ["closed", "full", "sent"],
        bound: 2,
    }
    pushes_beside_pops_one_slot {
        outcomes: [
            "stored, full | 1, empty", "stored, full | empty, 1", "stored, full | empty, empty",
            "stored, stored | 1, 2", "stored, stored | 1, empty", "stored, stored | empty, 1",
        ],
        bound: 3,
    }
    pushes_beside_pops_two_slots {
        outcomes: [
            "stored, stored | 1, 2", "stored, stored | 1, empty", "stored, stored | empty, 1",
            "stored, stored | empty, empty",
        ],
        bound: 3,
    }
    both_beside_both_one_slot {
        outcomes: [
            "full, 2 | stored, empty", "full, empty | stored, 2", "stored, 1 | full, empty",
            "stored, 1 | stored, 2", "stored, empty | full, 1",
        ],
        bound: 2,
    }
    both_beside_both_two_slots {
        outcomes: ["1, stored | 2, stored", "2, stored | 1, stored"],
        bound: 2,
    }
    three_parties_one_slot {
        outcomes: [
            "full | stored | 2", "full | stored | empty", "stored | full | 1",
            "stored | full | empty", "stored | stored | 1", "stored | stored | 2",
        ],
    }
    three_parties_two_slots {
        outcomes: ["stored | 1 | 2", "stored | 1 | empty", "stored | 2 | 1", "stored | empty | 1"],
    }
    a_push_stopped_before_it_moves_the_tail {
        kills: ["step:exact-help-tail"],
        outcomes: ["stopped | stored, 1, stored", "stopped | stored, 2, stored"],
        bound: 3,
    }
    a_pop_stopped_before_it_moves_the_head {
        kills: ["step:exact-help-head"],
        outcomes: ["stopped | 1, stored, 2", "stopped | 1, stored, 3", "stopped | 2, stored, 3"],
        bound: 3,
    }
    a_push_stopped_with_its_slot {
        outcomes: ["ended | stored, full, 2", "stopped | stored, full, 2"],
        bound: 3,
    }
    a_pop_stopped_with_its_slot {
        outcomes: [
            "ended | full, full, 1", "stopped | full, full, 1", "stopped | full, full, empty",
            "stopped | full, stored, 3", "stopped | stored, full, 2",
        ],
        bound: 3,
    }
}

/// Fills a ring of `N` with `items`, makes the operations of two threads, and compares.
fn beside<const N: usize>(seen: Seen, items: &[u32], there: &[Op], here: &[Op]) {
    let ring = ring_of::<N, 1>(items);
    let (a, b) = both(|| run(&ring, there), || run(&ring, here));
    History {
        capacity: N,
        threads: &[(there, &a), (here, &b)],
        rest: &rest(&ring),
    }
    .check(items);
    seen.outcome(format!("{} | {}", words(&a), words(&b)));
}

/// The same with three.
fn three<const N: usize>(seen: Seen, items: &[u32], ops: [&[Op]; 3]) {
    let ring = ring_of::<N, 2>(items);
    let (a, b, c) = all_three(
        || run(&ring, ops[0]),
        || run(&ring, ops[1]),
        || run(&ring, ops[2]),
    );
    History {
        capacity: N,
        threads: &[(ops[0], &a), (ops[1], &b), (ops[2], &c)],
        rest: &rest(&ring),
    }
    .check(items);
    seen.outcome(format!("{} | {} | {}", words(&a), words(&b), words(&c)));
}

/// Fills a ring of `N` with `items`; one thread stops for ever in its operation, the other does all of its own.
fn beside_stopped<const N: usize>(
    seen: Seen,
    items: &[u32],
    stopped: Op,
    accesses: usize,
    here: &[Op],
) {
    let ring = ring_of::<N, 1>(items);
    let (stops, answers) = both(
        || stopped_before(accesses, || drop(run(&ring, &[stopped]))),
        || run(&ring, here),
    );
    let rest = rest_after_stop(&ring);
    let explained = |stopped: &[Op], answer: &[Answer]| {
        let threads = &[(stopped, answer), (here, &answers[..])];
        let history = History {
            capacity: N,
            threads,
            rest: &rest,
        };
        history.holds(items)
    };
    // Nobody has its answer: it has happened with any, or not at all.
    let any = [Answer::Stored, Answer::Full, Answer::Empty].into_iter();
    let happened = any
        .chain((0..10).map(Answer::Item))
        .any(|answer| explained(&[stopped], &[answer]));
    let not = stops && explained(&[], &[]);
    assert!(
        happened || not,
        "no order explains {answers:?} and then {rest:?}"
    );
    let stops = if stops { "stopped" } else { "ended" };
    seen.outcome(format!("{stops} | {}", words(&answers)));
}

fn e1_push_publishes_to_pop(seen: Seen) {
    beside::<1>(seen, &[], &[Push(1)], &[Pop]);
}

fn e2_full_is_exact(seen: Seen) {
    beside::<2>(seen, &[], &[Push(1), Pop, Push(2)], &[Push(3)]);
}

/// The cell has been used twice meanwhile: an old one of it would be two laps behind.
fn e2_a_push_finds_its_cell(seen: Seen) {
    beside::<1>(seen, &[], &[Push(3)], &[Push(1), Pop, Push(2), Pop]);
}

fn e2_a_look_moves_no_tail_that_waits(seen: Seen) {
    let channel = Channel::<u32, 1, 1>::new();
    let (closed, ()) = both(
        || channel.is_closed(),
        || {
            for _ in 0..2 {
                assert_eq!((channel.try_send(1), channel.try_recv()), (Ok(()), Ok(1)));
            }
        },
    );
    assert_eq!((channel.try_send(2), channel.len()), (Ok(()), 1));
    seen.outcome(if closed { "closed" } else { "open" });
}

fn a_look_moves_no_head_that_waits(seen: Seen) {
    let ring = ring_of::<1, 1>(&[]);
    let ops = [Push(1), Pop, Push(2)];
    let (empty, _) = both(|| ring.is_empty(), || run(&ring, &ops));
    assert_eq!(ring.len(), 1);
    assert_eq!(rest(&ring), [2]);
    seen.outcome(if empty { "empty" } else { "not empty" });
}

/// A new head with an old tail would count none.
fn e3_len_is_of_one_moment(seen: Seen) {
    let ring = ring_of::<2, 1>(&[1]);
    let (len, _) = both(|| ring.len(), || run(&ring, &[Push(2), Pop]));
    seen.outcome(len);
}

fn e3_empty_is_exact(seen: Seen) {
    beside::<2>(seen, &[1, 2], &[Pop, Push(3), Pop], &[Pop]);
}

/// The ring holds one of two. One pops it, one pushes another: a look that finds the ring empty says that the pop was first, one that
/// finds it full that the push was.
fn e4_bystanders_agree(seen: Seen) {
    let ring = ring_of::<2, 3>(&[1]);
    let (full, (empty, _, _)) = both(
        || ring.is_full(),
        || {
            all_three(
                || ring.is_empty(),
                || assert_eq!(run(&ring, &[Push(2)]), [Answer::Stored]),
                || assert_eq!(run(&ring, &[Pop]), [Answer::Item(1)]),
            )
        },
    );
    assert!(!(full && empty), "two that contradict each other");
    seen.outcome(match (full, empty) {
        (true, _) => "full",
        (_, true) => "empty",
        _ => "neither",
    });
}

/// A third party that finds the cell of the second push written moves the tail, and has then seen the pop too.
fn a_moved_tail_passes_on_what_the_push_had_seen(seen: Seen) {
    let ops: [&[Op]; 2] = [&[Push(1), Pop, Push(2)], &[Push(3)]];
    let ring = ring_of::<2, 2>(&[]);
    let (_, b, a) = all_three(
        || ring.is_full(),
        || run(&ring, ops[1]),
        || run(&ring, ops[0]),
    );
    History {
        capacity: 2,
        threads: &[(ops[0], &a), (ops[1], &b)],
        rest: &rest(&ring),
    }
    .check(&[]);
    seen.outcome(format!("{} | {}", words(&a), words(&b)));
}

/// The same for a third party that moves the head: it has then seen the push before that pop.
fn e6_a_moved_head_passes_on_what_the_pop_had_seen(seen: Seen) {
    let ops: [&[Op]; 2] = [&[Pop, Push(3), Pop], &[Pop]];
    let ring = ring_of::<2, 2>(&[1, 2]);
    let (_, b, a) = all_three(
        || ring.is_empty(),
        || run(&ring, ops[1]),
        || run(&ring, ops[0]),
    );
    History {
        capacity: 2,
        threads: &[(ops[0], &a), (ops[1], &b)],
        rest: &rest(&ring),
    }
    .check(&[1, 2]);
    seen.outcome(format!("{} | {}", words(&a), words(&b)));
}

/// Closes a channel, and looks whether a thread that has learned of it sees what was done before.
fn closing(seen: Seen, look: impl FnOnce(&Channel<u32, 1, 1>) -> bool, not: &str) {
    let (channel, payload) = (Channel::<u32, 1, 1>::new(), Payload::new());
    let ((), closed) = both(
        || {
            payload.write(7);
            channel.close();
        },
        || {
            let closed = look(&channel);
            if closed {
                assert_eq!(payload.read(), 7);
            }
            closed
        },
    );
    seen.outcome(if closed { "closed" } else { not });
}

fn e5_closing_publishes_to_closed(seen: Seen) {
    let closed = |channel: &Channel<u32, 1, 1>| match channel.try_recv() {
        Err(TryRecvError::Closed) => true,
        other => {
            assert_eq!(other, Err(TryRecvError::Empty));
            false
        }
    };
    closing(seen, closed, "empty");
}

fn e5_closing_publishes_to_is_closed(seen: Seen) {
    closing(seen, |channel| channel.is_closed(), "open");
}

/// `is_empty` of a closed ring is an answer too, but tells nothing of closing: the poller's look does.
fn e5_closing_publishes_to_who_looks(seen: Seen) {
    use gimmal_core_loom::poll::{Readable, Readiness};
    use gimmal_core_loom::wait::Phase;
    closing(
        seen,
        |channel| channel.can_read(Phase::First) == Readiness::ENDED,
        "open",
    );
}

/// Closing beside a send, in a channel that is full or not: what was sent is received, and then it is closed.
fn what_was_sent_before_closing_is_received(seen: Seen) {
    let channel = Channel::<u32, 1, 2>::new();
    channel.try_send(1).expect("room");
    let (sent, _, received) = all_three(
        || channel.try_send(2),
        || assert!(channel.close()),
        || channel.try_recv(),
    );
    assert_eq!(received, Ok(1));
    let sent = match sent {
        Ok(()) => {
            assert_eq!(channel.try_recv(), Ok(2));
            "sent"
        }
        Err(TrySendError::Closed(2)) => "closed",
        Err(TrySendError::Full(2)) => "full",
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(channel.try_send(3), Err(TrySendError::Closed(3)));
    assert!(channel.is_closed() && !channel.close());
    seen.outcome(sent);
}

fn pushes_beside_pops_one_slot(seen: Seen) {
    beside::<1>(seen, &[], &[Push(1), Push(2)], &[Pop, Pop]);
}

fn pushes_beside_pops_two_slots(seen: Seen) {
    beside::<2>(seen, &[], &[Push(1), Push(2)], &[Pop, Pop]);
}

fn both_beside_both_one_slot(seen: Seen) {
    beside::<1>(seen, &[], &[Push(1), Pop], &[Push(2), Pop]);
}

fn both_beside_both_two_slots(seen: Seen) {
    beside::<2>(seen, &[1, 2], &[Pop, Push(3)], &[Pop, Push(4)]);
}

fn three_parties_one_slot(seen: Seen) {
    three::<1>(seen, &[], [&[Push(1)], &[Push(2)], &[Pop]]);
}

fn three_parties_two_slots(seen: Seen) {
    three::<2>(seen, &[1], [&[Push(2)], &[Pop], &[Pop]]);
}

fn a_push_stopped_before_it_moves_the_tail(seen: Seen) {
    beside_stopped::<2>(seen, &[], Push(1), 6, &[Push(2), Pop, Push(3)]);
}

fn a_pop_stopped_before_it_moves_the_head(seen: Seen) {
    beside_stopped::<2>(seen, &[1, 2], Pop, 3, &[Pop, Push(3), Pop]);
}

fn a_push_stopped_with_its_slot(seen: Seen) {
    beside_stopped::<1>(seen, &[], Push(1), 5, &[Push(2), Push(3), Pop]);
}

fn a_pop_stopped_with_its_slot(seen: Seen) {
    beside_stopped::<1>(seen, &[1], Pop, 4, &[Push(2), Push(3), Pop]);
}
