//! All are told in one moment and taken out in batches: what others find, and do, in between. And what a poll too many costs.

mod kit;

use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use gimmal_core::wait::{Until, WaitQueue};
use kit::{Bang, Counted, Gate, Pass, Scripted, bangs, poll, within};

/// Who wakes one helps to take out those who were told with others. One of their wakers panics, and its own waiter is woken all
/// the same.
#[test]
fn a_panicking_waker_of_another_notification_keeps_nobody_asleep() {
    for gives in [false, true] {
        let gate = Arc::new(Gate::<WaitQueue>::default());
        let late = Arc::new(Mutex::new(None));
        let (counted, late_waker) = Counted::new();
        // The first waker runs in the middle of `wake_all`: 7 are woken with it, the others are told and still in the list.
        let (inner, slot) = (gate.clone(), late.clone());
        let first_waker = Scripted {
            wake: Box::new(move || {
                let mut newcomer = Box::pin(inner.pass_owned());
                assert!(poll(newcomer.as_mut(), &late_waker).is_pending());
                *slot.lock().unwrap() = Some(newcomer);
                bangs(|| {
                    if gives {
                        inner.place.grant_one();
                    } else {
                        inner.place.wake_one();
                    }
                });
            }),
            ..Default::default()
        }
        .waker();
        let mut first = Box::pin(gate.pass_owned());
        assert!(poll(first.as_mut(), &first_waker).is_pending());
        let mut rest = Vec::new();
        for _ in 0..7 {
            let mut future = Box::pin(gate.pass_owned());
            assert!(poll(future.as_mut(), Waker::noop()).is_pending());
            rest.push(future);
        }
        let mut watched = Vec::new();
        for i in 0..3 {
            let (c, w) = Counted::new();
            let w = if i == 0 {
                Scripted {
                    wake: Box::new(|| resume_unwind(Box::new(Bang))),
                    ..Default::default()
                }
                .waker()
            } else {
                w
            };
            let mut future = Box::pin(gate.pass_owned());
            assert!(poll(future.as_mut(), &w).is_pending());
            rest.push(future);
            watched.push(c);
        }
        assert_eq!(gate.place.wake_all(), 11);
        assert_eq!(watched[1].wakes() + watched[2].wakes(), 2);
        assert_eq!(counted.wakes(), 1, "the newcomer was the one to be woken");
        assert!(late.lock().unwrap().is_some());
        gate.add(12);
        drop(rest);
    }
}

/// All are told in one moment, taken out in batches: who looks in between is taken out then, and its last waker, which comes
/// back into the queue when it is dropped, is dropped outside the lock.
#[test]
fn the_last_waker_of_who_was_told_is_dropped_outside_the_lock() {
    for cancels in [false, true] {
        within(Duration::from_secs(20), move || {
            let gate = Arc::new(Gate::<WaitQueue>::default());
            type Owned = Pin<Box<Until<'static, WaitQueue, Pass<Arc<Gate<WaitQueue>>>>>>;
            let last: Arc<Mutex<Option<Owned>>> = Arc::default();
            let dropped = Arc::new(AtomicUsize::new(0));
            let slot = last.clone();
            let first_waker = Scripted {
                wake: Box::new(move || {
                    let mut last = slot.lock().unwrap().take().unwrap();
                    if cancels {
                        drop(last);
                    } else {
                        assert!(poll(last.as_mut(), Waker::noop()).is_ready());
                    }
                }),
                ..Default::default()
            }
            .waker();
            let mut first = Box::pin(gate.pass_owned());
            assert!(poll(first.as_mut(), &first_waker).is_pending());
            let mut others: Vec<_> = (0..11).map(|_| Box::pin(gate.pass_owned())).collect();
            for other in &mut others {
                assert!(poll(other.as_mut(), Waker::noop()).is_pending());
            }
            let (inner, count) = (gate.clone(), dropped.clone());
            let comes_back = Scripted {
                drop: Box::new(move || {
                    inner.place.wake_all();
                    count.fetch_add(1, SeqCst);
                }),
                ..Default::default()
            }
            .waker();
            let mut future = Box::pin(gate.pass_owned());
            assert!(poll(future.as_mut(), &comes_back).is_pending());
            *last.lock().unwrap() = Some(future);
            assert_eq!(gate.place.release_all(), 13);
            assert_eq!(dropped.load(SeqCst), 1);
            drop(comes_back);
            for future in others.iter_mut().chain([&mut first]) {
                assert!(poll(future.as_mut(), Waker::noop()).is_ready());
            }
        });
    }
}

/// While a task is polled with the waker that the queue has already, no waker is cloned. (An interpreter gives a waker's table
/// more than one address, so that no waker is surely another's like.)
#[test]
#[cfg(not(miri))]
fn a_waiter_that_is_polled_again_with_the_same_waker_clones_none() {
    let gate = Gate::<WaitQueue>::default();
    let clones = Arc::new(AtomicUsize::new(0));
    let count = clones.clone();
    let waker = Scripted {
        clone: Box::new(move || {
            count.fetch_add(1, SeqCst);
        }),
        ..Default::default()
    }
    .waker();
    let mut future = pin!(gate.pass());
    for _ in 0..4 {
        assert!(poll(future.as_mut(), &waker).is_pending());
        assert_eq!(clones.load(SeqCst), 1);
    }
}
