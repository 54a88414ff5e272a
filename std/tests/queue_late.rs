//! Takers of a priority queue beside another one that compares: whoever's time is over takes what is there all the same (F17).

mod kit;

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::error::{RecvTimeoutError, TryRecvError};
use gimmal::queue::PriorityQueue;
use gimmal::sync::Event;
use kit::{SHORT, bounded, until, until_it_sleeps};

/// Compared by its number, by way of a script.
struct Scripted(u32, Arc<dyn Fn() + Send + Sync>);

impl PartialEq for Scripted {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Scripted {}
impl PartialOrd for Scripted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scripted {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.1)();
        self.0.cmp(&other.0)
    }
}

/// Eight items; a taker stands in its first comparison until `go_on` is set.
struct Slow {
    queue: PriorityQueue<Scripted>,
    comparing: Arc<Event>,
    go_on: Arc<Event>,
}

fn slow(items: u32) -> Slow {
    let (comparing, go_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (begins, may_end) = (comparing.clone(), go_on.clone());
    let script: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
        begins.set();
        may_end.wait();
    });
    let queue = PriorityQueue::new(items as usize);
    for n in 0..items {
        assert!(queue.put(Scripted(n, script.clone())).is_ok());
    }
    Slow {
        queue,
        comparing,
        go_on,
    }
}

type Timed = fn(&PriorityQueue<Scripted>) -> Result<Scripted, RecvTimeoutError>;

const TIMED: [(&str, Timed); 3] = [
    ("zero", |queue| queue.get_timeout(Duration::ZERO)),
    ("past", |queue| queue.get_deadline(Instant::now())),
    ("short", |queue| queue.get_timeout(SHORT)),
];

#[test]
fn f17_nobody_times_out_on_a_queue_that_holds_items() {
    for (name, get) in TIMED {
        bounded(move || {
            let slow = slow(8);
            thread::scope(|scope| {
                let first = scope.spawn(|| slow.queue.get().map(|item| item.0));
                slow.comparing.wait();
                assert!(matches!(slow.queue.try_get(), Err(TryRecvError::Busy)));
                let second = thread::Builder::new().name(name.into());
                let second = second
                    .spawn_scoped(scope, || get(&slow.queue).map(|item| item.0))
                    .unwrap();
                until_it_sleeps(name);
                if name == "short" {
                    thread::sleep(2 * SHORT); // Its time is over.
                    assert!(!second.is_finished(), "it waits for the comparison");
                }
                slow.go_on.set();
                let mut taken = [
                    first.join().unwrap().unwrap(),
                    second.join().unwrap().unwrap(),
                ];
                taken.sort_unstable();
                assert_eq!(taken, [0, 1]);
            });
            assert_eq!(slow.queue.len(), 6);
        });
    }
}

/// Two items, and three takers, two of whose times are over: one of these two finds nothing, and is told so.
#[test]
fn f17_who_waited_for_a_comparison_times_out_when_nothing_is_left() {
    bounded(|| {
        let slow = slow(2);
        thread::scope(|scope| {
            let first = scope.spawn(|| slow.queue.get().map(|item| item.0));
            slow.comparing.wait();
            let late = ["late one", "late two"].map(|name| {
                let taker = thread::Builder::new().name(name.into());
                taker
                    .spawn_scoped(scope, || {
                        slow.queue.get_timeout(Duration::ZERO).map(|item| item.0)
                    })
                    .unwrap()
            });
            until_it_sleeps("late one");
            until_it_sleeps("late two");
            slow.go_on.set();
            assert_eq!(first.join().unwrap(), Ok(0));
            let mut ends = late.map(|taker| taker.join().unwrap());
            ends.sort_by_key(Result::is_err);
            assert_eq!(ends, [Ok(1), Err(RecvTimeoutError::TimedOut)]);
        });
    });
}

/// A comparison that panics lets the others in, and takes nothing from them.
#[test]
fn f17_a_comparison_that_panics_lets_late_takers_in() {
    bounded(|| {
        let (comparing, go_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
        let panics = Arc::new(AtomicUsize::new(0));
        let (begins, may_end, first) = (comparing.clone(), go_on.clone(), panics.clone());
        let script: Arc<dyn Fn() + Send + Sync> = Arc::new(move || {
            begins.set();
            may_end.wait();
            if first.fetch_add(1, SeqCst) == 0 {
                resume_unwind(Box::new(()));
            }
        });
        let queue = PriorityQueue::new(2);
        (0..2).for_each(|n| assert!(queue.put(Scripted(n, script.clone())).is_ok()));
        thread::scope(|scope| {
            let unlucky = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| drop(queue.get()))));
            comparing.wait();
            let late = thread::Builder::new().name("late".into());
            let late = late
                .spawn_scoped(scope, || {
                    queue.get_timeout(Duration::ZERO).map(|item| item.0)
                })
                .unwrap();
            until_it_sleeps("late");
            go_on.set();
            assert!(unlucky.join().unwrap().is_err());
            assert_eq!(late.join().unwrap(), Ok(0));
        });
        assert_eq!(queue.close_now().len(), 1);
    });
}

/// Takers that never wait long, beside others that do, lose no item and no wake-up.
#[test]
fn f17_takers_with_and_without_time_outs_take_everything() {
    bounded(|| {
        const ITEMS: usize = 4_000;
        let queue = &PriorityQueue::new(16);
        let taken = &AtomicUsize::new(0);
        thread::scope(|scope| {
            for timeout in [
                Duration::ZERO,
                Duration::from_micros(20),
                Duration::MAX,
                Duration::MAX,
            ] {
                scope.spawn(move || {
                    loop {
                        match queue.get_timeout(timeout) {
                            Ok(_) => taken.fetch_add(1, SeqCst),
                            Err(RecvTimeoutError::TimedOut) => continue,
                            Err(RecvTimeoutError::Closed) => return,
                        };
                    }
                });
            }
            (0..ITEMS).for_each(|n| queue.put(n % 7).unwrap());
            until(|| taken.load(SeqCst) == ITEMS);
            queue.close();
        });
    });
}
