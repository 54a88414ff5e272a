//! Time: what `ZERO`, `MAX` and a past deadline mean, that no wait ends early, and that interruptions change nothing.

mod kit;

use std::thread;
use std::time::{Duration, Instant};

use gimmal::channel::{self, RecvTimeoutError, SendTimeoutError, spsc};
use gimmal::error::{BarrierTimeoutError, TimedOut};
use gimmal::sync::{Barrier, Condition, Event, Lock};

use kit::{LONG, SHORT, bounded};

/// Time-outs that mean for ever: the largest, and others that no clock reaches.
const FOR_EVER: [Duration; 4] = [
    Duration::MAX,
    Duration::from_secs(u64::MAX),
    Duration::from_secs(u64::MAX / 2),
    Duration::from_secs(i64::MAX as u64),
];

/// Moments that are over.
fn past() -> [Instant; 2] {
    let now = Instant::now();
    let before = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
    [before, now]
}

#[test]
fn zero_and_a_past_deadline_do_not_wait() {
    let (sender, receiver) = channel::bounded(1);
    let (mut one, mut other) = spsc::bounded(1);
    let event = Event::new();
    let nothing = Err(RecvTimeoutError::TimedOut);
    assert_eq!(receiver.recv_timeout(Duration::ZERO), nothing);
    assert_eq!(other.recv_timeout(Duration::ZERO), nothing);
    assert_eq!(event.wait_timeout(Duration::ZERO), Err(TimedOut));
    for moment in past() {
        assert_eq!(receiver.recv_deadline(moment), nothing);
        assert_eq!(other.recv_deadline(moment), nothing);
        assert_eq!(event.wait_deadline(moment), Err(TimedOut));
    }
    sender.send(0).unwrap();
    one.send(0).unwrap();
    let full = |value| Err(SendTimeoutError::TimedOut(value));
    assert_eq!(sender.send_timeout(1, Duration::ZERO), full(1));
    assert_eq!(one.send_timeout(1, Duration::ZERO), full(1));
    for moment in past() {
        assert_eq!(sender.send_deadline(2, moment), full(2));
        assert_eq!(one.send_deadline(2, moment), full(2));
    }
}

#[test]
fn what_is_there_is_taken_although_the_time_is_over() {
    let (sender, receiver) = channel::bounded(1);
    let (mut one, mut other) = spsc::bounded(1);
    let event = Event::new();
    for moment in past() {
        assert_eq!(sender.send_deadline(1, moment), Ok(()));
        assert_eq!(receiver.recv_deadline(moment), Ok(1));
        assert_eq!(one.send_deadline(1, moment), Ok(()));
        assert_eq!(other.recv_deadline(moment), Ok(1));
    }
    assert_eq!(sender.send_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(receiver.recv_timeout(Duration::ZERO), Ok(1));
    event.set();
    assert_eq!(event.wait_timeout(Duration::ZERO), Ok(()));
    assert_eq!(event.wait_deadline(past()[0]), Ok(()));
}

#[test]
fn what_no_clock_reaches_is_for_ever() {
    bounded(|| {
        for (n, forever) in FOR_EVER.into_iter().enumerate() {
            let (sender, receiver) = channel::bounded(1);
            let (mut one, mut other) = spsc::bounded(1);
            let (full, drain) = channel::bounded(1);
            let event = Event::new();
            full.send(n).unwrap();
            let name = |what: &str| format!("for-ever-{what}-{n}");
            thread::scope(|scope| {
                let start = |what: &str| thread::Builder::new().name(name(what));
                let receives = || assert_eq!(receiver.recv_timeout(forever), Ok(n));
                start("1").spawn_scoped(scope, receives).unwrap();
                let receives = || assert_eq!(other.recv_timeout(forever), Ok(n));
                start("2").spawn_scoped(scope, receives).unwrap();
                let sends = || assert_eq!(full.send_timeout(n, forever), Ok(()));
                start("3").spawn_scoped(scope, sends).unwrap();
                let waits = || assert_eq!(event.wait_timeout(forever), Ok(()));
                start("4").spawn_scoped(scope, waits).unwrap();
                for what in ["1", "2", "3", "4"] {
                    kit::until_it_sleeps(&name(what));
                }
                sender.send(n).unwrap();
                one.send(n).unwrap();
                drain.recv().unwrap();
                event.set();
            });
        }
    });
}

#[test]
fn a_deadline_far_away_is_no_time_out() {
    let Some(far) = Instant::now().checked_add(Duration::from_secs(u32::MAX.into())) else {
        return;
    };
    bounded(move || {
        let (sender, receiver) = channel::bounded(1);
        let waits = thread::spawn(move || receiver.recv_deadline(far));
        sender.send(1).unwrap();
        assert_eq!(waits.join().unwrap(), Ok(1));
    });
}

#[test]
fn no_wait_ends_early() {
    let (_sender, receiver) = channel::bounded::<u8>(1);
    let (full, _drain) = channel::bounded::<u8>(64);
    (0..64).for_each(|n| full.send(n).unwrap());
    let (_one, mut other) = spsc::bounded::<u8>(1024);
    let event = Event::new();
    for micros in [1, 10, 60, 300, 2_000, 15_000] {
        let timeout = Duration::from_micros(micros);
        let timed = |wait: &mut dyn FnMut()| {
            let start = Instant::now();
            wait();
            let took = start.elapsed();
            assert!(took >= timeout, "{took:?} instead of {timeout:?}");
            assert!(took < LONG);
        };
        timed(&mut || assert!(receiver.recv_timeout(timeout).is_err()));
        timed(&mut || assert!(other.recv_timeout(timeout).is_err()));
        timed(&mut || assert!(full.send_timeout(0, timeout).is_err()));
        timed(&mut || assert!(event.wait_timeout(timeout).is_err()));
        timed(&mut || {
            let deadline = Instant::now() + timeout;
            assert!(receiver.recv_deadline(deadline).is_err());
            assert!(Instant::now() >= deadline);
        });
    }
}

#[test]
fn a_timed_out_send_gives_the_value_back_and_leaves_no_trace() {
    let drops = kit::Drops::default();
    let (sender, receiver) = channel::bounded(1);
    sender.send(drops.one(0)).unwrap();
    for number in 1..4 {
        let back = sender.send_timeout(drops.one(number), SHORT).unwrap_err();
        assert!(matches!(&back, SendTimeoutError::TimedOut(value) if value.number() == number));
        assert_eq!(drops.count(), number - 1);
    }
    assert_eq!(receiver.recv().unwrap().number(), 0);
    assert!(receiver.is_empty());
    sender.try_send(drops.one(9)).unwrap();
    assert_eq!(receiver.recv().unwrap().number(), 9);
}

/// A channel whose receiver gave up once works as before, also with further ends (B63 of the museum).
#[test]
fn a_channel_is_as_good_as_new_after_a_time_out() {
    let (sender, receiver) = channel::bounded(1);
    assert!(receiver.recv_timeout(SHORT).is_err());
    let second = sender.clone();
    second.send(1).unwrap();
    assert_eq!(receiver.recv(), Ok(1));
    assert!(receiver.recv_timeout(SHORT).is_err());
    drop((sender, second));
    assert_eq!(
        receiver.recv_timeout(Duration::MAX),
        Err(RecvTimeoutError::Closed)
    );
}

#[test]
fn a_send_that_races_the_time_out_is_received_once() {
    const MESSAGES: u32 = kit::rounds(1_000) as u32;
    for micros in [1, 20, 80] {
        bounded(move || {
            let (sender, receiver) = channel::bounded(2);
            let sends = thread::spawn(move || {
                for n in 0..MESSAGES {
                    (0..n % 8).for_each(|_| thread::yield_now());
                    sender.send(n).unwrap();
                }
            });
            let mut next = 0;
            loop {
                match receiver.recv_timeout(Duration::from_micros(micros)) {
                    Ok(n) => {
                        assert_eq!(n, next);
                        next += 1;
                    }
                    Err(RecvTimeoutError::TimedOut) => {}
                    Err(RecvTimeoutError::Closed) => break,
                }
            }
            assert_eq!(next, MESSAGES);
            sends.join().unwrap();
        });
    }
}

#[test]
fn a_receive_that_races_the_time_out_of_a_send_makes_room_once() {
    const MESSAGES: u32 = kit::rounds(1_000) as u32;
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let receives = thread::spawn(move || {
            let mut count = 0;
            while let Ok(n) = receiver.recv() {
                assert_eq!(n, count);
                count += 1;
                (0..n % 8).for_each(|_| thread::yield_now());
            }
            count
        });
        for n in 0..MESSAGES {
            let mut value = n;
            loop {
                match sender.send_timeout(value, Duration::from_micros(10)) {
                    Ok(()) => break,
                    Err(refused) => value = refused.into_inner(),
                }
            }
        }
        drop(sender);
        assert_eq!(receives.join().unwrap(), MESSAGES);
    });
}

/// EINTR: signals whose handler returns, sent without pause to a thread that waits.
#[cfg(unix)]
mod storm {
    #![allow(unsafe_code)]

    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use gimmal::thread::spawn;
    use nix::sys::pthread::{pthread_kill, pthread_self};
    use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

    use super::*;

    static HANDLED: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn count(_: i32) {
        HANDLED.fetch_add(1, SeqCst);
    }

    /// Runs `wait` in a thread to which signals are sent without pause; says how long it took, and how many came.
    fn under_signals(wait: impl FnOnce() + Send) -> (Duration, usize) {
        let handler = SigHandler::Handler(count);
        // Without SA_RESTART: system calls are interrupted.
        let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
        // SAFETY: the handler does nothing but add to an atomic.
        unsafe { sigaction(Signal::SIGUSR1, &action) }.unwrap();
        let (sender, receiver) = channel::bounded(1);
        let (over, calm) = (Event::new(), Event::new());
        let before = HANDLED.load(SeqCst);
        let took = thread::scope(|scope| {
            let waits = scope.spawn(|| {
                sender.send(pthread_self()).unwrap();
                let start = Instant::now();
                wait();
                let took = start.elapsed();
                over.set();
                // It must live as long as signals are sent to it.
                calm.wait();
                took
            });
            let waiter = receiver.recv().unwrap();
            while !over.is_set() {
                pthread_kill(waiter, Signal::SIGUSR1).unwrap();
                thread::yield_now();
            }
            calm.set();
            waits.join().unwrap()
        });
        (took, HANDLED.load(SeqCst) - before)
    }

    const TIMEOUT: Duration = Duration::from_millis(60);

    /// Runs a wait of `TIMEOUT` under signals, again if too few came: on a busy machine the sender may have had no turn.
    #[track_caller]
    fn stormed(mut wait: impl FnMut() + Send) {
        kit::until(|| {
            let (took, signals) = under_signals(&mut wait);
            assert!(took >= TIMEOUT, "{took:?}");
            assert!(took < TIMEOUT + LONG, "{took:?}");
            signals > 10
        });
    }

    #[test]
    fn interruptions_neither_shorten_nor_lengthen_a_wait() {
        let (sender, receiver) = channel::bounded::<u8>(1);
        stormed(|| assert!(receiver.recv_timeout(TIMEOUT).is_err()));
        sender.send(1).unwrap();
        stormed(|| assert!(sender.send_timeout(2, TIMEOUT).is_err()));
        let (_one, mut other) = spsc::bounded::<u8>(1);
        stormed(|| assert!(other.recv_timeout(TIMEOUT).is_err()));
        stormed(|| {
            let deadline = Instant::now() + TIMEOUT;
            assert!(Event::new().wait_deadline(deadline).is_err());
        });
        let (lock, condition) = (Lock::new(()), Condition::new());
        stormed(|| {
            let (_guard, told) = condition.wait_timeout(lock.lock(), TIMEOUT).unwrap();
            assert_eq!(told, Err(TimedOut));
        });
        stormed(|| {
            let waited = condition.wait_while_timeout(lock.lock(), |()| true, TIMEOUT);
            assert!(waited.unwrap().1);
        });
        let barrier = Barrier::new(2);
        stormed(|| {
            let ended = barrier.wait_timeout(TIMEOUT);
            assert_eq!(ended, Err(BarrierTimeoutError::TimedOut));
            barrier.reset();
        });
        let (end, ends) = channel::bounded::<()>(1);
        let mut endless = Some(spawn(move || ends.recv()));
        stormed(|| {
            let thread = endless.take().unwrap();
            endless = Some(thread.join_timeout(TIMEOUT).unwrap_err());
        });
        drop(end);
    }

    #[test]
    fn interruptions_do_not_end_a_wait_without_a_limit() {
        // Ends the wait when a hundred signals have come: not before, and then at once.
        let ended_late = |wait: &mut (dyn FnMut() + Send), end: &(dyn Fn() + Sync)| {
            let start = HANDLED.load(SeqCst);
            thread::scope(|scope| {
                scope.spawn(|| {
                    kit::until(|| HANDLED.load(SeqCst) > start + 100);
                    end();
                });
                under_signals(wait);
            });
        };
        let (sender, receiver) = channel::bounded(1);
        ended_late(&mut || assert_eq!(receiver.recv(), Ok(1)), &|| {
            sender.send(1).unwrap();
        });
        let (lock, condition) = (Lock::new(0), Condition::new());
        ended_late(
            &mut || assert_eq!(*condition.wait(lock.lock()).unwrap(), 1),
            &|| {
                *lock.lock() = 1;
                kit::until(|| condition.notify_one());
            },
        );
        let barrier = Barrier::new(2);
        ended_late(
            &mut || assert_eq!(barrier.wait().unwrap().index(), 0),
            &|| {
                kit::until(|| barrier.waiting() == 1);
                assert!(barrier.wait().unwrap().is_leader());
            },
        );
    }
}
