//! The contract of timers: when they fire and when never, what a cancel says, ticks, panics, what is dropped and where.
//!
//! All tests of this file share the timer thread. That something does not fire is shown by a witness: a timer that would
//! have fired after it, and has.

mod kit;
mod timer {
    pub(crate) mod parts;
}

use std::future::Future as _;
use std::panic::panic_any;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use gimmal::error::TimedOut;
use gimmal::sync::Event;
use gimmal::{Stop, Timer};

use kit::{Drops, LONG, SHORT, bounded, until};
use timer::parts::{Gate, ZERO, at_a_gate, counted, ends, some, witness};

/// Delays that are never over.
fn never() -> impl Iterator<Item = Duration> {
    let long = u64::try_from(i64::MAX).unwrap();
    let delays = [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(long),
    ];
    // The last of them only where seconds are signed.
    delays
        .into_iter()
        .filter(|delay| Instant::now().checked_add(*delay).is_none())
}

#[test]
fn a_timer_fires_once_and_never_early() {
    for micros in [0, 1, 60, 300, 2_000, 15_000] {
        let delay = Duration::from_micros(micros);
        let (sender, fired) = mpsc::channel();
        let start = Instant::now();
        let timer = Timer::after(delay, move || sender.send(Instant::now()).unwrap());
        let took = fired.recv_timeout(LONG).unwrap() - start;
        assert!(took >= delay, "{took:?} instead of {delay:?}");
        ends(&timer);
        // The callback is gone, and with it the sender: nothing more can come.
        let more = fired.recv_timeout(LONG);
        assert_eq!(more, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}

#[test]
fn a_timer_that_is_not_started_does_not_fire() {
    let (count, add) = counted();
    let timer = Timer::new(ZERO, add);
    witness(ZERO);
    assert_eq!((count.load(SeqCst), timer.is_finished()), (0, false));
    assert_eq!(timer.wait_timeout(ZERO), Err(TimedOut));
    assert!(timer.start());
    ends(&timer);
    assert_eq!(count.load(SeqCst), 1);
}

#[test]
fn a_second_start_changes_nothing() {
    let (count, add) = counted();
    let timer = Timer::new(SHORT, add);
    assert!(timer.start());
    assert!(!timer.start());
    ends(&timer);
    assert!(!timer.start());
    witness(SHORT);
    assert_eq!(count.load(SeqCst), 1);
}

#[test]
fn a_cancelled_timer_never_fires() {
    let drops = Drops::default();
    let (count, add) = counted();
    for delay in [ZERO, LONG] {
        // Due or not, the thread has no time for it before it is cancelled.
        let (_, gate) = at_a_gate();
        let captured = drops.one(0);
        let add = add.clone();
        let timer = Timer::after(delay, move || {
            assert_eq!(captured.number(), 0);
            add();
        });
        let before = drops.count();
        assert!(timer.cancel());
        assert!(timer.is_finished());
        assert_eq!(drops.count(), before + 1);
        assert!(!timer.cancel());
        gate.open();
        ends(&timer);
        witness(ZERO);
        assert_eq!(count.load(SeqCst), 0);
    }
}

#[test]
fn a_timer_that_was_cancelled_before_its_start_never_fires() {
    let (count, add) = counted();
    let timer = Timer::new(ZERO, add);
    assert!(timer.cancel());
    assert!(timer.is_finished());
    // The callback is gone, and with it its share of the count.
    assert_eq!(Arc::strong_count(&count), 1);
    assert!(!timer.start());
    assert!(!timer.cancel());
    witness(ZERO);
    ends(&timer);
    assert_eq!(count.load(SeqCst), 0);
}

#[test]
fn a_cancelled_periodic_timer_never_ticks() {
    let (count, add) = counted();
    let (_, gate) = at_a_gate();
    let timer = Timer::every(Duration::from_nanos(1), add);
    assert!(timer.cancel());
    assert!(!timer.cancel());
    assert!(timer.is_finished());
    assert_eq!(Arc::strong_count(&count), 1);
    gate.open();
    witness(SHORT);
    assert_eq!(count.load(SeqCst), 0);
}

#[test]
fn stop_cancels() {
    let timer = Arc::new(Timer::after(LONG, || ()));
    timer.stop();
    assert!(timer.is_finished());
    timer.stop();
    assert!(!timer.cancel());
}

#[test]
fn a_dropped_timer_still_fires() {
    let (sender, fired) = mpsc::channel();
    drop(Timer::after(ZERO, move || sender.send(1).unwrap()));
    assert_eq!(fired.recv_timeout(LONG), Ok(1));
    let (sender, fired) = mpsc::sync_channel(0);
    // Its panic when nobody receives any more ends it.
    drop(Timer::every(Duration::from_millis(1), move || {
        if sender.send(1).is_err() {
            panic_any("the end");
        }
    }));
    assert_eq!(fired.recv_timeout(LONG), Ok(1));
    assert_eq!(fired.recv_timeout(LONG), Ok(1));
}

#[test]
fn what_is_due_first_fires_first() {
    let (_, gate) = at_a_gate();
    let order = Arc::new(Mutex::new(Vec::new()));
    let started = [3, 0, 2, 4, 1].map(|number| {
        let order = order.clone();
        let delay = number * SHORT;
        let before = Instant::now();
        let timer = Timer::after(delay, move || order.lock().unwrap().push(number));
        // Somewhere between these it is due.
        (timer, before + delay, Instant::now() + delay)
    });
    gate.open();
    started.iter().for_each(|(timer, ..)| ends(timer));
    let order = order.lock().unwrap();
    let due = [1, 4, 2, 0, 3].map(|place: usize| (started[place].1, started[place].2));
    let due: Vec<_> = order.iter().map(|number| due[*number as usize]).collect();
    assert_eq!(due.len(), 5);
    for two in due.windows(2) {
        assert!(two[0].0 <= two[1].1, "{order:?}");
    }
}

#[test]
fn timers_of_one_delay_fire_in_the_order_of_their_start() {
    for delay in [ZERO, SHORT] {
        let order = Arc::new(Mutex::new(Vec::new()));
        let timers: Vec<_> = (0..kit::rounds(1000))
            .map(|number| {
                let order = order.clone();
                Timer::after(delay, move || order.lock().unwrap().push(number))
            })
            .collect();
        timers.iter().for_each(ends);
        assert!(
            order
                .lock()
                .unwrap()
                .iter()
                .copied()
                .eq(0..kit::rounds(1000))
        );
    }
}

/// The thread sleeps for a late one, and must be woken for the earlier.
#[test]
fn an_earlier_timer_does_not_wait_for_a_later_one() {
    let late = Timer::after(LONG * 60, || ());
    for _ in 0..50 {
        kit::until_it_sleeps("gimmal-timer");
        witness(Duration::from_micros(10));
    }
    assert!(late.cancel());
}

#[test]
fn one_thread_serves_all() {
    let here = thread::current().id();
    let (sender, ran_on) = mpsc::channel();
    for _ in 0..100 {
        let sender = sender.clone();
        drop(Timer::after(ZERO, move || {
            let current = thread::current();
            assert_eq!(current.name(), Some("gimmal-timer"));
            sender.send(current.id()).unwrap();
        }));
    }
    drop(sender);
    let threads = some(100, &ran_on);
    assert!(threads.iter().all(|id| *id == threads[0] && *id != here));
}

#[test]
fn what_is_never_due_never_fires() {
    for delay in never() {
        let (count, add) = counted();
        let once = Timer::after(delay, add.clone());
        let each = Timer::every(delay, add);
        witness(ZERO);
        for timer in [&once, &each] {
            assert!(!timer.is_finished());
            assert!(!timer.start());
            assert_eq!(timer.wait_timeout(Duration::from_millis(1)), Err(TimedOut));
        }
        assert_eq!(Arc::strong_count(&count), 3);
        assert!(once.cancel());
        assert_eq!(Arc::strong_count(&count), 2);
        // Nobody else has it, and nobody will.
        drop(each);
        assert_eq!(Arc::strong_count(&count), 1);
        assert_eq!(count.load(SeqCst), 0);
    }
}

#[test]
fn a_cancel_of_a_running_callback_prevents_nothing() {
    let (timer, gate) = at_a_gate();
    assert!(!timer.cancel());
    assert!(!timer.is_finished());
    assert_eq!(timer.wait_timeout(SHORT), Err(TimedOut));
    let past = Instant::now();
    assert_eq!(timer.wait_deadline(past), Err(TimedOut));
    gate.open();
    assert_eq!(timer.wait_deadline(Instant::now() + LONG), Ok(()));
    assert!(!timer.cancel());
    // What is over is waited for although the time is.
    assert_eq!(timer.wait_timeout(ZERO), Ok(()));
    assert_eq!(timer.wait_deadline(past), Ok(()));
}

#[test]
fn a_cancel_of_a_running_periodic_callback_prevents_the_next() {
    for panics in [false, true] {
        let (count, add) = counted();
        let gate = Gate::default();
        let its = gate.clone();
        let timer = Timer::every(Duration::from_millis(1), move || {
            add();
            its.pass();
            if panics {
                panic_any("after the cancel");
            }
        });
        gate.until_entered();
        assert!(timer.cancel());
        assert!(!timer.cancel());
        assert!(!timer.is_finished());
        assert_eq!(Arc::strong_count(&count), 2);
        gate.open();
        ends(&timer);
        assert_eq!(Arc::strong_count(&count), 1);
        assert!(!timer.cancel());
        witness(SHORT);
        assert_eq!(count.load(SeqCst), 1);
    }
}

/// Of a firing and the cancels that race it, exactly one wins; the callback is dropped once.
#[test]
fn a_cancel_that_races_the_firing_says_the_truth() {
    const ROUNDS: usize = kit::rounds(2_000);
    let drops = Drops::default();
    let (fired, add) = counted();
    let mut prevented = 0;
    for round in 0..ROUNDS {
        let (captured, add) = (drops.one(round), add.clone());
        let delay = Duration::from_micros(round as u64 % 60);
        let timer = Timer::after(delay, move || {
            assert_eq!(captured.number(), round);
            add();
        });
        let cancel = || {
            (0..round % 20).for_each(|_| thread::yield_now());
            usize::from(timer.cancel())
        };
        let trues = thread::scope(|scope| {
            let other = scope.spawn(cancel);
            cancel() + other.join().unwrap()
        });
        ends(&timer);
        prevented += trues;
        assert_eq!(fired.load(SeqCst) + prevented, round + 1);
        assert_eq!(drops.count(), round + 1);
    }
}

#[test]
fn a_tick_is_never_early_and_never_beside_itself() {
    const PERIOD: Duration = Duration::from_millis(2);
    let (sender, ticks) = mpsc::channel();
    let inside = AtomicBool::new(false);
    let start = Instant::now();
    let timer = Timer::every(PERIOD, move || {
        assert!(!inside.swap(true, SeqCst));
        sender.send(Instant::now()).unwrap();
        inside.store(false, SeqCst);
    });
    for n in 1..=20 {
        let tick = ticks.recv_timeout(LONG).unwrap();
        assert!(tick >= start + n * PERIOD, "tick {n}");
    }
    assert!(timer.cancel());
    ends(&timer);
}

/// A clock that counted from the end of each callback could not be as fast as this one is on a machine with time for it.
#[test]
fn periods_do_not_drift_by_what_callbacks_take() {
    const TICKS: u32 = 10;
    const PERIOD: Duration = Duration::from_millis(10);
    const WORK: Duration = Duration::from_millis(6);
    until(|| {
        let (sender, ticks) = mpsc::channel();
        let start = Instant::now();
        let timer = Timer::every(PERIOD, move || {
            sender.send(start.elapsed()).unwrap();
            assert!(Event::new().wait_timeout(WORK).is_err());
        });
        let times = some(TICKS as usize, &ticks);
        timer.cancel();
        times[TICKS as usize - 1] < TICKS * PERIOD + (TICKS - 1) * WORK
    });
}

/// Between a tick and the one after the next lies more than a period, however many were missed before.
#[test]
fn missed_ticks_are_skipped() {
    const PERIOD: Duration = Duration::from_millis(3);
    let (sender, ticks) = mpsc::channel();
    let mut calls = 0;
    let timer = Timer::every(PERIOD, move || {
        sender.send(Instant::now()).unwrap();
        calls += 1;
        if calls % 4 == 1 {
            assert!(Event::new().wait_timeout(7 * PERIOD).is_err());
        }
    });
    let times = some(16, &ticks);
    timer.cancel();
    for three in times.windows(3) {
        assert!(three[2] - three[0] > PERIOD);
    }
}

#[test]
#[should_panic(expected = "a timer's period is zero")]
fn a_period_of_zero_is_refused() {
    Timer::every(ZERO, || ());
}

#[test]
fn a_task_waits_for_the_end_of_a_timer() {
    let (timer, gate) = at_a_gate();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(timer.wait_async());
    assert!(future.as_mut().poll(&mut context).is_pending());
    gate.open();
    woken.0.wait_timeout(LONG).unwrap();
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(()));
    // A cancel ends it as well, and wakes in the thread that cancels.
    let timer = Timer::new(ZERO, || ());
    woken.0.clear();
    let mut future = pin!(timer.wait_async());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(timer.cancel());
    assert!(woken.0.is_set());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(()));
}

/// A waker that says so.
#[derive(Default)]
struct Woken(Event);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.set();
    }
}

#[test]
fn threads_are_released_by_the_end_of_a_timer() {
    bounded(|| {
        let timer = Timer::new(SHORT, || ());
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| timer.wait());
                scope.spawn(|| timer.wait_timeout(Duration::MAX).unwrap());
            }
            assert!(timer.start());
        });
        assert!(timer.is_finished());
        timer.wait();
    });
}

/// Threads that start, start again, cancel and drop each other's timers: all are accounted for.
#[test]
fn many_threads_and_many_timers() {
    const THREADS: usize = 4;
    const ROUNDS: usize = kit::rounds(3_000);
    let drops = Drops::default();
    let (fired, add) = counted();
    let prevented = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, receiver) = gimmal::channel::bounded::<Timer>(16);
        for seed in 0..THREADS {
            let (sender, receiver, add) = (sender.clone(), receiver.clone(), add.clone());
            let (drops, prevented) = (&drops, &prevented);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let (captured, add) = (drops.one(round), add.clone());
                    let delay = Duration::from_micros(((round * 7 + seed * 31) % 200) as u64);
                    let timer = Timer::new(delay, move || {
                        assert_eq!(captured.number(), round);
                        add();
                    });
                    assert!(timer.start());
                    assert!(!timer.start());
                    // If there is no room for it, it is detached.
                    drop(sender.try_send(timer));
                    match receiver.try_recv() {
                        Ok(other) if round % 3 == 0 => ends(&other),
                        Ok(other) => {
                            prevented.fetch_add(usize::from(other.cancel()), SeqCst);
                        }
                        Err(_) => {}
                    }
                }
            });
        }
    });
    // What was dropped, or left in the channel, still fires.
    let all = THREADS * ROUNDS;
    until(|| fired.load(SeqCst) + prevented.load(SeqCst) == all && drops.count() == all);
    witness(Duration::from_micros(300));
    assert_eq!(fired.load(SeqCst) + prevented.load(SeqCst), all);
    assert_eq!(drops.count(), all);
}
