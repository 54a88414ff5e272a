//! What a future keeps that waits and is no longer polled, and what it holds up.

mod kit;

use std::pin::pin;
use std::task::Poll;

use gimmal_core::channel::mpmc::Channel;
use gimmal_core::sync::Lock;
use kit::{Counted, poll};

#[test]
fn a_woken_receiver_that_nobody_polls_holds_no_message_and_passes_its_wake_up_on() {
    let channel = Channel::<u8, 4>::new();
    let (first_told, first_waker) = Counted::new();
    let (second_told, second_waker) = Counted::new();
    let mut first = Box::pin(channel.recv());
    let mut second = pin!(channel.recv());
    assert!(poll(first.as_mut(), &first_waker).is_pending());
    assert!(poll(second.as_mut(), &second_waker).is_pending());

    channel.try_send(1).unwrap();
    assert_eq!((first_told.wakes(), second_told.wakes()), (1, 0));
    assert_eq!(channel.try_recv(), Ok(1), "it holds no message");

    channel.try_send(2).unwrap();
    assert_eq!(second_told.wakes(), 1, "a further message wakes the next");
    assert_eq!(poll(second.as_mut(), &second_waker), Poll::Ready(Ok(2)));

    // The wake-up that it keeps goes on when it is dropped.
    let (third_told, third_waker) = Counted::new();
    let mut third = pin!(channel.recv());
    assert!(poll(third.as_mut(), &third_waker).is_pending());
    assert_eq!(third_told.wakes(), 0);
    drop(first);
    assert_eq!(third_told.wakes(), 1);
}

#[test]
fn a_woken_receiver_that_nobody_polls_leaves_others_asleep_until_it_is_dropped() {
    let channel = Channel::<u8, 4>::new();
    let (_first_told, first_waker) = Counted::new();
    let (second_told, second_waker) = Counted::new();
    let mut first = Box::pin(channel.recv());
    let mut second = pin!(channel.recv());
    assert!(poll(first.as_mut(), &first_waker).is_pending());
    assert!(poll(second.as_mut(), &second_waker).is_pending());

    channel.try_send(1).unwrap();
    assert_eq!(
        (channel.len(), second_told.wakes()),
        (1, 0),
        "beside a message"
    );
    drop(first);
    assert_eq!(second_told.wakes(), 1);
    assert_eq!(poll(second.as_mut(), &second_waker), Poll::Ready(Ok(1)));
}

#[test]
fn a_woken_receiver_that_finds_nothing_waits_again_in_front() {
    let channel = Channel::<u8, 4>::new();
    let (first_told, first_waker) = Counted::new();
    let (second_told, second_waker) = Counted::new();
    let mut first = pin!(channel.recv());
    let mut second = pin!(channel.recv());
    assert!(poll(first.as_mut(), &first_waker).is_pending());
    assert!(poll(second.as_mut(), &second_waker).is_pending());
    channel.try_send(1).unwrap();
    assert_eq!(channel.try_recv(), Ok(1));
    assert!(poll(first.as_mut(), &first_waker).is_pending());
    channel.try_send(2).unwrap();
    assert_eq!((first_told.wakes(), second_told.wakes()), (2, 0));
}

#[test]
fn a_lock_that_was_handed_to_a_future_that_nobody_polls_stays_held() {
    let lock = Lock::new(0);
    let (_told, waker) = Counted::new();
    let mut waits = Box::pin(lock.lock());
    let mut guard = Some(lock.try_lock().unwrap());
    // It loses until the lock is handed to it: however often that is, it is a bounded number of times.
    let mut handed = false;
    for _ in 0..100 {
        assert!(poll(waits.as_mut(), &waker).is_pending());
        drop(guard.take());
        guard = lock.try_lock();
        if guard.is_none() {
            handed = true;
            break;
        }
    }
    assert!(handed, "it is passed by for ever");
    assert!(lock.is_locked());
    assert!(lock.try_lock().is_none(), "held, though there is no guard");
    drop(waits);
    assert!(lock.try_lock().is_some());
}
