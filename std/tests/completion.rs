//! `Completion`: done when the last frame of a buffer is dropped, neither before nor never, on whatever thread.

mod kit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context as Task, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::error::TimedOut;
use gimmal::message::Completion;
use gimmal::pool::Pool;
use gimmal::sync::Barrier;
use gimmal::{Context, Frame, Message, Pull, Push};
use kit::{SHORT, bounded, rounds};

/// A buffer that counts its drops. Nothing but the completion orders the count.
struct Buffer([u8; 64], Arc<AtomicUsize>);

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.1.fetch_add(1, Relaxed);
    }
}

fn tracked() -> (Frame, Completion, Arc<AtomicUsize>) {
    let drops = Arc::<AtomicUsize>::default();
    let (frame, completion) = Frame::with_completion(Buffer([7; 64], drops.clone()));
    (frame, completion, drops)
}

fn linked(context: &Context) -> (Push, Pull) {
    let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://here").unwrap();
    push.connect("inproc://here").unwrap();
    (push, pull)
}

#[test]
fn it_is_done_with_the_last_frame_and_not_before() {
    let (frame, completion, drops) = tracked();
    let at = frame.as_ptr();
    let message = Message::from(("header", frame.clone()));
    let several = [message.clone(), message.clone()];
    let mut grown = several[0].clone();
    grown.push_frame("footer");
    let bytes = frame.into_bytes();
    assert_eq!((bytes.as_ptr(), grown.frames()[1].as_ptr()), (at, at));
    let slice = bytes.slice(60..);

    let look = |what: &str| {
        assert!(!completion.is_done(), "{what}");
        assert_eq!(completion.wait_timeout(Duration::ZERO), Err(TimedOut));
        assert_eq!(drops.load(Relaxed), 0);
    };
    look("all are there");
    drop(message);
    look("the message");
    drop(several);
    look("its clones");
    drop(bytes);
    look("the bytes");
    drop(grown);
    look("the grown one");
    assert_eq!(slice, [7; 4][..]);
    drop(slice);
    assert!(completion.is_done());
    assert_eq!(drops.load(Relaxed), 1);
    completion.wait();
    assert_eq!(completion.wait_timeout(Duration::ZERO), Ok(()));
    assert_eq!(completion.wait_deadline(Instant::now()), Ok(()));
    assert_eq!(format!("{completion:?}"), "Completion { done: true }");
}

#[test]
fn it_is_not_done_while_the_owner_is_being_dropped() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    struct Looks([u8; 1], Arc<std::sync::OnceLock<Completion>>);
    impl AsRef<[u8]> for Looks {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    impl Drop for Looks {
        fn drop(&mut self) {
            assert!(!self.1.get().unwrap().is_done());
            SEEN.fetch_add(1, Relaxed);
        }
    }

    let place = Arc::<std::sync::OnceLock<Completion>>::default();
    let (frame, completion) = Frame::with_completion(Looks([0], place.clone()));
    place.set(completion.clone()).unwrap();
    drop(frame);
    assert!(completion.is_done());
    assert_eq!(SEEN.load(Relaxed), 1);
}

#[test]
fn it_is_done_also_when_the_owners_destructor_panics() {
    struct Panics;
    impl AsRef<[u8]> for Panics {
        fn as_ref(&self) -> &[u8] {
            b"bytes"
        }
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    let (frame, completion) = Frame::with_completion(Panics);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(frame))).is_err());
    assert!(completion.is_done());
}

#[test]
fn whoever_waits_sees_the_end_that_another_thread_made() {
    bounded(|| {
        let context = Context::new();
        let (mut push, mut pull) = linked(&context);
        let receiver = thread::spawn(move || {
            let mut sum = 0;
            while let Ok(message) = pull.recv() {
                sum += usize::from(message.as_bytes()[63]);
            }
            sum
        });
        let rounds = rounds(2000);
        for _ in 0..rounds {
            let (frame, completion, drops) = tracked();
            push.send(frame).unwrap();
            completion.wait();
            assert_eq!(drops.load(Relaxed), 1);
        }
        drop(push);
        context.shutdown();
        assert_eq!(receiver.join().unwrap(), 7 * rounds);
    });
}

/// Threads drop their frames at one moment: whoever is last ends it, and all others have read before.
#[test]
fn many_threads_drop_at_once_and_one_of_them_ends_it() {
    bounded(|| {
        const THREADS: usize = 4;
        let barrier = &Barrier::new(THREADS + 1);
        for _ in 0..rounds(200) {
            let (frame, completion, drops) = tracked();
            let reads = &AtomicUsize::new(0);
            thread::scope(|scope| {
                for mine in [(); THREADS].map(|()| Message::from(frame.clone())) {
                    scope.spawn(move || {
                        barrier.wait().unwrap();
                        reads.fetch_add(mine.as_bytes()[0].into(), Relaxed);
                        drop(mine);
                    });
                }
                let second = completion.clone();
                scope.spawn(move || second.wait());
                drop(frame);
                assert!(!completion.is_done());
                barrier.wait().unwrap();
                completion.wait();
                assert_eq!((reads.load(Relaxed), drops.load(Relaxed)), (7 * THREADS, 1));
            });
        }
    });
}

#[test]
fn a_receiver_whose_context_was_shut_down_ends_it_too() {
    let context = Context::new();
    let (mut push, mut pull) = linked(&context);
    let (first, second) = (tracked(), tracked());
    push.send(first.0).unwrap();
    push.send(("header", second.0)).unwrap();
    let held = pull.recv().unwrap();

    context.shutdown();
    assert!(!first.1.is_done() && !second.1.is_done());
    drop(held);
    assert!(first.1.is_done());
    // What was sent before stays readable.
    let read = pull.recv().unwrap();
    assert!(pull.recv().is_err());
    assert!(!second.1.is_done());
    thread::spawn(move || drop(read)).join().unwrap();
    assert!(second.1.is_done());
}

#[test]
fn what_nobody_reads_ends_with_its_link() {
    // The receiver closes.
    let context = Context::new();
    let (mut push, pull) = linked(&context);
    let (frame, completion, drops) = tracked();
    push.send(frame).unwrap();
    assert!(!completion.is_done());
    pull.close();
    drop(push);
    assert!(completion.is_done());

    // The context ends, and nobody has ever bound the name.
    let mut push = context.push().unwrap();
    push.connect("inproc://never").unwrap();
    let (frame, left, _) = tracked();
    push.send(frame).unwrap();
    drop(push);
    assert!(!left.is_done());
    context.shutdown();
    assert!(context.term_timeout(kit::LONG).is_ok());
    assert!(left.is_done());
    assert_eq!(drops.load(Relaxed), 1);
}

#[test]
fn a_message_that_was_not_sent_ends_with_its_error() {
    let context = Context::new();
    let mut push = context.push().unwrap();
    let (frame, completion, _) = tracked();
    let refused = push.try_send(("header", frame)).unwrap_err();
    assert!(!completion.is_done());
    drop(refused);
    assert!(completion.is_done());
}

#[test]
fn a_time_is_over_before_it_is_done() {
    bounded(|| {
        let (frame, completion, _) = tracked();
        let start = Instant::now();
        assert_eq!(completion.wait_timeout(SHORT), Err(TimedOut));
        assert_eq!(completion.wait_deadline(start + SHORT * 2), Err(TimedOut));
        assert!(start.elapsed() >= SHORT * 2);
        let second = completion.clone();
        let waits = thread::spawn(move || second.wait_timeout(Duration::MAX));
        drop(frame);
        assert_eq!(waits.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_task_waits_for_it_and_may_leave() {
    let (frame, completion, _) = tracked();
    let mut task = Task::from_waker(Waker::noop());
    {
        let mut leaves = pin!(completion.wait_async());
        assert_eq!(leaves.as_mut().poll(&mut task), Poll::Pending);
    }
    let mut waits = pin!(completion.wait_async());
    assert_eq!(waits.as_mut().poll(&mut task), Poll::Pending);
    drop(frame);
    assert_eq!(waits.as_mut().poll(&mut task), Poll::Ready(()));
}

#[test]
fn a_buffer_of_a_pool_is_free_when_it_is_done() {
    static BUFFERS: Pool<[u8; 64], 1> = Pool::new();

    let share = BUFFERS.try_take([7; 64]).unwrap().share();
    let at = share.as_ref().as_ptr();
    let (frame, completion) = Frame::with_completion(share);
    assert_eq!(frame.as_ptr(), at);
    assert!(BUFFERS.try_take([0; 64]).is_err());
    drop(frame);
    assert!(completion.is_done());
    assert_eq!(BUFFERS.lent(), 0);
}

/// An empty buffer has an owner too.
#[test]
fn a_buffer_without_bytes_ends_like_any_other() {
    let (frame, completion) = Frame::with_completion(Vec::new());
    assert!(frame.is_empty() && !completion.is_done());
    let message = Message::from([frame, Frame::default()]);
    assert!(!completion.is_done());
    drop(message);
    assert!(completion.is_done());
}

#[test]
fn leaving_the_handle_changes_nothing() {
    let (frame, completion, drops) = tracked();
    drop(completion);
    assert_eq!(frame, [7; 64]);
    drop(frame);
    assert_eq!(drops.load(Relaxed), 1);
}
