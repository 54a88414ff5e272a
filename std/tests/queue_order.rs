//! The queue that puts the smallest first: equal items, and comparisons that wait, panic and come back.

mod kit;

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use gimmal::error::{TryRecvError, TrySendError};
use gimmal::queue::{Prioritized, PriorityQueue, Task};
use gimmal::sync::Event;
use kit::{bounded, until_it_sleeps};

/// Compared by its rank alone.
#[derive(Debug)]
struct Ranked(u32, usize);

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Ranked {}
impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[test]
fn equal_items_come_out_in_arrival_order_through_puts_and_gets_in_between() {
    let queue = PriorityQueue::new(64);
    let mut model: Vec<(u32, usize)> = Vec::new();
    let mut random = 7_u32;
    for n in 0..kit::rounds(2000) {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let rank = random >> 29;
        if model.len() < 64 && random & 0x1_0000 == 0 || model.is_empty() {
            queue.try_put(Ranked(rank, n)).unwrap();
            model.push((rank, n));
        } else {
            let least = model.iter().copied().min().unwrap();
            model.retain(|item| *item != least);
            let Ranked(rank, n) = queue.try_get().unwrap();
            assert_eq!((rank, n), least);
        }
        assert_eq!(queue.len(), model.len());
    }
}

/// Compares by way of a script.
struct Asks(u32, Arc<dyn Fn() + Send + Sync>);

impl PartialEq for Asks {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Asks {}
impl PartialOrd for Asks {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Asks {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.1)();
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_comparison_runs_without_a_lock_and_others_are_told_busy() {
    bounded(|| {
        let (comparing, go_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
        let script: Arc<dyn Fn() + Send + Sync> = {
            let (comparing, go_on) = (comparing.clone(), go_on.clone());
            Arc::new(move || {
                comparing.set();
                go_on.wait();
            })
        };
        let queue = &PriorityQueue::new(4);
        let item = |n| Asks(n, script.clone());
        queue.put(item(2)).unwrap_or_else(|_| unreachable!());
        queue.put(item(1)).unwrap_or_else(|_| unreachable!());
        thread::scope(|scope| {
            let taker = scope.spawn(|| queue.get().map(|item| item.0));
            comparing.wait();
            assert!(matches!(queue.try_get(), Err(TryRecvError::Busy)));
            assert_eq!(queue.len(), 2, "what is compared is in the queue");
            assert!(queue.try_put(item(0)).is_ok() && queue.try_put(item(3)).is_ok());
            assert!(matches!(queue.try_put(item(9)), Err(TrySendError::Full(_))));
            let second = thread::Builder::new().name("second".into());
            let second = second
                .spawn_scoped(scope, || queue.get().map(|item| item.0))
                .unwrap();
            until_it_sleeps("second");
            go_on.set();
            assert_eq!(taker.join().unwrap(), Ok(1));
            assert_eq!(second.join().unwrap(), Ok(0));
        });
        let rest: Vec<_> = queue.close_now().into_iter().map(|item| item.0).collect();
        assert_eq!(rest, [2, 3]);
    });
}

#[test]
fn a_comparison_that_panics_loses_nothing() {
    let countdown = Arc::new(AtomicUsize::new(usize::MAX));
    let script: Arc<dyn Fn() + Send + Sync> = {
        let countdown = countdown.clone();
        Arc::new(move || {
            if countdown.fetch_sub(1, SeqCst) == 0 {
                resume_unwind(Box::new(()));
            }
        })
    };
    for at in 0..30 {
        let queue = PriorityQueue::new(16);
        for n in [5, 3, 8, 1, 9, 2, 7, 3] {
            queue
                .put(Asks(n, script.clone()))
                .unwrap_or_else(|_| unreachable!());
        }
        countdown.store(at, SeqCst);
        let taken = catch_unwind(AssertUnwindSafe(|| queue.get().map(|item| item.0)));
        countdown.store(usize::MAX / 2, SeqCst);
        let mut wanted = vec![1, 2, 3, 3, 5, 7, 8, 9];
        if let Ok(taken) = taken {
            assert_eq!(taken, Ok(1));
            wanted.remove(0);
        }
        assert_eq!(queue.len(), wanted.len());
        let rest: Vec<_> = queue.close_now().into_iter().map(|item| item.0).collect();
        assert_eq!(rest, wanted, "panicked at comparison {at}");
    }
}

#[test]
fn a_comparison_that_takes_from_its_own_queue_panics_instead_of_waiting_for_itself() {
    bounded(|| {
        let queue: Arc<PriorityQueue<Asks>> = Arc::new(PriorityQueue::new(4));
        let its = Arc::downgrade(&queue);
        let script: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            drop(its.upgrade().map(|queue| queue.try_get()));
        });
        for n in 0..2 {
            queue
                .put(Asks(n, script.clone()))
                .unwrap_or_else(|_| unreachable!());
        }
        let its = queue.clone();
        assert!(thread::spawn(move || its.get().is_ok()).join().is_err());
        assert_eq!(queue.len(), 2);
    });
}

#[test]
fn what_has_a_priority_beside_it_is_ordered_by_that_alone() {
    /// Has no order, and is never equal to anything.
    #[derive(Debug)]
    struct Job(&'static str);

    let queue = PriorityQueue::new(8);
    for (priority, name) in [(2, "zebra"), (1, "second"), (2, "apple"), (0, "first")] {
        queue.put(Prioritized::new(priority, Job(name))).unwrap();
    }
    let names = (0..4).map(|_| queue.get().unwrap().item.0);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["first", "second", "zebra", "apple"]
    );
    let (low, high) = (
        Prioritized::new(1.0, Job("b")),
        Prioritized::new(2.0, Job("a")),
    );
    assert!(low < high && low != high);
    assert!(low == Prioritized::new(1.0, Job("another")));
    assert_eq!(low.partial_cmp(&Prioritized::new(f64::NAN, Job("b"))), None);
}

#[test]
fn a_task_may_change_its_item_before_it_is_done() {
    let queue = PriorityQueue::new(1);
    queue.put(vec![1]).unwrap();
    let mut task = queue.get_task().unwrap();
    task.push(2);
    assert_eq!(*task, [1, 2]);
    assert_eq!(Task::process(task, |item| item.len()), 2);
    queue.join();
}
