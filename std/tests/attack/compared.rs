//! The order of a priority queue is the items' own code. It comes back into the queue at every comparison.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use gimmal::queue::PriorityQueue;

use crate::kit::{Counted, Drops, bounded};

type Of = PriorityQueue<Nosy>;
type Act = fn(&Of, &Drops);

thread_local! {
    /// What the next comparison does, and how deep in one we are.
    static NEXT: Cell<Option<Act>> = const { Cell::new(None) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Nosy {
    rank: usize,
    queue: std::sync::Weak<Of>,
    drops: Drops,
    _counted: Counted,
}

fn item(rank: usize, queue: &Arc<Of>, drops: &Drops) -> Nosy {
    Nosy {
        rank,
        queue: Arc::downgrade(queue),
        drops: drops.clone(),
        _counted: drops.one(rank),
    }
}

impl Ord for Nosy {
    fn cmp(&self, other: &Self) -> Ordering {
        // Once only: the acts compare too.
        if let Some(act) = NEXT.take()
            && let Some(queue) = self.queue.upgrade()
        {
            CALLS.set(CALLS.get() + 1);
            act(&queue, &self.drops);
            NEXT.set(Some(act));
        }
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Nosy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Nosy {}

#[test]
fn a_comparison_may_ask_and_change_the_queue_that_compares() {
    let acts: [Act; 7] = [
        |queue, _| assert!(queue.len() <= 8),
        |queue, _| assert!(!format!("{queue:?}").is_empty()),
        |queue, _| _ = queue.is_empty() || queue.is_closed(),
        |queue, drops| {
            let queue = queue_of(queue);
            let _ = queue.try_put(item(3, &queue, drops));
        },
        // Taking is refused, and said so: the items are out of the queue while they are compared.
        |queue, _| refused(|| drop(queue.try_get())),
        |queue, _| refused(|| drop(queue.get_timeout(Duration::ZERO))),
        |queue, drops| {
            let queue = queue_of(queue);
            drop(queue.put_timeout(item(4, &queue, drops), Duration::ZERO));
        },
    ];
    for (at, act) in acts.into_iter().enumerate() {
        bounded(move || {
            let drops = Drops::default();
            let queue = Arc::new(Of::new(8));
            HOME.set(Some(queue.clone()));
            let mut made = 0;
            CALLS.set(0);
            for round in 0..3 {
                for rank in [5, 1, 4, 2] {
                    made += usize::from(queue.try_put(item(rank + round, &queue, &drops)).is_ok());
                }
                NEXT.set(Some(act));
                for _ in 0..3 {
                    let _ = queue.try_get();
                }
                NEXT.set(None);
            }
            assert!(made > 0 && CALLS.get() > 0, "{at}: it was not compared");
            let left = queue.close_now();
            let ranks: Vec<_> = left.iter().map(|item| item.rank).collect();
            assert!(ranks.is_sorted(), "{at}: {ranks:?}");
            drop(left);
            HOME.set(None);
            assert!(queue.is_empty());
        });
    }
}

#[track_caller]
fn refused(take: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(take)).is_err());
}

thread_local! {
    static HOME: Cell<Option<Arc<Of>>> = const { Cell::new(None) };
}

/// The share that an act needs to make an item.
fn queue_of(_queue: &Of) -> Arc<Of> {
    let home = HOME.take().expect("set by the test");
    HOME.set(Some(home.clone()));
    home
}

/// An order that is none: every comparison says something else.
#[test]
fn an_order_without_sense_loses_nothing() {
    struct Random(#[allow(dead_code)] Counted);
    fn next() -> Ordering {
        thread_local! {
            static STATE: Cell<u32> = const { Cell::new(2_463_534_242) };
        }
        let mut state = STATE.get();
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        STATE.set(state);
        match state % 3 {
            0 => Ordering::Less,
            1 => Ordering::Equal,
            _ => Ordering::Greater,
        }
    }
    impl Ord for Random {
        fn cmp(&self, _other: &Self) -> Ordering {
            next()
        }
    }
    impl PartialOrd for Random {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl PartialEq for Random {
        fn eq(&self, _other: &Self) -> bool {
            next().is_eq()
        }
    }
    impl Eq for Random {}
    bounded(|| {
        let drops = Drops::default();
        let queue = PriorityQueue::new(16);
        let (mut put, mut got) = (0, 0);
        for round in 0..60 {
            if round % 3 < 2 {
                put += usize::from(queue.try_put(Random(drops.one(round))).is_ok());
            } else {
                got += usize::from(queue.try_get().is_ok());
            }
            assert_eq!(queue.len(), put - got);
        }
        got += queue.close_now().len();
        assert_eq!(put, got);
        drop(queue);
        assert_eq!(drops.count(), 60 - 20);
    });
}
