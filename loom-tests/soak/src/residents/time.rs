//! The pool, timers, and the poller.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use gimmal::poll::Poller;
use gimmal::sync::Event;
use gimmal::timer::Timer;
use gimmal::{ThreadPool, channel};
use gimmal_histories::Dice;

use super::crowd;

/// Each job ran once and gave its result, or was cancelled and did not run.
pub(super) fn pool(dice: &mut Dice) -> u64 {
    let count = 50 + dice.below(200);
    let pool = ThreadPool::new(1 + dice.below(4) as usize);
    let ran = Arc::new(AtomicU64::new(0));
    let mut cancelled = 0;
    let jobs: Vec<_> = (0..count)
        .map(|number| {
            let ran = ran.clone();
            let job = pool.submit(move || {
                ran.fetch_add(1, SeqCst);
                number * number
            });
            let job = job.expect("it is open");
            let given_up = dice.once_in(8) && job.cancel();
            cancelled += u64::from(given_up);
            (number, job, given_up)
        })
        .collect();
    for (number, job, given_up) in jobs {
        match job.result() {
            Ok(square) => assert!(!given_up && square == number * number, "job {number}"),
            Err(error) => assert!(given_up && !error.is_panic(), "job {number}: {error}"),
        }
    }
    assert_eq!(ran.load(SeqCst), count - cancelled);
    count
}

/// A timer runs once, or it was cancelled and never does.
pub(super) fn timers(dice: &mut Dice) -> u64 {
    let each = 10 + dice.below(30);
    let counts = crowd(dice, 2, |_, dice| {
        let timers: Vec<_> = (0..each)
            .map(|_| {
                let times = Arc::new(AtomicU64::new(0));
                let run = times.clone();
                let after = Duration::from_micros(dice.below(8000));
                (
                    Timer::after(after, move || _ = run.fetch_add(1, SeqCst)),
                    times,
                )
            })
            .collect();
        for (timer, times) in timers {
            let cancelled = dice.once_in(3) && timer.cancel();
            timer.wait();
            assert_eq!(times.load(SeqCst), u64::from(!cancelled));
        }
        each
    });
    counts.iter().sum()
}

/// What is ready is reported, from a channel and from an event, until both are over.
pub(super) fn poller(dice: &mut Dice) -> u64 {
    let each = 100 + dice.below(200);
    let (sender, receiver) = channel::bounded(8);
    let event = Event::new();
    let numbers = crowd(dice, 2, |number, dice| {
        if number == 0 {
            for item in 0..each {
                sender.send(item).expect("the receiver is there");
            }
            event.set();
            return each;
        }
        let mut next = 0;
        loop {
            let mut poller = Poller::new([receiver.readable(), event.readable()]);
            let ready = match dice.once_in(2) {
                true => poller.poll(),
                false => poller.poll_timeout(Duration::from_micros(dice.below(2000))),
            };
            let (item, over) = (ready.is_readable(0), ready.is_readable(1));
            if item {
                assert_eq!(receiver.try_recv(), Ok(next));
                next += 1;
            } else if over {
                return next;
            }
        }
    });
    assert_eq!(numbers, [each, each]);
    2 * each
}
