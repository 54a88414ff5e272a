//! A process that forks and does not exec: nothing of ours that the child uses or drops hangs, panics, or changes anything of
//! its parent.
//!
//! This file runs itself again, with the name of a part to play; that process forks, and looks at how its children end.
#![cfg(unix)]
#![allow(unsafe_code)] // Forks.

#[path = "fork/kit.rs"]
mod forking;
mod kit;
#[path = "fork/pools.rs"]
mod pools;
#[path = "fork/runs.rs"]
mod runs;
#[path = "fork/sockets.rs"]
mod sockets;
#[path = "fork/terminations.rs"]
mod terminations;
#[path = "fork/timers.rs"]
mod timers;
#[path = "fork/waits.rs"]
mod waits;
#[cfg(feature = "net")]
#[path = "fork/wires.rs"]
mod wires;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use gimmal::sync::{Barrier, Condition, Event, Lock, ReentrantLock, Semaphore};
use gimmal::{Context, Runtime, Termination, ThreadPool, Timer, channel, queue, thread};

use forking::{forked, forked_in_use};
use kit::LONG;
use kit::child::{Child, Part, part, play};

/// The forking side of every test here.
#[test]
fn child() {
    if part().is_some_and(|part| part != "ignored") {
        forking::as_in_the_foreground();
    }
    let parts = [
        PARTS,
        pools::PARTS,
        runs::PARTS,
        sockets::PARTS,
        terminations::PARTS,
        timers::PARTS,
        waits::PARTS,
        #[cfg(feature = "net")]
        wires::PARTS,
    ];
    play(parts.into_iter().flatten());
}

const PARTS: &[Part] = &[
    ("objects", objects),
    ("any-moment", any_moment),
    ("in-use", in_use),
    ("queues", queues_at_work),
];

pub(crate) const MILLI: Duration = Duration::from_millis(1);

/// Objects of all kinds that are nobody else's at the moment of the fork are as good as new in the child.
fn objects() -> i32 {
    let lock = Arc::new(Lock::new(0));
    let again = Arc::new(ReentrantLock::new(()));
    let permits = Arc::new(Semaphore::new(0));
    let event = Arc::new(Event::new());
    let changed = Arc::new(Condition::new());
    let barrier = Arc::new(Barrier::new(2));
    // Small, and large with asymmetric fences; used before the fork, so that both are agreed on.
    let (small, taken) = channel::bounded::<u32>(4);
    let (large, took) = channel::bounded::<u32>(1000);
    let (mut one, mut other) = channel::spsc::bounded::<u32>(1000);
    let items = Arc::new(queue::Queue::new(16));
    let context = Context::<u32>::typed();
    let mut pull = context.pull().unwrap();
    pull.bind("inproc://numbers").unwrap();
    let mut push = context.push().unwrap();
    push.connect("inproc://numbers").unwrap();
    let before = took.clone();
    let waits = thread::spawn(move || before.recv());
    large.send(1).unwrap();
    assert_eq!(waits.join().unwrap(), Ok(1));

    let all = || {
        let held = again.lock();
        let (its, guarded, told) = (permits.clone(), lock.clone(), changed.clone());
        let (set, meets, todo) = (event.clone(), barrier.clone(), items.clone());
        let worker = thread::spawn(move || {
            let mut sum = 0;
            its.acquire().unwrap().forget();
            *guarded.lock() += 1;
            told.notify_all();
            meets.wait().unwrap();
            for _ in 0..1000 {
                sum += taken.recv().unwrap() + took.recv().unwrap() + other.recv().unwrap();
                sum += pull.recv().unwrap() + todo.get().unwrap();
                todo.task_done().unwrap();
            }
            set.set();
            sum
        });
        permits.release(1).unwrap();
        let guard = changed.wait_while(lock.lock(), |value| *value == 0);
        drop(guard);
        barrier.wait().unwrap();
        for _ in 0..1000 {
            small.send(1).unwrap();
            large.send(1).unwrap();
            one.send(1).unwrap();
            push.send(1_u32).unwrap();
            items.put(1).unwrap();
        }
        event.wait();
        items.join();
        drop(held);
        assert_eq!(worker.join().unwrap(), 5000);
        drop((small, large, one, push));
        context.term();
    };
    forked(all);
    0
}

#[test]
fn f10_objects_that_no_other_thread_uses_at_a_fork_are_as_good_as_new_in_the_child() {
    Child::start("objects").exits_with(0);
}

/// Threads are in the middle of everything that takes a lock of the whole process, or of an object, when the fork comes. A
/// child finds such locks held by threads that it does not have.
fn any_moment() -> i32 {
    let pool = Arc::new(ThreadPool::builder().threads(2).queue(4).build());
    let termination = Termination::install().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let job = Arc::new(pool.submit(|| 7).unwrap());
    let timer = Arc::new(Timer::after(LONG, || ()));
    let mut threads = Vec::new();
    for number in 0..5 {
        let (over, pool, termination) = (over.clone(), pool.clone(), termination.clone());
        let (job, timer) = (job.clone(), timer.clone());
        threads.push(std::thread::spawn(move || {
            while !over.load(SeqCst) {
                match number {
                    0 => drop(pool.submit(|| ()).unwrap().result()),
                    1 => assert!(pool.workers() <= 2 && (job.is_done() || !job.is_cancelled())),
                    2 => {
                        timer.cancel();
                        assert!(Timer::after(LONG, || ()).cancel());
                    }
                    3 => drop((termination.clone(), termination.on(Arc::new(Event::new())))),
                    _ => drop(Runtime::run(|_| ())),
                }
            }
        }));
    }
    for _ in 0..100 {
        forked(|| {
            assert_eq!(pool.submit(|| 3).unwrap().result().unwrap(), 3);
            assert!(!job.is_cancelled());
            assert!(!timer.start() && timer.is_finished());
            Timer::after(MILLI, || ()).wait();
            let mine = Termination::install().unwrap();
            let subscription = termination.on(Arc::new(Event::new()));
            termination.request();
            drop((mine, subscription, termination.clone()));
            let outcome = Runtime::run(|_| drop(thread::spawn(|| ())));
            assert_eq!(outcome.exit_code(), 0);
            drop((pool.clone(), termination.clone()));
        });
    }
    over.store(true, SeqCst);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert!(!termination.is_requested());
    0
}

#[test]
fn f10_a_fork_at_any_moment_of_other_threads_leaves_the_child_nothing_that_hangs() {
    Child::start("any-moment").exits_with(0);
}

/// Children drop `object` while threads of the parent are in the middle of `calls`.
fn dropped_in_use<T: Send + Sync + 'static>(object: T, calls: fn(&T)) {
    forked_in_use(object, calls, |object| {
        // SAFETY: the threads that share it are the parent's, and this process exits without a second drop.
        drop(unsafe { std::ptr::read(object) });
    });
}

/// Objects of all kinds with waiters in them, or with a thread that holds their own lock.
fn in_use() -> i32 {
    const SHORT: Duration = Duration::from_micros(50);
    dropped_in_use(Lock::new(0), |lock| *lock.lock() += 1);
    dropped_in_use(ReentrantLock::new(()), |lock| {
        drop((lock.lock(), lock.lock()))
    });
    dropped_in_use(Semaphore::new(1), |permits| drop(permits.acquire()));
    dropped_in_use(Event::new(), |event| {
        let _ = event.wait_timeout(SHORT);
        event.set();
        event.clear();
    });
    dropped_in_use((Lock::new(0), Condition::new()), |(lock, condition)| {
        drop(condition.wait_timeout(lock.lock(), SHORT));
        condition.notify_all();
    });
    dropped_in_use(Barrier::new(2), |barrier| {
        let _ = barrier.wait_timeout(SHORT);
        barrier.reset();
    });
    dropped_in_use(channel::bounded::<u32>(2), |(sender, receiver)| {
        let _ = sender.send_timeout(1, SHORT);
        let _ = receiver.recv_timeout(SHORT);
    });
    // Without room: both sides wait, and wake each other, all the time.
    for _ in 0..10 {
        dropped_in_use(channel::bounded::<u32>(1), |(sender, receiver)| {
            let _ = sender.send_timeout(1, SHORT);
            let _ = (sender.try_send(2), receiver.try_recv());
            let _ = receiver.recv_timeout(SHORT);
        });
    }
    dropped_in_use(queue::Queue::<u32>::new(2), |queue| {
        let _ = queue.put_timeout(1, SHORT);
        let _ = queue.get_timeout(SHORT);
    });
    dropped_in_use(queue::PriorityQueue::<u32>::new(2), |queue| {
        let _ = queue.put_timeout(1, SHORT);
        let _ = queue.get_timeout(SHORT);
    });
    dropped_in_use(Context::<u32>::typed(), |context| {
        let (pull, mut push) = (context.pull().unwrap(), context.push().unwrap());
        let _ = pull.bind("inproc://numbers");
        push.connect("inproc://numbers").unwrap();
        let _ = push.try_send(1_u32);
    });
    0
}

#[test]
fn f10_a_child_drops_objects_that_threads_of_the_parent_use() {
    Child::start("in-use").exits_with(0);
}

/// Children call everything of a queue in which threads of the parent are at work. It works, or it is closed.
macro_rules! called_at_work {
    ($queue:expr) => {
        forked_in_use(
            $queue,
            |its| {
                let _ = (its.try_put(Slow(1)), its.try_put(Slow(2)));
                let _ = (its.len(), its.try_get());
            },
            |queue| {
                let _ = (queue.try_get(), queue.try_put(Slow(3)));
                let _ = queue
                    .get_timeout(MILLI)
                    .inspect(|item| assert!((1..4).contains(&item.0)));
                let _ = queue.put_timeout(Slow(4), MILLI);
                drop((queue.get_task_timeout(MILLI), queue.task_done()));
                let _ = (queue.len(), queue.join_timeout(MILLI), format!("{queue:?}"));
                queue.close();
                assert!(queue.is_closed());
                assert_eq!(queue.put(Slow(5)).unwrap_err().0, Slow(5));
            },
        )
    };
}

/// An item whose comparison takes so long that forks come in the middle of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slow(u32);

impl Ord for Slow {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (0..5000).for_each(|_| std::hint::spin_loop());
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Slow {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn queues_at_work() -> i32 {
    called_at_work!(queue::Queue::new(8));
    called_at_work!(queue::LifoQueue::new(8));
    called_at_work!(queue::PriorityQueue::new(8));
    0
}

#[test]
fn f10_a_queue_that_a_thread_of_the_parent_was_changing_is_closed_in_the_child() {
    Child::start("queues").exits_with(0);
}
