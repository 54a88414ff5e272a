//! Select: exactly one operation is done, and nothing of the others is lost.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use gimmal_core::channel::{mpmc, spsc};
use gimmal_core::error::{Closed, SendError};
use gimmal_core::poll::{Selected2, Selected3, Selected8, select};
use gimmal_core::sync::{Event, Lock, Semaphore};
use gimmal_core::wait::block_on;

fn cx() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

#[test]
fn the_first_that_can_be_done_is_done() {
    let (left, right) = (
        mpmc::Channel::<u32, 2>::new(),
        mpmc::Channel::<&str, 2>::new(),
    );
    right.try_send("right").unwrap();
    let done = block_on(select((left.recv(), right.recv())));
    assert_eq!(done.index(), 1);
    assert!(matches!(done, Selected2::Second(Ok("right"), _)));

    left.try_send(1).unwrap();
    right.try_send("stays").unwrap();
    let done = block_on(select((left.recv(), right.recv())));
    assert!(matches!(done, Selected2::First(Ok(1), _)));
    assert_eq!(right.try_recv(), Ok("stays"));
}

#[test]
fn what_was_not_sent_comes_back() {
    let (jobs, answers) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<String, 1>::new(),
    );
    answers.try_send("full".into()).unwrap();
    jobs.try_send(1).unwrap();
    let answer = answers.send("answer".into());
    match block_on(select((answer, jobs.recv()))) {
        Selected2::Second(job, unsent) => {
            assert_eq!(job, Ok(1));
            assert_eq!(unsent.into_inner(), "answer");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_not_sent_comes_back_after_waiting() {
    let (jobs, answers) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<String, 1>::new(),
    );
    answers.try_send("full".into()).unwrap();
    let mut both = pin!(select((answers.send("answer".into()), jobs.recv())));
    assert!(both.as_mut().poll(&mut cx()).is_pending());
    assert!(both.as_mut().poll(&mut cx()).is_pending());
    jobs.try_send(1).unwrap();
    match both.poll(&mut cx()) {
        Poll::Ready(Selected2::Second(job, unsent)) => {
            assert_eq!(job, Ok(1));
            assert_eq!(unsent.into_inner(), "answer");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(answers.try_recv().unwrap(), "full");
    assert!(answers.is_empty());
}

#[test]
fn two_that_become_ready_at_once_are_not_both_done() {
    let (left, right) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    for first in [0, 1] {
        let mut both = pin!(select((left.recv(), right.recv())).starting_at(first));
        assert!(both.as_mut().poll(&mut cx()).is_pending());
        left.try_send(0).unwrap();
        right.try_send(1).unwrap();
        let Poll::Ready(done) = both.as_mut().poll(&mut cx()) else {
            panic!("both are ready");
        };
        assert_eq!(done.index(), first, "the order decides");
        let kept = [&right, &left][first].try_recv();
        assert_eq!(
            kept,
            Ok(1 - first as u32),
            "the other message is where it was"
        );
    }
}

#[test]
fn a_branch_that_was_woken_and_not_taken_wakes_the_next_waiter() {
    let (left, right) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    let mut both = pin!(select((left.recv(), right.recv())));
    let mut other = pin!(right.recv());
    assert!(both.as_mut().poll(&mut cx()).is_pending());
    assert!(other.as_mut().poll(&mut cx()).is_pending());
    right.try_send(1).unwrap(); // wakes the select
    left.try_send(0).unwrap();
    let done = both.as_mut().poll(&mut cx());
    assert!(matches!(done, Poll::Ready(Selected2::First(Ok(0), _))));
    let received = other.as_mut().poll(&mut cx());
    assert_eq!(received, Poll::Ready(Ok(1)), "its wake-up has come");
}

#[test]
fn a_grant_that_is_not_taken_is_returned() {
    let (semaphore, lock, event) = (Semaphore::new(0), Lock::new(()), Event::new());
    let held = lock.try_lock().unwrap();
    let mut any = pin!(select((event.wait(), semaphore.acquire(), lock.lock())));
    assert!(any.as_mut().poll(&mut cx()).is_pending());
    semaphore.release(1).unwrap(); // granted to the select
    assert_eq!(semaphore.available(), 0);
    drop(held);
    event.set();
    let done = any.as_mut().poll(&mut cx());
    assert!(matches!(done, Poll::Ready(Selected3::First((), _, _))));
    assert_eq!(semaphore.available(), 1);
    assert!(lock.try_lock().is_some());
}

#[test]
fn a_permit_is_acquired_by_one_branch() {
    let (semaphore, channel) = (Semaphore::new(1), mpmc::Channel::<u32, 1>::new());
    let done = block_on(select((channel.recv(), semaphore.acquire())));
    let Selected2::Second(Ok(permit), _) = done else {
        panic!("there is a permit");
    };
    assert_eq!(semaphore.available(), 0);
    drop(permit);
    assert_eq!(semaphore.available(), 1);
}

#[test]
fn a_closed_branch_is_ready() {
    let (left, right) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    let mut both = pin!(select((left.recv(), right.send(1))));
    right.try_send(0).unwrap();
    assert!(both.as_mut().poll(&mut cx()).is_pending());
    right.close();
    let done = both.as_mut().poll(&mut cx());
    assert!(matches!(
        done,
        Poll::Ready(Selected2::Second(Err(SendError(1)), _))
    ));

    left.close();
    let done = block_on(select((right.recv(), left.recv())));
    assert!(
        matches!(done, Selected2::First(Ok(0), _)),
        "what is left first"
    );
    let done = block_on(select((right.recv(), left.recv())).starting_at(1));
    assert!(matches!(done, Selected2::Second(Err(Closed), _)));
}

#[test]
fn a_cancelled_select_gives_everything_back() {
    let (jobs, answers) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<String, 1>::new(),
    );
    answers.try_send("full".into()).unwrap();
    for polled in [false, true] {
        let mut both = pin!(select((jobs.recv(), answers.send("answer".into()))));
        if polled {
            assert!(both.as_mut().poll(&mut cx()).is_pending());
        }
        let Err((_, unsent)) = both.as_mut().cancel() else {
            panic!("nothing was ready");
        };
        assert_eq!(unsent.into_inner(), "answer");
        assert!(!jobs.receivers().is_waited_on() && !answers.senders().is_waited_on());
    }
}

#[test]
fn a_cancelled_select_does_at_most_one() {
    let (left, right) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    let mut both = pin!(select((left.recv(), right.recv())));
    assert!(both.as_mut().poll(&mut cx()).is_pending());
    left.try_send(0).unwrap();
    right.try_send(1).unwrap();
    let done = both.as_mut().cancel();
    assert!(matches!(done, Ok(Selected2::First(Ok(0), _))));
    assert_eq!(right.try_recv(), Ok(1));
}

#[test]
fn a_dropped_select_leaves_everything() {
    let (left, right) = (
        mpmc::Channel::<u32, 1>::new(),
        mpmc::Channel::<u32, 1>::new(),
    );
    {
        let mut both = pin!(select((left.recv(), right.recv())));
        assert!(both.as_mut().poll(&mut cx()).is_pending());
        assert!(left.receivers().is_waited_on() && right.receivers().is_waited_on());
        right.try_send(1).unwrap();
    }
    assert!(!left.receivers().is_waited_on() && !right.receivers().is_waited_on());
    assert_eq!(right.try_recv(), Ok(1));
}

#[test]
fn every_branch_of_eight_can_be_the_one() {
    let channels: [mpmc::Channel<usize, 1>; 8] = std::array::from_fn(|_| mpmc::Channel::new());
    let [a, b, c, d, e, f, g, h] = &channels;
    for waits in [false, true] {
        for (index, channel) in channels.iter().enumerate() {
            for turn in 0..9 {
                let all = (
                    a.recv(),
                    b.recv(),
                    c.recv(),
                    d.recv(),
                    e.recv(),
                    f.recv(),
                    g.recv(),
                    h.recv(),
                );
                let mut any = pin!(select(all).starting_at(turn));
                if waits {
                    assert!(any.as_mut().poll(&mut cx()).is_pending());
                }
                channel.try_send(index).unwrap();
                let Poll::Ready(done) = any.as_mut().poll(&mut cx()) else {
                    panic!("one is ready");
                };
                assert_eq!(done.index(), index);
                let value = match done {
                    Selected8::First(value, ..) => value,
                    Selected8::Second(value, ..) => value,
                    Selected8::Third(value, ..) => value,
                    Selected8::Fourth(value, ..) => value,
                    Selected8::Fifth(value, ..) => value,
                    Selected8::Sixth(value, ..) => value,
                    Selected8::Seventh(value, ..) => value,
                    Selected8::Eighth(value, ..) => value,
                };
                assert_eq!(value, Ok(index));
            }
        }
    }
}

#[test]
#[should_panic(expected = "has been ready before")]
fn a_select_that_was_ready_is_not_polled_again() {
    let event = Event::new();
    event.set();
    let mut both = pin!(select((event.wait(), event.wait())));
    assert!(both.as_mut().poll(&mut cx()).is_ready());
    let _ = both.as_mut().poll(&mut cx());
}

/// Two pairs of threads hand numbers over by selects that both send and receive: each number
/// arrives exactly once.
#[test]
fn selects_on_both_sides_lose_nothing() {
    const EACH: usize = if cfg!(miri) { 20 } else { 2_000 };
    static ENDS: spsc::Channel<usize, 1> = spsc::Channel::new();
    let (mut first, mut second) = ENDS.try_split().expect("nobody has them");
    let shared = mpmc::Channel::<usize, 1>::new();
    let seen = std::thread::scope(|scope| {
        let shared = &shared;
        scope.spawn(move || {
            for n in 0..EACH {
                match block_on(select((first.send(n), shared.send(n))).starting_at(n)) {
                    Selected2::First(sent, unsent) => {
                        assert_eq!((sent.is_ok(), unsent.into_inner()), (true, n));
                    }
                    Selected2::Second(sent, unsent) => {
                        assert_eq!((sent.is_ok(), unsent.into_inner()), (true, n));
                    }
                }
            }
            shared.close();
            first.close();
        });
        let mut seen = [0; EACH];
        let mut open = 2;
        while open > 0 {
            let done = match open {
                2 => match block_on(select((second.recv(), shared.recv()))) {
                    Selected2::First(n, _) | Selected2::Second(n, _) => n,
                },
                _ => shared.try_recv().map_err(|_| Closed),
            };
            match done {
                Ok(n) => seen[n] += 1,
                Err(Closed) => open = if second.is_empty() { open - 1 } else { open },
            }
        }
        while let Ok(n) = second.try_recv() {
            seen[n] += 1;
        }
        seen
    });
    assert!(seen.iter().all(|times| *times == 1));
}

/// A loop over sources that end one after the other: one that has ended is no branch any more.
#[test]
fn a_branch_that_is_none_is_never_ready() {
    let one = mpmc::Channel::<u32, 4>::new();
    let other = mpmc::Channel::<u32, 4>::new();
    one.try_send(1).unwrap();
    one.close();
    let (mut left, mut right, mut came) = (true, true, Vec::new());
    let next = |left: bool, right: bool| {
        select((
            left.then(|| one.receiving()),
            right.then(|| other.receiving()),
        ))
    };
    let mut turns = 0;
    while left || right {
        turns += 1;
        let mut waits = pin!(next(left, right).into_future());
        let first = waits.as_mut().poll(&mut cx());
        let done = match first {
            Poll::Ready(done) => done,
            // Nothing is there: it waits in the one queue that is left.
            Poll::Pending => {
                assert!(!left);
                other.try_send(2).unwrap();
                other.close();
                let Poll::Ready(done) = waits.as_mut().poll(&mut cx()) else {
                    panic!("it was woken");
                };
                done
            }
        };
        match done {
            Selected2::First(Ok(n), other) => {
                assert!(other.is_some());
                came.push(n);
            }
            Selected2::First(Err(_), _) => left = false,
            Selected2::Second(Ok(n), other) => {
                assert_eq!(other.is_some(), left);
                came.push(n);
            }
            Selected2::Second(Err(_), _) => right = false,
        }
    }
    assert_eq!((came, turns), (vec![1, 2], 4));
    // Nobody but `None`: it waits, and comes back as it was.
    let mut nothing = pin!(next(false, false).into_future());
    assert!(nothing.as_mut().poll(&mut cx()).is_pending());
    assert!(matches!(nothing.as_mut().cancel(), Err((None, None))));
    assert!(next(false, false).try_now().is_pending());
}
