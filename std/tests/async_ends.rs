//! Futures that wait for several messages or for a stop, and stops that end waits of other kinds.

mod kit;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};

use gimmal::channel::{self, Closed};
use gimmal::sync::{BoundedSemaphore, Semaphore};
use gimmal::wait::block_on;
use gimmal::{Runtime, Stop, thread};

use kit::{bounded, until_it_sleeps};

/// Polls once, for nobody.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut TaskContext::from_waker(Waker::noop()))
}

#[test]
fn many_are_received_as_a_future() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(8);
        let mut buffer = Vec::new();
        {
            let mut waits = pin!(receiver.recv_many_async(&mut buffer, 3));
            assert!(poll_once(waits.as_mut()).is_pending());
            (0..5).for_each(|n| sender.send(n).unwrap());
            assert_eq!(poll_once(waits.as_mut()), Poll::Ready(Ok(3)));
        }
        assert_eq!(buffer, [0, 1, 2]);
        assert_eq!(block_on(receiver.recv_many_async(&mut buffer, 0)), Ok(0));
        assert_eq!(block_on(receiver.recv_many_async(&mut buffer, 9)), Ok(2));
        drop(sender);
        assert_eq!(
            block_on(receiver.recv_many_async(&mut buffer, 9)),
            Err(Closed)
        );
        assert_eq!(buffer, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn many_that_are_given_up_stay_in_the_channel() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(8);
        let mut buffer = Vec::new();
        {
            let mut waits = Box::pin(receiver.recv_many_async(&mut buffer, 3));
            assert!(poll_once(waits.as_mut()).is_pending());
            // It is notified now, and passes that on when it goes.
            sender.send(1).unwrap();
        }
        assert!(buffer.is_empty());
        assert_eq!(receiver.recv(), Ok(1));
    });
}

#[test]
fn a_stop_is_waited_for_as_a_future() {
    bounded(|| {
        let outcome = Runtime::run(|run| {
            let stop = run.termination();
            let mut waits = pin!(stop.wait_async());
            assert!(poll_once(waits.as_mut()).is_pending());
            let other = run.termination();
            let asks = thread::spawn(move || other.request());
            block_on(waits.as_mut());
            block_on(stop.wait_async());
            asks.join().unwrap();
        });
        assert!(outcome.into_inner().is_ok());
    });
}

#[test]
fn a_stop_ends_waits_for_permits() {
    bounded(|| {
        let (semaphore, limited) = (
            Arc::new(Semaphore::new(0)),
            Arc::new(BoundedSemaphore::new(1)),
        );
        let held = limited.acquire().unwrap();
        let (one, other) = (semaphore.clone(), limited.clone());
        let first = thread::Builder::new()
            .name("waits-a")
            .spawn(move || one.acquire().is_err());
        let second = thread::Builder::new()
            .name("waits-b")
            .spawn(move || other.acquire().is_err());
        until_it_sleeps("waits-a");
        until_it_sleeps("waits-b");
        Stop::stop(&*semaphore);
        Stop::stop(&*limited);
        assert!(first.unwrap().join().unwrap() && second.unwrap().join().unwrap());
        drop(held);
        assert!(semaphore.try_acquire().is_none() && limited.try_acquire().is_none());
    });
}

#[test]
fn what_is_there_is_taken_without_waiting() {
    let (mut sender, mut receiver) = channel::spsc::bounded(8);
    (0..3).for_each(|n| sender.send(n).unwrap());
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(receiver.try_iter().next(), None);
}
