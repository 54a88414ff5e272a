//! The pool: a place is lent to one taker at a time, and comes back.
//!
//! | model | what it shows |
//! |---|---|
//! | `the_last_value_is_gone` | a place is lent again only after the destructor of its last value |
//! | `two_takers_one_place`, `e1_two_takers_two_places` | no place is lent twice, Full only while all are lent |
//! | `e2_the_last_share_waits_for_no_reader` | a value is destroyed after all have read it, once |
//! | `waiting_taker_gets_the_returned_place` | nobody sleeps beside a free place |
//! | `cancelled_taker_*`, `dropped_taker_*` | nor because somebody else went away |
//! | `two_places_come_back` | two returned places reach two waiting takers |

pub(crate) mod notices;

use gimmal_core_loom::pool::{Pool, Shared};

use crate::harness::{EXHAUSTIVE, Seen, models};
use crate::support::{Drops, Task, Word, block_on, both};

models! {
    the_last_value_is_gone {
        outcomes: ["full", "lent"],
        bound: EXHAUSTIVE,
    }
    two_takers_one_place {
        outcomes: ["false true", "true false", "true true"],
        bound: EXHAUSTIVE,
    }
    e1_two_takers_two_places {
        kills: ["pool.rs#E1"],
        outcomes: ["true true"],
        bound: 3,
    }
    e2_the_last_share_waits_for_no_reader {
        kills: ["pool.rs#E2"],
        outcomes: ["gone"],
        bound: EXHAUSTIVE,
    }
    waiting_taker_gets_the_returned_place {
        kills: ["wait/queue.rs#E1", "step:look-again"],
        outcomes: ["lent"],
        bound: EXHAUSTIVE,
    }
    cancelled_taker_passes_the_place_on {
        outcomes: ["came back", "lent"],
        bound: EXHAUSTIVE,
    }
    dropped_taker_passes_the_place_on {
        kills: ["step:drop-passes-on"],
        outcomes: ["first woken: false", "first woken: true"],
        bound: EXHAUSTIVE,
    }
    two_places_come_back {
        outcomes: ["both"],
        bound: 3,
    }
}

fn the_last_value_is_gone(seen: Seen) {
    let (drops, pool) = (Drops::new(), Pool::<_, 1>::new());
    let loan = pool.try_take(drops.item(1)).expect("free");
    let ((), lent) = both(
        || drop(loan),
        || match pool.try_take(drops.item(2)) {
            Ok(loan) => loan.number == 2,
            Err(full) => {
                assert_eq!(full.0.number, 2);
                false
            }
        },
    );
    assert_eq!(drops.count(), 2);
    assert_eq!(pool.lent(), 0);
    seen.outcome(if lent { "lent" } else { "full" });
}

/// Takes, looks that nobody else is in, and returns.
fn use_one<const N: usize>(pool: &Pool<u32, N>, inside: &Word, number: u32) -> bool {
    let Ok(mut loan) = pool.try_take(number) else {
        return false;
    };
    if N == 1 {
        assert_eq!(inside.get(), 0, "lent twice");
    }
    inside.add(1);
    *loan += 10;
    assert_eq!(*loan, number + 10);
    assert!(inside.take(1));
    true
}

fn two_takers_one_place(seen: Seen) {
    let (pool, inside) = (Pool::<u32, 1>::new(), Word::new(0));
    let (there, here) = both(|| use_one(&pool, &inside, 1), || use_one(&pool, &inside, 2));
    assert_eq!(pool.lent(), 0);
    seen.outcome(format!("{there} {here}"));
}

/// Of two places one is lent already: the takers meet in the search too.
fn e1_two_takers_two_places(seen: Seen) {
    let (pool, inside) = (Pool::<u32, 2>::new(), Word::new(0));
    let loan = pool.try_take(0).expect("free");
    let (there, here) = both(
        || {
            drop(loan);
            use_one(&pool, &inside, 1)
        },
        || use_one(&pool, &inside, 2),
    );
    assert!(there, "its own place is free");
    assert_eq!(pool.lent(), 0);
    seen.outcome(format!("{there} {here}"));
}

/// Each reads through its own share; whoever drops last destroys what the other has read.
fn e2_the_last_share_waits_for_no_reader(seen: Seen) {
    let pool = Pool::<[u8; 1], 1>::new();
    let share = pool.try_take([7]).expect("free").share();
    let second = share.clone();
    let read_and_drop = |share: Shared<'_>| assert_eq!(share.as_ref(), [7]);
    both(|| read_and_drop(share), || read_and_drop(second));
    assert_eq!(pool.lent(), 0);
    seen.outcome("gone");
}

fn waiting_taker_gets_the_returned_place(seen: Seen) {
    let (drops, pool) = (Drops::new(), Pool::<_, 1>::new());
    let loan = pool.try_take(drops.item(1)).expect("free");
    both(
        || drop(loan),
        || {
            let loan = block_on(pool.take(drops.item(2)));
            assert_eq!(loan.number, 2);
        },
    );
    assert_eq!((drops.count(), pool.lent()), (2, 0));
    seen.outcome("lent");
}

fn cancelled_taker_passes_the_place_on(seen: Seen) {
    let (drops, pool) = (Drops::new(), Pool::<_, 1>::new());
    let loan = pool.try_take(drops.item(1)).expect("free");
    let mut first = Task::new(pool.take(drops.item(2)));
    let mut second = Task::new(pool.take(drops.item(3)));
    first.park();
    second.park();
    let ((), lent) = both(
        || drop(loan),
        || match first.future().cancel() {
            Ok(loan) => loan.number == 2,
            Err(attempt) => {
                assert_eq!(attempt.into_inner().number, 2);
                false
            }
        },
    );
    assert!(second.run().is_some(), "sleeps beside a free place");
    assert_eq!((drops.count(), pool.lent()), (3, 0));
    seen.outcome(if lent { "lent" } else { "came back" });
}

fn dropped_taker_passes_the_place_on(seen: Seen) {
    let (drops, pool) = (Drops::new(), Pool::<_, 1>::new());
    let loan = pool.try_take(drops.item(1)).expect("free");
    let mut first = Task::new(pool.take(drops.item(2)));
    let mut second = Task::new(pool.take(drops.item(3)));
    first.park();
    second.park();
    both(|| drop(loan), || first.cancel());
    assert_eq!(drops.count(), 2);
    assert!(second.run().is_some(), "sleeps beside a free place");
    assert_eq!((drops.count(), pool.lent()), (3, 0));
    seen.outcome(format!("first woken: {}", first.woken()));
}

fn two_places_come_back(seen: Seen) {
    let pool = Pool::<u32, 2>::new();
    let (a, b) = (pool.try_take(1), pool.try_take(2));
    let (mut first, mut second) = (Task::new(pool.take(3)), Task::new(pool.take(4)));
    first.park();
    second.park();
    let ((), early) = both(
        || drop(a),
        || {
            drop(b);
            match first.poll() {
                std::task::Poll::Ready(loan) => Some(loan),
                std::task::Poll::Pending => None,
            }
        },
    );
    let late = if early.is_none() { first.run() } else { None };
    assert!(early.is_some() || late.is_some());
    assert!(second.run().is_some(), "sleeps beside a free place");
    seen.outcome("both");
}
