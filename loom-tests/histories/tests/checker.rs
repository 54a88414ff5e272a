//! The checker itself: histories whose verdict is known, and queues that are wrong.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use gimmal_histories::{
    Busy, Checked, Clock, Dice, Done, Items, LinkSpec, Log, Order, Permits, Permitted, Put,
    Specification, Take, Transfer, Use, bounded, check, putter, taker, together,
};

fn done<O>(op: O, called: u64, returned: u64) -> Done<O> {
    Done {
        op,
        called,
        returned,
    }
}

#[track_caller]
fn good<S: Specification>(specification: &S, threads: &[Vec<Done<S::Op>>]) -> Checked {
    check(specification, threads).unwrap_or_else(|why| panic!("{why}"))
}

/// The operation that cannot be explained.
#[track_caller]
fn bad<S: Specification>(specification: &S, threads: &[Vec<Done<S::Op>>], last: &str) {
    let why = check(specification, threads).expect_err("no order explains it");
    assert!(why.to_string().contains(last), "{why}");
}

const PUT: fn(u32) -> Use = |item| Use::Put(item, Put::Done);
const GOT: fn(u32) -> Use = |item| Use::Take(Take::Got(item));
const EMPTY: Use = Use::Take(Take::Empty);

#[test]
fn an_operation_takes_effect_between_its_call_and_its_return() {
    let queue = Items::queue(2, Busy::Never);
    // The take begins before the put has returned.
    let beside = [vec![done(PUT(1), 0, 2)], vec![done(GOT(1), 1, 3)]];
    assert_eq!(
        good(&queue, &beside),
        Checked {
            operations: 2,
            overlapping: 2,
            configurations: 1
        }
    );
    good(&queue, &[vec![done(PUT(1), 0, 2)], vec![done(EMPTY, 1, 3)]]);
    // After it has returned, the item is there; before it is called, it is not.
    bad(
        &queue,
        &[vec![done(PUT(1), 0, 1)], vec![done(EMPTY, 2, 3)]],
        "Take(Empty)",
    );
    bad(
        &queue,
        &[vec![done(PUT(1), 2, 3)], vec![done(GOT(1), 0, 1)]],
        "Got(1)",
    );
}

#[test]
fn items_leave_in_the_order_of_puts_that_do_not_overlap() {
    let queue = Items::queue(2, Busy::Never);
    let takes = |a, b| vec![done(GOT(a), 6, 7), done(GOT(b), 8, 9)];
    // Two puts that overlap: both orders are good.
    let beside = |takes| [vec![done(PUT(1), 0, 2)], vec![done(PUT(2), 1, 3)], takes];
    good(&queue, &beside(takes(1, 2)));
    good(&queue, &beside(takes(2, 1)));
    let after = |takes| [vec![done(PUT(1), 0, 1)], vec![done(PUT(2), 2, 3)], takes];
    good(&queue, &after(takes(1, 2)));
    bad(&queue, &after(takes(2, 1)), "Got(2)");
    bad(&queue, &after(takes(1, 1)), "Got(1)");
    let stack = Items {
        order: Order::Last,
        ..queue
    };
    good(&stack, &after(takes(2, 1)));
    bad(&stack, &after(takes(1, 2)), "Got(1)");
    // By rank, which the highest bits are; within a rank the first that came.
    let (late, soon) = (3 << 30, 1);
    let ranked = Items {
        order: Order::Smallest,
        ..queue
    };
    let puts = |a, b, takes| [vec![done(PUT(a), 0, 1)], vec![done(PUT(b), 2, 3)], takes];
    good(&ranked, &puts(late, soon, takes(soon, late)));
    bad(
        &ranked,
        &puts(late, soon, takes(late, soon)),
        "Got(3221225472)",
    );
    bad(&ranked, &puts(1, 2, takes(2, 1)), "Got(2)");
}

#[test]
fn two_takers_that_each_miss_what_the_other_saw_are_found() {
    // A push and a pop in one thread; one bystander sees neither, another sees only the pop.
    let queue = Items::queue(1, Busy::Never);
    let full = |item| Use::Put(item, Put::Full);
    let history = |a, b| {
        [
            vec![done(PUT(1), 0, 1)],
            vec![done(GOT(1), 2, 8)],
            vec![done(PUT(2), 3, 9)],
            vec![done(full(3), 4, 5), done(a, 10, 11)],
            vec![done(EMPTY, 6, 7), done(b, 12, 13)],
        ]
    };
    good(&queue, &history(full(4), GOT(2)));
    bad(&queue, &history(EMPTY, GOT(2)), "Empty");
    bad(&queue, &history(PUT(4), GOT(2)), "Put(4, Done)");
}

#[test]
fn room_and_the_end_are_exact() {
    let queue = Items::queue(1, Busy::Never);
    let full = Use::Put(2, Put::Full);
    good(&queue, &[vec![done(PUT(1), 0, 1), done(full, 2, 3)]]);
    bad(&queue, &[vec![done(full, 0, 1)]], "Full");
    bad(
        &queue,
        &[vec![done(PUT(1), 0, 1), done(PUT(2), 2, 3)]],
        "Put(2, Done)",
    );
    let (shut, none) = (Use::Put(2, Put::Closed), Use::Take(Take::Closed));
    let ends = |ops: &[Use]| {
        let ops = ops.iter().zip(0..);
        [Vec::from_iter(
            ops.map(|(op, i)| done(*op, 2 * i, 2 * i + 1)),
        )]
    };
    good(
        &queue,
        &ends(&[
            PUT(1),
            Use::Close(true),
            shut,
            GOT(1),
            none,
            Use::Close(false),
        ]),
    );
    bad(&queue, &ends(&[PUT(1), Use::Close(true), full]), "Full");
    bad(&queue, &ends(&[PUT(1), Use::Close(true), none]), "Closed");
    bad(&queue, &ends(&[Use::Close(true), EMPTY]), "Empty");
    bad(&queue, &ends(&[Use::Close(true), PUT(1)]), "Put(1, Done)");
    bad(
        &queue,
        &ends(&[Use::Close(true), Use::Close(true)]),
        "Close(true)",
    );
    bad(&queue, &ends(&[shut]), "Closed");
    good(&queue, &ends(&[PUT(1), Use::End, GOT(1), Use::End, none]));
    bad(&queue, &ends(&[PUT(1), Use::End, none]), "Closed");
    let over = |oldest| Use::Overwrite(2, oldest);
    good(
        &queue,
        &ends(&[PUT(1), over(Some(1)), GOT(2), over(None), GOT(2)]),
    );
    bad(&queue, &ends(&[PUT(1), over(None)]), "Overwrite");
    bad(&queue, &ends(&[over(Some(1))]), "Overwrite");
    bad(&queue, &ends(&[PUT(1), over(Some(3))]), "Overwrite");
}

#[test]
fn busy_needs_somebody_who_is_busy() {
    let [exact, half, compared] = [Busy::Never, Busy::BesideHalfDone, Busy::BesideComparison]
        .map(|busy| Items::queue(2, busy));
    let (busy, full) = (Use::Take(Take::Busy), Use::Put(3, Put::Full));
    let beside = |op, other| {
        [
            vec![done(PUT(1), 0, 1), done(op, 2, 4)],
            vec![done(other, 3, 5)],
        ]
    };
    let after = |op, other| {
        [
            vec![done(PUT(1), 0, 1), done(op, 2, 3)],
            vec![done(other, 4, 5)],
        ]
    };
    // Beside a put.
    good(&half, &beside(busy, PUT(2)));
    bad(&half, &after(busy, PUT(2)), "Busy");
    bad(&exact, &beside(busy, PUT(2)), "Busy");
    bad(&compared, &beside(busy, PUT(2)), "Busy");
    // Beside a take.
    let put_busy = Use::Put(3, Put::Busy);
    good(&half, &beside(put_busy, GOT(1)));
    good(&compared, &beside(busy, GOT(1)));
    bad(&half, &after(put_busy, GOT(1)), "Busy");
    bad(&half, &beside(busy, GOT(1)), "Busy");
    bad(&compared, &beside(put_busy, GOT(1)), "Busy");
    bad(&compared, &after(busy, GOT(1)), "Busy");
    // One place less, and no more.
    good(&compared, &beside(full, GOT(1)));
    bad(&half, &beside(full, GOT(1)), "Full");
    bad(&compared, &after(full, GOT(1)), "Full");
    let larger = Items::queue(3, Busy::BesideComparison);
    bad(&larger, &beside(full, GOT(1)), "Full");
}

#[test]
fn permits_are_counted_and_waiters_come_first() {
    let two = Permits(2);
    let (got, tried) = (Permitted::Acquired, Permitted::Tried);
    good(
        &two,
        &[vec![done(got(2), 0, 1)], vec![done(tried(1, false), 2, 3)]],
    );
    bad(
        &two,
        &[vec![done(got(1), 0, 1)], vec![done(tried(1, false), 2, 3)]],
        "Tried(1, false)",
    );
    bad(
        &two,
        &[vec![done(got(1), 0, 1)], vec![done(tried(2, true), 2, 3)]],
        "Tried(2, true)",
    );
    // Beside a waiter that wants more than there is.
    let waits = |last| {
        [
            vec![done(got(1), 0, 1), done(Permitted::Released(1), 6, 7)],
            vec![done(got(2), 2, 8)],
            vec![done(last, 4, 5)],
        ]
    };
    good(&two, &waits(tried(1, false)));
    let gives_up = [
        vec![done(Permitted::GaveUp, 0, 3)],
        vec![done(tried(1, false), 1, 2)],
    ];
    good(&two, &gives_up);
    bad(
        &two,
        &[vec![done(got(2), 0, 1)], vec![done(got(1), 2, 3)]],
        "Acquired(1)",
    );
}

#[test]
fn order_holds_for_each_link() {
    use Transfer::{Recv, Send};
    // 0 sends to 1 and 2.
    let ends = [(0, 1), (0, 2)];
    let history = |a: u32, b: u32, c: u32| {
        [
            vec![
                done(Send(0, 7, true), 0, 1),
                done(Send(0, 8, true), 2, 3),
                done(Send(0, 9, true), 4, 5),
            ],
            vec![done(Recv(1, Some(a)), 6, 7), done(Recv(1, Some(b)), 8, 9)],
            vec![done(Recv(2, Some(c)), 10, 11)],
        ]
    };
    let links = |capacity, history: &[_]| LinkSpec::new(capacity, ends, history);
    for (a, b, c) in [(7, 8, 9), (7, 9, 8), (8, 9, 7)] {
        let history = history(a, b, c);
        good(&links(2, &history), &history);
        bad(&links(1, &history), &history, "Send");
    }
    let swapped = history(9, 7, 8);
    bad(&links(2, &swapped), &swapped, "Recv(1, Some(9))");
    let twice = history(7, 7, 8);
    bad(&links(2, &twice), &twice, "Send(0, 9, true)");
    // No peer has room only if none has; nothing is there only if no link has anything.
    let full = |op| {
        [
            vec![done(Send(0, 7, true), 0, 1), done(op, 2, 3)],
            vec![done(Recv(1, Some(7)), 4, 5)],
        ]
    };
    let history = full(Send(0, 8, false));
    bad(&links(1, &history), &history, "Send(0, 8, false)");
    let one = LinkSpec::new(1, [(0, 1)], &history);
    good(&one, &history);
    let history = full(Recv(1, None));
    bad(&links(1, &history), &history, "Recv(1, None)");
    let history = full(Recv(2, None));
    good(&links(1, &history), &history);
}

/// What a wrong queue does, once in a while.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Nothing,
    /// Takes the second item before the first.
    Swaps,
    Loses,
    /// Leaves an item in that it has given.
    Doubles,
    SaysEmpty,
    SaysFull,
    SaysBusy,
    /// Holds one more than it may.
    HoldsMore,
    /// Says that it is closed while an item is left.
    ForgetsTheLast,
    /// A put has returned, and the item comes with the next operation.
    Late,
}

const ALL: [Fault; 9] = [
    Fault::Swaps,
    Fault::Loses,
    Fault::Doubles,
    Fault::SaysEmpty,
    Fault::SaysFull,
    Fault::SaysBusy,
    Fault::HoldsMore,
    Fault::ForgetsTheLast,
    Fault::Late,
];

const CAPACITY: usize = 2;

/// A queue behind a lock, with a fault.
struct Wrong {
    items: Mutex<(VecDeque<u32>, Option<u32>, bool)>,
    turns: AtomicUsize,
    fault: Fault,
}

impl Wrong {
    fn new(fault: Fault) -> Self {
        Wrong {
            items: Mutex::default(),
            turns: AtomicUsize::new(0),
            fault,
        }
    }

    /// Once in a while: is it this fault's turn?
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault && self.turns.fetch_add(1, Relaxed) % 10 == 9
    }

    fn put(&self, item: u32) -> Put {
        let mut all = self.items.lock().unwrap();
        let (items, late, closed) = &mut *all;
        items.extend(late.take());
        let room = CAPACITY + usize::from(self.is(Fault::HoldsMore));
        match () {
            () if *closed => return Put::Closed,
            () if self.is(Fault::SaysFull) || items.len() >= room => return Put::Full,
            () if self.is(Fault::SaysBusy) => return Put::Busy,
            () if self.is(Fault::Loses) => {}
            () if self.is(Fault::Late) => *late = Some(item),
            () => items.push_back(item),
        }
        Put::Done
    }

    fn take(&self) -> Take {
        let mut all = self.items.lock().unwrap();
        let (items, late, closed) = &mut *all;
        if *closed && (items.is_empty() || self.is(Fault::ForgetsTheLast)) {
            return Take::Closed;
        }
        let item = match items.front().copied() {
            None => None,
            Some(_) if self.is(Fault::SaysEmpty) => None,
            Some(item) if self.is(Fault::Doubles) => Some(item),
            Some(_) if items.len() > 1 && self.is(Fault::Swaps) => items.remove(1),
            Some(_) => items.pop_front(),
        };
        items.extend(late.take());
        item.map_or(Take::Empty, Take::Got)
    }

    fn close(&self) -> bool {
        !std::mem::replace(&mut self.items.lock().unwrap().2, true)
    }

    /// What three logs have of it, one operation after the other; then it is filled, closed and
    /// emptied.
    fn history(&self) -> Vec<Vec<Done<Use>>> {
        let (clock, mut dice) = (Clock::new(), Dice::new(7));
        let mut logs = [(); 3].map(|()| Log::new(&clock));
        let take = |log: &mut Log<'_, Use>| log.record(|| self.take(), |answer| Use::Take(*answer));
        for item in 0..2000 {
            let log = &mut logs[dice.below(3) as usize];
            if dice.once_in(2) {
                take(log);
            } else {
                log.record(|| self.put(item), |answer| Use::Put(item, *answer));
            }
        }
        let [log, ..] = &mut logs;
        for item in 2000.. {
            if log.record(|| self.put(item), |answer| Use::Put(item, *answer)) == Put::Full {
                break;
            }
        }
        self.turns.store(9, Relaxed);
        log.record(|| self.close(), |first| Use::Close(*first));
        while take(log) != Take::Closed {}
        logs.map(Log::into_done).into()
    }
}

#[test]
fn a_wrong_queue_is_found_and_a_good_one_is_not() {
    let queue = Items::queue(CAPACITY, Busy::Never);
    let checked = good(&queue, &Wrong::new(Fault::Nothing).history());
    assert_eq!((checked.overlapping, checked.configurations), (0, 1));
    for fault in ALL {
        let history = Wrong::new(fault).history();
        assert!(check(&queue, &history).is_err(), "{fault:?}");
    }
}

#[test]
fn a_good_queue_is_good_between_threads() {
    bounded(|| {
        let wrong = Wrong::new(Fault::Nothing);
        let n = if cfg!(miri) { 20 } else { 2000 };
        let history = together(vec![
            putter(n, 1, |item| wrong.put(item)),
            taker(n, 2, || wrong.take()),
        ]);
        assert_eq!(
            good(&Items::queue(CAPACITY, Busy::Never), &history).operations,
            2 * n
        );
    });
}
