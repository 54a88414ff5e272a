//! A primitive that is not the library's, over `gimmal::wait`: blocked on, with a time-out,
//! awaited, left.

#[allow(unreachable_pub)]
mod latch {
    // What the core's guide shows, with the facade alone.
    use gimmal as gimmal_core;

    include!("../../core/examples/latch/latch.rs");
}

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::channel;
use gimmal::wait::{block, block_deadline, block_on, block_timeout};
use latch::Latch;

#[test]
fn threads_block_until_it_is_counted_down() {
    let latch = Latch::new(2);
    let released = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                block(latch.wait());
                released.fetch_add(1, Relaxed);
            });
        }
        latch.count_down();
        assert_eq!(released.load(Relaxed), 0, "one of two count-downs is left");
        latch.count_down();
    });
    assert_eq!(released.load(Relaxed), 4);
}

#[test]
fn a_time_out_gives_the_operation_back_and_success_beats_it() {
    let latch = Latch::new(1);
    let past = Instant::now();
    assert!(block_timeout(latch.wait(), Duration::ZERO).is_err());
    assert!(block_timeout(latch.wait(), Duration::from_millis(5)).is_err());
    assert!(block_deadline(latch.wait(), past).is_err());
    assert!(block_deadline(latch.wait(), past + Duration::from_millis(5)).is_err());
    latch.count_down();
    assert!(block_timeout(latch.wait(), Duration::ZERO).is_ok());
    assert!(block_timeout(latch.wait(), Duration::MAX).is_ok());
    assert!(block_deadline(latch.wait(), past).is_ok());
}

#[test]
fn a_timed_wait_ends_when_it_is_counted_down() {
    let latch = Latch::new(1);
    thread::scope(|scope| {
        let waiting =
            scope.spawn(|| block_timeout(latch.wait(), Duration::from_secs(3600)).is_ok());
        latch.count_down();
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn a_thread_runs_any_future() {
    let latch = Latch::new(1);
    let (sender, receiver) = channel::bounded(1);
    thread::scope(|scope| {
        let task = scope.spawn(|| {
            block_on(async {
                latch.wait().await;
                receiver.recv_async().await
            })
        });
        latch.count_down();
        sender.send(7).unwrap();
        assert_eq!(task.join().unwrap(), Ok(7));
    });
    // What can be awaited can be given to it as it is. And a wait inside a wait has a token of its
    // own.
    block_on(latch.wait());
    block_on(async { block_on(latch.wait()) });
    assert_eq!(block_on(async { 1 + 1 }), 2);
}

#[test]
fn a_future_that_is_dropped_leaves_the_others_waiting() {
    let latch = Latch::new(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut stays = pin!(latch.wait().into_future());
    {
        let mut leaves = pin!(latch.wait().into_future());
        assert!(leaves.as_mut().poll(&mut context).is_pending());
        assert!(stays.as_mut().poll(&mut context).is_pending());
    }
    latch.count_down();
    assert_eq!(stays.as_mut().poll(&mut context), Poll::Ready(()));
}
