//! The waiting layer and hostile wakers: such as come back into the object they wait for when they are cloned, woken or
//! dropped, and such as panic. And crowds larger than one batch.

mod kit;

use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use gimmal_core::wait::{Until, WaitCell, WaitQueue};
use kit::{Bang, Counted, Gate, Pass, Passed, Scripted, bangs, poll, within};

type Queue = Gate<WaitQueue>;
type One = Gate<WaitCell>;
type Owned = Pin<Box<Until<'static, WaitQueue, Pass<Arc<Queue>>>>>;

/// `n` waiters, each with a counter.
fn crowd(gate: &Arc<Queue>, n: usize) -> (Vec<Owned>, Vec<Arc<Counted>>) {
    (0..n)
        .map(|_| {
            let (counted, waker) = Counted::new();
            let mut future = Box::pin(gate.pass_owned());
            assert!(poll(future.as_mut(), &waker).is_pending());
            (future, counted)
        })
        .unzip()
}

fn wakes(counted: &[Arc<Counted>]) -> Vec<usize> {
    counted.iter().map(|c| c.wakes()).collect()
}

#[test]
fn notifying_everybody_reaches_crowds_of_every_size() {
    for n in [0, 1, 7, 8, 9, 15, 16, 17, 40] {
        let gate = Arc::new(Queue::default());
        let (mut futures, counted) = crowd(&gate, n);
        assert_eq!(gate.place.wake_all(), n);
        assert_eq!(wakes(&counted), vec![1; n]);
        assert_eq!(gate.place.wake_all(), 0, "they wait no longer");
        for future in &mut futures {
            assert!(poll(future.as_mut(), Waker::noop()).is_pending());
        }
        assert_eq!(gate.place.release_all(), n);
        for future in &mut futures {
            assert_eq!(
                poll(future.as_mut(), Waker::noop()),
                Poll::Ready(Passed::Granted)
            );
        }
    }
}

#[test]
fn notifying_everybody_goes_in_arrival_order() {
    let gate = Queue::default();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut futures: Vec<_> = (0..20).map(|_| Box::pin(gate.pass())).collect();
    for (i, future) in futures.iter_mut().enumerate() {
        let order = order.clone();
        let waker = Scripted {
            wake: Box::new(move || order.lock().unwrap().push(i)),
            ..Default::default()
        };
        assert!(poll(future.as_mut(), &waker.waker()).is_pending());
    }
    assert_eq!(gate.place.wake_all(), 20);
    assert!(order.lock().unwrap().iter().copied().eq(0..20));
}

/// A slot for a future that its own waker polls.
type Shared = Arc<Mutex<Option<Owned>>>;

/// A waker that polls the future in `slot` as soon as it is woken, and counts.
fn eager(slot: &Shared, woken: &Arc<AtomicUsize>) -> Waker {
    let (slot, woken) = (slot.clone(), woken.clone());
    Scripted {
        wake: Box::new(move || {
            woken.fetch_add(1, SeqCst);
            if let Some(future) = slot.lock().unwrap().as_mut() {
                let _ = poll(future.as_mut(), Waker::noop());
            }
        }),
        ..Default::default()
    }
    .waker()
}

#[test]
fn who_waits_again_at_once_takes_no_other_waiter_s_wake_up() {
    // More waiters than one batch; the first one finds nothing and waits again, in front, before the second batch.
    let gate = Arc::new(Queue::default());
    let slot = Shared::default();
    let woken = Arc::new(AtomicUsize::new(0));
    let mut first: Owned = Box::pin(gate.pass_owned());
    assert!(poll(first.as_mut(), &eager(&slot, &woken)).is_pending());
    *slot.lock().unwrap() = Some(first);
    let (_futures, counted) = crowd(&gate, 11);
    gate.place.wake_all();
    assert_eq!(wakes(&counted), [1; 11], "everybody who waited is woken");
    assert_eq!(woken.load(SeqCst), 1, "and nobody twice");
    slot.lock().unwrap().take();
}

#[test]
fn who_waits_again_at_once_is_not_given_the_same_thing_twice() {
    // B32: the first waiter is released and waits anew while the call still goes on.
    let gate = Arc::new(Queue::default());
    let again: Shared = Shared::default();
    let mut first: Owned = Box::pin(gate.pass_owned());
    let (slot, other) = (again.clone(), gate.clone());
    let waker = Scripted {
        wake: Box::new(move || {
            let mut anew: Owned = Box::pin(other.pass_owned());
            assert!(poll(anew.as_mut(), Waker::noop()).is_pending());
            *slot.lock().unwrap() = Some(anew);
        }),
        ..Default::default()
    };
    assert!(poll(first.as_mut(), &waker.waker()).is_pending());
    let (mut futures, counted) = crowd(&gate, 11);
    assert_eq!(gate.place.release_all(), 12);
    assert_eq!(wakes(&counted), [1; 11]);
    for future in futures.iter_mut().chain([&mut first]) {
        assert_eq!(
            poll(future.as_mut(), Waker::noop()),
            Poll::Ready(Passed::Granted)
        );
    }
    let mut anew = again.lock().unwrap().take().unwrap();
    assert!(
        poll(anew.as_mut(), Waker::noop()).is_pending(),
        "it came after the call"
    );
}

#[test]
fn one_panicking_waker_of_many_keeps_no_other_waiter_asleep() {
    for n in [3, 8, 9, 20] {
        for guilty in [0, 1, n - 1] {
            let gate = Arc::new(Queue::default());
            let (before, counted) = crowd(&gate, guilty);
            let mut panics = Box::pin(gate.pass_owned());
            let waker = Scripted {
                wake: Box::new(|| resume_unwind(Box::new(Bang))),
                ..Default::default()
            };
            assert!(poll(panics.as_mut(), &waker.waker()).is_pending());
            let (after, counted_too) = crowd(&gate, n - 1 - guilty);
            bangs(|| assert_eq!(gate.place.wake_all(), n));
            assert_eq!(wakes(&counted), vec![1; guilty]);
            assert_eq!(wakes(&counted_too), vec![1; n - 1 - guilty]);
            assert!(!gate.place.is_waited_on());
            gate.add(n);
            for mut future in before.into_iter().chain([panics]).chain(after) {
                assert!(poll(future.as_mut(), Waker::noop()).is_ready());
            }
        }
    }
}

#[test]
fn a_waker_whose_clone_panics_leaves_nobody_in_the_queue() {
    let gate = Queue::default();
    let one = One::default();
    let waker = || {
        Scripted {
            clone: Box::new(|| resume_unwind(Box::new(Bang))),
            ..Default::default()
        }
        .waker()
    };
    bangs(|| assert!(poll(pin!(gate.pass()), &waker()).is_pending()));
    bangs(|| assert!(poll(pin!(one.pass()), &waker()).is_pending()));
    assert!(!gate.place.is_waited_on());
    // While it waits already: the old waker stays good.
    let (counted, good) = Counted::new();
    let mut future = pin!(gate.pass());
    assert!(poll(future.as_mut(), &good).is_pending());
    bangs(|| assert!(poll(future.as_mut(), &waker()).is_pending()));
    assert!(gate.place.wake_one());
    assert_eq!(counted.wakes(), 1);
}

/// B53: every call of a waker comes back into the place it waits in, in all ways there are.
#[test]
fn a_waker_may_come_back_into_the_queue_from_everywhere() {
    let gate = Arc::new(Queue::default());
    let calls = Arc::new(AtomicUsize::new(0));
    let inside = Arc::new(AtomicBool::new(false));
    let action = || {
        let (gate, calls, inside) = (gate.clone(), calls.clone(), inside.clone());
        Box::new(move || {
            calls.fetch_add(1, SeqCst);
            // Wakers that these calls use up would come back without end.
            if inside.swap(true, SeqCst) {
                return;
            }
            let mut other = pin!(gate.pass());
            assert!(poll(other.as_mut(), Waker::noop()).is_pending());
            gate.place.wake_one();
            gate.place.wake_all();
            let mut another = pin!(gate.pass());
            assert!(poll(another.as_mut(), Waker::noop()).is_pending());
            gate.place.release_all();
            inside.store(false, SeqCst);
        })
    };
    let waker = || {
        Scripted {
            clone: action(),
            wake: action(),
            drop: action(),
        }
        .waker()
    };
    let (first, second) = (waker(), waker());
    let mut future = Box::pin(gate.pass());
    for _ in 0..3 {
        // Entering, entering again after the wake-ups from inside, changing the waker, being woken, leaving.
        let _ = poll(future.as_mut(), &first).map(|_| future.set(gate.pass()));
        let _ = poll(future.as_mut(), &second).map(|_| future.set(gate.pass()));
        gate.place.wake_one();
        let _ = poll(future.as_mut(), &first).map(|_| future.set(gate.pass()));
        gate.place.release_all();
        let _ = poll(future.as_mut(), &first).map(|_| future.set(gate.pass()));
    }
    future.set(gate.pass());
    drop((first, second));
    assert!(calls.load(SeqCst) > 10 && !gate.place.is_waited_on());
}

#[test]
fn a_waker_may_come_back_into_the_cell_from_everywhere() {
    let one = Arc::new(One::default());
    let calls = Arc::new(AtomicUsize::new(0));
    let action = || {
        let (one, calls) = (one.clone(), calls.clone());
        Box::new(move || {
            if calls.fetch_add(1, SeqCst) < 100 {
                one.place.wake();
            }
        })
    };
    let waker = || {
        Scripted {
            clone: action(),
            wake: action(),
            drop: action(),
        }
        .waker()
    };
    let (first, second) = (waker(), waker());
    let mut future = Box::pin(one.pass());
    for _ in 0..3 {
        assert!(poll(future.as_mut(), &first).is_pending());
        assert!(poll(future.as_mut(), &second).is_pending());
        one.place.wake();
        assert!(poll(future.as_mut(), &first).is_pending());
        future.set(one.pass());
    }
    one.add(1);
    assert!(poll(future.as_mut(), &first).is_ready());
    drop((first, second));
    assert!(calls.load(SeqCst) > 10);
}

#[test]
fn a_waker_may_drop_the_future_that_it_wakes() {
    let gate = Arc::new(Queue::default());
    let slot = Shared::default();
    let mut future: Owned = Box::pin(gate.pass_owned());
    let inner = slot.clone();
    let waker = Scripted {
        wake: Box::new(move || drop(inner.lock().unwrap().take())),
        ..Default::default()
    };
    assert!(poll(future.as_mut(), &waker.waker()).is_pending());
    *slot.lock().unwrap() = Some(future);
    let (_others, counted) = crowd(&gate, 1);
    assert!(gate.place.wake_one());
    assert!(slot.lock().unwrap().is_none());
    assert_eq!(wakes(&counted), [1], "what it was told has been passed on");
}

#[test]
fn a_waker_may_drop_its_neighbours_in_the_middle_of_a_notification() {
    let gate = Arc::new(Queue::default());
    let neighbours = Arc::new(Mutex::new(Vec::new()));
    let mut first = Box::pin(gate.pass_owned());
    let inner = neighbours.clone();
    let waker = Scripted {
        wake: Box::new(move || inner.lock().unwrap().clear()),
        ..Default::default()
    };
    assert!(poll(first.as_mut(), &waker.waker()).is_pending());
    let (futures, _) = crowd(&gate, 12);
    *neighbours.lock().unwrap() = futures;
    let (_last, counted) = crowd(&gate, 1);
    gate.place.wake_all();
    assert_eq!(wakes(&counted), [1]);
    assert!(!gate.place.is_waited_on());
}

/// All are told in one moment, taken out in batches: who looks in between brings a waker that nobody needs.
#[test]
fn a_waker_that_nobody_needs_is_dropped_outside_the_lock() {
    within(Duration::from_secs(20), || {
        let gate = Arc::new(Queue::default());
        let last = Shared::default();
        let (slot, inner) = (last.clone(), gate.clone());
        let mut first = Box::pin(gate.pass_owned());
        let waker = Scripted {
            wake: Box::new(move || {
                let gate = inner.clone();
                let comes_back = Scripted {
                    drop: Box::new(move || assert_eq!(gate.place.wake_all(), 0)),
                    ..Default::default()
                }
                .waker();
                let mut last = slot.lock().unwrap().take().unwrap();
                assert!(poll(last.as_mut(), &comes_back).is_ready());
            }),
            ..Default::default()
        };
        assert!(poll(first.as_mut(), &waker.waker()).is_pending());
        let (mut others, _) = crowd(&gate, 12);
        *last.lock().unwrap() = others.pop();
        assert_eq!(gate.place.release_all(), 13);
        for future in others.iter_mut().chain([&mut first]) {
            assert!(poll(future.as_mut(), Waker::noop()).is_ready());
        }
    });
}

/// What it brings is told while it is being cloned, and panics when it is not needed after all.
#[test]
fn a_waker_that_panics_when_it_is_dropped_loses_nothing_that_was_given() {
    for cancels in [false, true] {
        let gate = Arc::new(Queue::default());
        let (mut waiting, _) = crowd(&gate, 1);
        let notifier = gate.clone();
        let waker = Scripted {
            clone: Box::new(move || assert!(notifier.place.grant_one())),
            drop: Box::new(|| resume_unwind(Box::new(Bang))),
            ..Default::default()
        }
        .waker();
        bangs(|| assert!(poll(waiting[0].as_mut(), &waker).is_pending()));
        std::mem::forget(waker);
        if cancels {
            assert_eq!(waiting[0].as_mut().cancel().ok(), Some(Passed::Granted));
        }
        drop(waiting);
        assert_eq!(gate.returned.load(SeqCst), usize::from(!cancels));
    }
}

#[test]
fn a_forgotten_future_leaks_and_does_no_harm() {
    let gate = Arc::new(Queue::default());
    let (counted, waker) = Counted::new();
    let mut forgotten = Box::pin(gate.pass_owned());
    assert!(poll(forgotten.as_mut(), &waker).is_pending());
    // Under an interpreter that looks for leaks this one is reachable, on purpose.
    let leaked: &'static mut _ = Box::leak(Box::new(forgotten));
    let (_others, counted_too) = crowd(&gate, 2);
    assert!(gate.place.wake_one(), "its turn comes, as of every waiter");
    assert_eq!((counted.wakes(), wakes(&counted_too)), (1, vec![0, 0]));
    assert!(gate.place.wake_one());
    assert_eq!(wakes(&counted_too), [1, 0]);
    assert!(leaked.operation().is_some());
}

#[test]
fn many_polls_of_a_pending_future_keep_one_waker_and_one_place() {
    let polls = if cfg!(miri) { 100 } else { 1_000_000 };
    let gate = Queue::default();
    let one = One::default();
    let ((counted, waker), (other, other_waker)) = (Counted::new(), Counted::new());
    let mut future = pin!(gate.pass());
    let mut future_too = pin!(one.pass());
    for _ in 0..polls {
        assert!(poll(future.as_mut(), &waker).is_pending());
        assert!(poll(future_too.as_mut(), &waker).is_pending());
    }
    assert_eq!((counted.kept(), counted.wakes()), (2, 0));
    for i in 0..polls / 10 {
        // Woken and beaten to it each time, with changing wakers.
        assert!(gate.place.wake_one());
        let waker = if i % 2 == 0 { &waker } else { &other_waker };
        assert!(poll(future.as_mut(), waker).is_pending());
    }
    assert_eq!(counted.kept() + other.kept(), 2);
    assert_eq!(gate.place.wake_all(), 1);
}
