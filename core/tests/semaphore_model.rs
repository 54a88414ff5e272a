//! Semaphores against a model that is a number and a queue: strict arrival order leaves nothing to chance.

mod kit;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use gimmal_core::sync::{Acquiring, BoundedSemaphore, Permit, Semaphore};
use gimmal_core::wait::{Until, WaitQueue};
use kit::{Counted, poll};
use proptest::prelude::*;

/// What a semaphore is: permits, and those who wait with what they want.
struct Model {
    free: usize,
    most: usize,
    queue: VecDeque<(usize, usize)>,
}

impl Model {
    fn grant(&mut self) {
        while let Some(&(_, n)) = self.queue.front()
            && n <= self.free
        {
            self.free -= n;
            self.queue.pop_front();
        }
    }

    fn takes(&mut self, n: usize) -> bool {
        let can = self.queue.is_empty() && n <= self.free;
        self.free -= if can { n } else { 0 };
        can
    }

    fn puts(&mut self, n: usize) -> bool {
        let fits = self.free + n <= self.most;
        self.free += if fits { n } else { 0 };
        self.grant();
        fits
    }

    fn waits(&self, id: usize) -> bool {
        self.queue.iter().any(|(waiter, _)| *waiter == id)
    }

    fn leaves(&mut self, id: usize) {
        self.queue.retain(|(waiter, _)| *waiter != id);
        self.grant();
    }
}

/// Either of the two.
enum Either {
    Free(Semaphore),
    Bounded(BoundedSemaphore),
}

impl Either {
    fn try_acquire(&self, n: usize) -> Option<Permit<'_>> {
        match self {
            Either::Free(semaphore) => semaphore.try_acquire_many(n),
            Either::Bounded(semaphore) => semaphore.try_acquire_many(n).unwrap(),
        }
    }

    fn acquire(&self, n: usize) -> Until<'_, WaitQueue, Acquiring<'_>> {
        match self {
            Either::Free(semaphore) => semaphore.acquire_many(n),
            Either::Bounded(semaphore) => semaphore.acquire_many(n).unwrap(),
        }
    }

    fn release(&self, n: usize) -> bool {
        match self {
            Either::Free(semaphore) => semaphore.release(n).is_ok(),
            Either::Bounded(semaphore) => semaphore.release(n).is_ok(),
        }
    }

    fn available(&self) -> usize {
        match self {
            Either::Free(semaphore) => semaphore.available(),
            Either::Bounded(semaphore) => semaphore.available(),
        }
    }
}

struct Waiter<'s> {
    id: usize,
    n: usize,
    future: Pin<Box<Until<'s, WaitQueue, Acquiring<'s>>>>,
    counted: Arc<Counted>,
}

#[derive(Clone, Debug)]
enum Op {
    Try(usize),
    Acquire(usize),
    Poll(usize),
    Leave(usize),
    Cancel(usize),
    Release(usize),
    Return(usize),
    Forget(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        2 => (0..4_usize).prop_map(Op::Try),
        4 => (0..4_usize).prop_map(Op::Acquire),
        2 => (0..9_usize).prop_map(Op::Poll),
        1 => (0..9_usize).prop_map(Op::Leave),
        1 => (0..9_usize).prop_map(Op::Cancel),
        2 => (0..4_usize).prop_map(Op::Release),
        3 => (0..9_usize).prop_map(Op::Return),
        1 => (0..9_usize).prop_map(Op::Forget),
    ];
    prop::collection::vec(op, 0..if cfg!(miri) { 40 } else { 200 })
}

fn run(semaphore: &Either, mut model: Model, ops: &[Op]) {
    let mut waiting: Vec<Waiter<'_>> = Vec::new();
    let mut permits: Vec<Permit<'_>> = Vec::new();
    for (id, op) in ops.iter().enumerate() {
        match *op {
            Op::Try(n) => {
                let taken = semaphore.try_acquire(n);
                assert_eq!(taken.is_some(), model.takes(n));
                permits.extend(taken);
            }
            Op::Acquire(n) => {
                let (counted, waker) = Counted::new();
                let mut future = Box::pin(semaphore.acquire(n));
                match poll(future.as_mut(), &waker) {
                    Poll::Ready(permit) => {
                        assert!(model.takes(n));
                        permits.push(permit.unwrap());
                    }
                    Poll::Pending => {
                        assert!(!model.takes(n));
                        model.queue.push_back((id, n));
                        waiting.push(Waiter {
                            id,
                            n,
                            future,
                            counted,
                        });
                    }
                }
            }
            Op::Release(n) => assert_eq!(semaphore.release(n), model.puts(n)),
            Op::Return(which) if !permits.is_empty() => {
                let permit = permits.swap_remove(which % permits.len());
                model.puts(permit.count());
            }
            Op::Forget(which) if !permits.is_empty() => {
                permits.swap_remove(which % permits.len()).forget();
            }
            Op::Poll(which) if !waiting.is_empty() => {
                let which = which % waiting.len();
                match poll(waiting[which].future.as_mut(), Waker::noop()) {
                    Poll::Ready(permit) => {
                        let waiter = waiting.remove(which);
                        assert!(!model.waits(waiter.id));
                        permits.push(permit.unwrap());
                    }
                    Poll::Pending => {
                        assert!(model.waits(waiting[which].id));
                        // It has another waker now.
                        let (counted, waker) = Counted::new();
                        let future = waiting[which].future.as_mut();
                        assert!(poll(future, &waker).is_pending());
                        waiting[which].counted = counted;
                    }
                }
            }
            Op::Leave(which) if !waiting.is_empty() => {
                let waiter = waiting.remove(which % waiting.len());
                if model.waits(waiter.id) {
                    model.leaves(waiter.id);
                } else {
                    model.puts(waiter.n);
                }
            }
            Op::Cancel(which) if !waiting.is_empty() => {
                let mut waiter = waiting.remove(which % waiting.len());
                let mut gets = true;
                if model.waits(waiter.id) {
                    model.leaves(waiter.id);
                    gets = model.takes(waiter.n);
                }
                let cancelled = waiter.future.as_mut().cancel();
                assert_eq!(cancelled.is_ok(), gets);
                permits.extend(cancelled.ok().map(Result::unwrap));
            }
            _ => {}
        }
        assert_eq!(semaphore.available(), model.free, "{op:?}");
        for waiter in &waiting {
            let told = usize::from(!model.waits(waiter.id));
            assert_eq!(waiter.counted.wakes(), told, "once, when it is served");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 192 })
    })]

    #[test]
    fn a_semaphore_is_a_number_and_a_queue(ops in ops(), free in 0..5_usize) {
        let model = Model { free, most: Semaphore::MAX_PERMITS, queue: VecDeque::new() };
        run(&Either::Free(Semaphore::new(free)), model, &ops);
    }

    #[test]
    fn a_bounded_one_is_a_number_with_an_end(ops in ops(), most in 3..6_usize) {
        let model = Model { free: most, most, queue: VecDeque::new() };
        run(&Either::Bounded(BoundedSemaphore::new(most)), model, &ops);
    }
}
