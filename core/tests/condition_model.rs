//! Conditions against a model that is a queue and a list of those who have been told. The lock is its own affair (see
//! `lock_model.rs`): here it is looked at, not predicted.

mod kit;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use gimmal_core::error::WaitError;
use gimmal_core::sync::{Condition, Lock, LockGuard};
use kit::Task;
use proptest::prelude::*;

type Guard<'l> = LockGuard<'l, u32>;

/// The longest a queue gets: more than one batch.
const MOST: usize = 13;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Waits until its stop is set, too.
    OrStop,
    /// Waits while the value is not as large as this.
    While(u32),
}

#[derive(Clone, Debug)]
enum Op {
    Wait(Kind, usize),
    NotifyOne,
    NotifyMany(usize),
    NotifyAll,
    Poll(usize),
    Leave(usize),
    Stop(usize),
    /// Takes a lock for a while.
    Hold(usize),
    /// Lets go of it, with another value.
    Release(u32),
    Close,
}

/// How a wait ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Notified,
    Closed,
    WrongLock,
    Stopped,
}

/// Where a waiter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    /// It has the guard, and was not polled.
    Coming,
    Queued,
    /// It has what ends its wait, and locks again; does it owe a notification?
    Told(End, bool),
}

struct Model {
    closed: bool,
    queue: VecDeque<usize>,
    /// Of those in the queue.
    lock: usize,
    is: Vec<Is>,
}

impl Model {
    /// Somebody has come, or comes again, with a lock; says how its wait ends at once.
    fn enters(&mut self, id: usize, lock: usize) -> Option<End> {
        if self.closed {
            return Some(End::Closed);
        }
        if !self.queue.is_empty() && self.lock != lock {
            return Some(End::WrongLock);
        }
        self.lock = lock;
        self.queue.push_back(id);
        self.is[id] = Is::Queued;
        None
    }

    #[track_caller]
    fn cannot_enter(&mut self, id: usize, lock: usize) -> End {
        self.enters(id, lock).expect("there is a waiter for it")
    }

    fn tell(&mut self, n: usize, owes: bool) -> usize {
        let n = n.min(self.queue.len());
        for id in self.queue.drain(..n) {
            self.is[id] = Is::Told(End::Notified, owes);
        }
        n
    }

    fn close(&mut self) {
        self.closed = true;
        for id in self.queue.drain(..) {
            self.is[id] = Is::Told(End::Closed, false);
        }
    }

    fn leaves(&mut self, id: usize) {
        self.queue.retain(|queued| *queued != id);
        if self.is[id] == Is::Told(End::Notified, true) {
            self.tell(1, true);
        }
    }
}

type Answer<'l> = (Guard<'l>, End);

struct Waiter<'l> {
    id: usize,
    lock: usize,
    kind: Kind,
    stop: Arc<AtomicBool>,
    /// How often a `Kind::While` has looked.
    looks: Arc<AtomicUsize>,
    task: Task<'l, Answer<'l>>,
    /// How often it had been woken when it came into the queue.
    before: usize,
    /// It waits for the lock.
    relocks: bool,
}

fn ended<'l>(result: Result<(Guard<'l>, bool), WaitError<Guard<'l>>>) -> Answer<'l> {
    match result {
        Ok((guard, false)) => (guard, End::Notified),
        Ok((guard, true)) => (guard, End::Stopped),
        Err(WaitError::Closed(guard)) => (guard, End::Closed),
        Err(WaitError::WrongLock(guard)) => (guard, End::WrongLock),
        Err(other) => panic!("{other:?}"),
    }
}

impl<'l> Waiter<'l> {
    fn new(id: usize, lock: usize, kind: Kind, condition: &'l Condition, guard: Guard<'l>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let looks = Arc::new(AtomicUsize::new(0));
        let (now, counted) = (stop.clone(), looks.clone());
        let task = match kind {
            Kind::Plain => Task::unpolled(async move {
                ended(condition.wait(guard).await.map(|guard| (guard, false)))
            }),
            Kind::While(least) => Task::unpolled(async move {
                let result = condition.wait_while(guard, |value| {
                    counted.fetch_add(1, SeqCst);
                    *value < least
                });
                ended(result.await.map(|guard| (guard, false)))
            }),
            Kind::OrStop => Task::unpolled(async move {
                let stop = std::future::poll_fn(|_| match now.load(SeqCst) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                });
                let result = condition.wait_or(guard, stop).await;
                ended(result.map(|(guard, stopped)| (guard, stopped.is_err())))
            }),
        };
        Waiter {
            id,
            lock,
            kind,
            stop,
            looks,
            task,
            before: 0,
            relocks: false,
        }
    }

    fn wants_more_than(&self, value: u32) -> bool {
        matches!(self.kind, Kind::While(least) if value < least)
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let kind = prop_oneof![
        3 => Just(Kind::Plain),
        2 => Just(Kind::OrStop),
        2 => (0..4_u32).prop_map(Kind::While),
    ];
    let lock = prop_oneof![5 => Just(0_usize), 1 => Just(1_usize)];
    let op = prop_oneof![
        12 => (kind, lock.clone()).prop_map(|(kind, lock)| Op::Wait(kind, lock)),
        3 => Just(Op::NotifyOne),
        2 => (0..MOST).prop_map(Op::NotifyMany),
        1 => Just(Op::NotifyAll),
        12 => (0..16_usize).prop_map(Op::Poll),
        3 => (0..16_usize).prop_map(Op::Leave),
        2 => (0..16_usize).prop_map(Op::Stop),
        2 => lock.prop_map(Op::Hold),
        3 => (0..4_u32).prop_map(Op::Release),
    ];
    let ops = prop::collection::vec(op, 0..if cfg!(miri) { 40 } else { 200 });
    (ops, prop::option::weighted(0.5, 0..200_usize)).prop_map(|(mut ops, close)| {
        if let Some(at) = close {
            ops.insert(at.min(ops.len()), Op::Close);
        }
        ops
    })
}

struct World<'l> {
    condition: &'l Condition,
    locks: &'l [Lock<u32>; 2],
    model: Model,
    all: Vec<Waiter<'l>>,
    held: Option<Guard<'l>>,
}

impl<'l> World<'l> {
    fn wait(&mut self, kind: Kind, lock: usize) {
        let Some(guard) = self.locks[lock].try_lock() else {
            return;
        };
        let id = self.model.is.len();
        self.model.is.push(Is::Coming);
        self.all
            .push(Waiter::new(id, lock, kind, self.condition, guard));
        self.poll(self.all.len() - 1);
    }

    /// Polls, and looks whether that may be the answer.
    fn poll(&mut self, which: usize) {
        let waiter = &mut self.all[which];
        let (id, lock) = (waiter.id, &self.locks[waiter.lock]);
        if self.model.is[id] == Is::Queued && waiter.stop.load(SeqCst) {
            self.model.leaves(id);
            self.model.is[id] = Is::Told(End::Stopped, false);
        }
        let is = self.model.is[id];
        let (free, looks) = (!lock.is_locked(), waiter.looks.load(SeqCst));
        match waiter.task.poll() {
            Poll::Pending if is == Is::Queued => {}
            Poll::Pending if is == Is::Coming || waiter.looks.load(SeqCst) > looks => {
                // It is in the queue: at its first place, or another one because it is not as it should be.
                assert_ne!(is, Is::Told(End::Stopped, false));
                (waiter.before, waiter.relocks) = (waiter.task.wakes(), false);
                assert_eq!(self.model.enters(id, waiter.lock), None);
            }
            Poll::Pending => {
                // Later it is the lock that says whose turn it is.
                assert!(!free || waiter.relocks, "it could have had the lock");
                waiter.relocks = true;
            }
            Poll::Ready((guard, end)) => {
                assert!(std::ptr::eq(LockGuard::lock(&guard), lock));
                let more = waiter.wants_more_than(*guard);
                let expected = match is {
                    Is::Queued => panic!("nobody has told it anything"),
                    // What it waited for wins over everything.
                    _ if matches!(waiter.kind, Kind::While(_)) && !more => End::Notified,
                    Is::Told(End::Notified, _) if more => self.model.cannot_enter(id, waiter.lock),
                    Is::Told(end, _) => end,
                    Is::Coming => self.model.cannot_enter(id, waiter.lock),
                };
                assert_eq!(end, expected);
                self.all.remove(which);
                drop(guard);
            }
        }
    }

    fn step(&mut self, op: &Op) {
        let some = !self.all.is_empty();
        let at = |which: usize, all: &[Waiter<'_>]| which % all.len();
        let model = &mut self.model;
        match *op {
            Op::Wait(kind, lock) if model.queue.len() < MOST => self.wait(kind, lock),
            Op::NotifyOne => assert_eq!(self.condition.notify_one(), model.tell(1, true) == 1),
            Op::NotifyMany(n) => {
                assert_eq!(self.condition.notify_many(n), model.tell(n, true));
            }
            Op::NotifyAll => {
                assert_eq!(self.condition.notify_all(), model.tell(usize::MAX, false));
            }
            Op::Close => {
                self.condition.close();
                model.close();
            }
            Op::Poll(which) if some => self.poll(at(which, &self.all)),
            Op::Leave(which) if some => {
                let waiter = self.all.remove(at(which, &self.all));
                drop(waiter.task);
                self.model.leaves(waiter.id);
            }
            Op::Stop(which) if some => {
                let waiter = &self.all[at(which, &self.all)];
                waiter.stop.store(waiter.kind == Kind::OrStop, SeqCst);
            }
            Op::Hold(lock) if self.held.is_none() => self.held = self.locks[lock].try_lock(),
            Op::Release(value) => {
                if let Some(mut guard) = self.held.take() {
                    *guard = value;
                }
            }
            _ => {}
        }
        for waiter in &self.all {
            let woken = waiter.task.wakes() > waiter.before;
            match self.model.is[waiter.id] {
                Is::Queued => assert!(!woken, "told nothing"),
                Is::Told(End::Notified | End::Closed, _) => assert!(woken),
                _ => {}
            }
        }
    }
}

fn run(ops: &[Op]) {
    let (condition, locks) = (Condition::new(), [Lock::new(0), Lock::new(0)]);
    let mut world = World {
        condition: &condition,
        locks: &locks,
        model: Model {
            closed: false,
            queue: VecDeque::new(),
            lock: 0,
            is: Vec::new(),
        },
        all: Vec::new(),
        held: None,
    };
    for op in ops {
        world.step(op);
    }
    // Who has been told gets the lock when nobody keeps it.
    world.step(&Op::Release(9));
    world.step(&Op::Close);
    while !world.all.is_empty() {
        let before = world.all.len();
        for which in (0..before).rev() {
            world.poll(which);
        }
        assert!(world.all.len() < before, "nobody gets the lock");
    }
    assert!(locks.iter().all(|lock| !lock.is_locked()));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 384 })
    })]

    #[test]
    fn a_condition_is_a_queue_and_those_who_were_told(ops in ops()) {
        run(&ops);
    }
}
