//! The event, one poll at a time: who is released by which `set`, and who is not.

mod kit;

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use gimmal_core::sync::{Event, Waiting};
use gimmal_core::wait::{Until, WaitQueue};
use kit::{Counted, Scripted, poll, wait};

fn waiters<'e>(
    event: &'e Event,
    n: usize,
    waker: &Waker,
) -> Vec<Pin<Box<Until<'e, WaitQueue, Waiting<'e>>>>> {
    (0..n)
        .map(|_| {
            let mut future = Box::pin(event.wait());
            assert!(poll(future.as_mut(), waker).is_pending());
            future
        })
        .collect()
}

#[test]
fn a_set_event_is_waited_for_at_once_until_it_is_cleared() {
    let event = Event::default();
    assert!(!event.is_set());
    event.set();
    event.set();
    assert!(event.is_set());
    wait(event.wait());
    wait(event.wait());
    event.clear();
    event.clear();
    assert!(!event.is_set());
    assert!(poll(pin!(event.wait()), Waker::noop()).is_pending());
}

#[test]
fn setting_releases_everybody_who_waits_however_many() {
    for n in [0, 1, 8, 9, 33] {
        let event = Event::new();
        let (counted, waker) = Counted::new();
        let mut waiting = waiters(&event, n, &waker);
        event.set();
        assert_eq!(counted.wakes(), n);
        for future in &mut waiting {
            assert!(poll(future.as_mut(), &waker).is_ready());
        }
        assert_eq!(counted.kept(), 0);
    }
}

#[test]
fn a_clear_that_follows_at_once_takes_no_release_back() {
    let event = Event::new();
    let (counted, waker) = Counted::new();
    let mut before = waiters(&event, 12, &waker);
    event.set();
    event.clear();
    let mut after = waiters(&event, 1, &waker);
    assert_eq!(counted.wakes(), 12);
    for future in &mut before {
        assert!(poll(future.as_mut(), &waker).is_ready());
    }
    assert!(
        poll(after[0].as_mut(), &waker).is_pending(),
        "it came after the clear"
    );
    event.set();
    assert!(poll(after[0].as_mut(), &waker).is_ready());
}

#[test]
fn setting_again_releases_those_who_came_since() {
    let event = Event::new();
    let (counted, waker) = Counted::new();
    for round in 1..4 {
        let mut waiting = waiters(&event, 2, &waker);
        event.set();
        event.clear();
        assert_eq!(counted.wakes(), 2 * round);
        for future in &mut waiting {
            assert!(poll(future.as_mut(), &waker).is_ready());
        }
    }
}

#[test]
fn a_waiter_that_leaves_released_or_not_takes_nothing_from_the_others() {
    let event = Event::new();
    let (counted, waker) = Counted::new();
    let mut waiting = waiters(&event, 3, &waker);
    drop(waiting.remove(1));
    event.set();
    assert_eq!(counted.wakes(), 2);
    drop(waiting.remove(0));
    event.clear();
    assert!(poll(waiting[0].as_mut(), &waker).is_ready());
    assert_eq!(counted.wakes(), 2);
}

#[test]
fn a_cancelled_wait_says_whether_it_was_released() {
    let event = Event::new();
    let mut waiting = waiters(&event, 2, Waker::noop());
    assert!(waiting[0].as_mut().cancel().is_err());
    event.set();
    event.clear();
    assert!(
        waiting[1].as_mut().cancel().is_ok(),
        "released before the clear"
    );
}

#[test]
fn waiting_anew_from_inside_a_release_waits_for_the_next_set() {
    let event: &'static Event = Box::leak(Box::new(Event::new()));
    let anew = Arc::new(Mutex::new(None));
    let slot = anew.clone();
    let waker = Scripted {
        wake: Box::new(move || {
            event.clear();
            let mut future = Box::pin(event.wait());
            assert!(poll(future.as_mut(), Waker::noop()).is_pending());
            *slot.lock().unwrap() = Some(future);
        }),
        ..Default::default()
    };
    let mut first = pin!(event.wait());
    assert!(poll(first.as_mut(), &waker.waker()).is_pending());
    let (counted, waker) = Counted::new();
    let mut others = waiters(event, 12, &waker);
    event.set();
    assert_eq!(counted.wakes(), 12);
    assert!(
        others
            .iter_mut()
            .all(|f| poll(f.as_mut(), &waker).is_ready())
    );
    let mut anew = anew.lock().unwrap().take().unwrap();
    assert!(poll(anew.as_mut(), &waker).is_pending());
    event.set();
    assert!(poll(anew.as_mut(), &waker).is_ready());
}

/// A `clear` while somebody waits must not forget that somebody waits.
#[test]
fn a_clear_takes_no_waiter_s_place() {
    for clears in 1..3 {
        let event = Event::new();
        let (counted, waker) = Counted::new();
        let mut waits = pin!(event.wait());
        assert!(poll(waits.as_mut(), &waker).is_pending());
        for _ in 0..clears {
            event.clear();
        }
        event.set();
        event.clear();
        assert_eq!(counted.wakes(), 1, "the set after the clear releases it");
        assert!(poll(waits.as_mut(), &waker).is_ready());
    }
}

#[test]
fn debug_says_whether_it_is_set() {
    let event = Event::new();
    event.set();
    assert_eq!(format!("{event:?}"), "Event { set: true }");
}
