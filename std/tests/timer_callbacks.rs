//! What the callbacks of timers may do, what happens when they panic, and where and when they are dropped.

mod kit;
mod timer {
    pub(crate) mod parts;
}

use std::future::Future as _;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use gimmal::Timer;
use gimmal::error::TimedOut;

use kit::{Counted, Drops, LONG, SHORT, bounded, until};
use timer::parts::{ZERO, at_a_gate, counted, ends, own, some, witness};

#[test]
fn a_callback_may_cancel_its_own_timer() {
    let (sender, said) = mpsc::channel();
    let says = sender.clone();
    let once = own(|cell| {
        Timer::after(ZERO, move || {
            let own = cell.wait();
            says.send((own.cancel(), own.is_finished())).unwrap();
        })
    });
    ends(once.wait());
    assert_eq!(said.recv(), Ok((false, false)));
    let each = own(|cell| {
        Timer::every(Duration::from_millis(1), move || {
            let own = cell.wait();
            sender.send((own.cancel(), own.cancel())).unwrap();
        })
    });
    ends(each.wait());
    assert_eq!(some(1, &said), [(true, false)]);
    assert_eq!(said.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    assert!(!each.wait().cancel());
}

#[test]
fn a_callback_cannot_wait_for_its_own_timer() {
    bounded(|| {
        let (sender, said) = mpsc::channel();
        let timer = own(|cell| {
            Timer::after(ZERO, move || {
                let own = cell.wait();
                sender.send(own.wait_timeout(ZERO)).unwrap();
                sender.send(own.wait_timeout(SHORT)).unwrap();
                own.wait();
                sender.send(Ok(())).unwrap();
            })
        });
        ends(timer.wait());
        assert_eq!(some(2, &said), [Err(TimedOut), Err(TimedOut)]);
        // Nothing more: it has panicked.
        assert_eq!(said.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    });
}

#[test]
fn a_timer_that_is_dropped_before_its_start_drops_its_callback() {
    let drops = Drops::default();
    let captured = drops.one(0);
    drop(Timer::new(ZERO, move || drop(captured)));
    assert_eq!(drops.count(), 1);
}

#[test]
fn captures_are_dropped_once_before_a_wait_returns() {
    let drops = Drops::default();
    for number in 0..kit::rounds(300) {
        let captured = drops.one(number);
        let timer = Timer::after(Duration::from_micros(5), move || {
            assert!(captured.number() < 300)
        });
        match number % 2 {
            0 => ends(&timer),
            _ => until(|| timer.is_finished()),
        }
        assert_eq!(drops.count(), number + 1);
    }
}

#[test]
fn a_panic_finishes_the_timer_and_no_other() {
    let drops = Drops::default();
    let captured = drops.one(0);
    let (_, gate) = at_a_gate();
    let fails = Timer::after(ZERO, move || panic_any(captured));
    let next = Timer::after(ZERO, || ());
    gate.open();
    ends(&fails);
    ends(&next);
    assert!(fails.is_finished());
    assert!(!fails.cancel());
    assert_eq!(drops.count(), 1);
    witness(ZERO);
}

#[test]
fn a_panic_ends_a_periodic_timer() {
    let drops = Drops::default();
    let captured = drops.one(0);
    let (count, add) = counted();
    let its = count.clone();
    let timer = Timer::every(Duration::from_millis(1), move || {
        assert_eq!(captured.number(), 0);
        add();
        if its.load(SeqCst) == 3 {
            panic_any("enough");
        }
    });
    ends(&timer);
    assert_eq!((count.load(SeqCst), drops.count()), (3, 1));
    assert!(!timer.cancel());
    witness(SHORT);
    assert_eq!(count.load(SeqCst), 3);
}

/// Panics when it is dropped.
struct Fuse;

impl Drop for Fuse {
    fn drop(&mut self) {
        panic_any("burnt");
    }
}

#[test]
fn drops_that_panic_harm_nobody() {
    fn holding(fuse: Fuse) -> impl Fn() + Send {
        move || {
            black_box(&fuse);
        }
    }
    let payload = Timer::after(ZERO, || panic_any(Fuse));
    let capture = Timer::after(ZERO, holding(Fuse));
    let waits = own(|cell| {
        let hold = holding(Fuse);
        Timer::every(Duration::from_millis(1), move || {
            hold();
            cell.wait().cancel();
        })
    });
    for timer in [&payload, &capture, waits.wait()] {
        ends(timer);
        assert!(!timer.cancel());
    }
    // In the thread that cancels, the panic is its own.
    let late = Timer::after(LONG, holding(Fuse));
    let burnt = catch_unwind(AssertUnwindSafe(|| late.cancel()));
    assert_eq!(*burnt.unwrap_err().downcast::<&str>().unwrap(), "burnt");
    assert!(late.is_finished());
    assert!(!late.cancel());
    witness(ZERO);
}

/// Panics when it is called.
struct Alarm;

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        panic_any("alarm");
    }
}

#[test]
fn a_waker_that_panics_harms_nobody() {
    let (timer, gate) = at_a_gate();
    let mut future = pin!(timer.wait_async());
    let waker = Waker::from(Arc::new(Alarm));
    let mut context = Context::from_waker(&waker);
    assert!(future.as_mut().poll(&mut context).is_pending());
    gate.open();
    ends(&timer);
    witness(ZERO);
    assert!(future.as_mut().poll(&mut context).is_ready());
}

/// Starts a timer from the callback of the one before, `left` times.
fn chain(left: usize, end: mpsc::Sender<usize>) {
    let next = move || match left {
        0 => end.send(0).unwrap(),
        _ => chain(left - 1, end),
    };
    drop(Timer::after(ZERO, next));
}

#[test]
fn a_callback_may_start_timers() {
    let (sender, end) = mpsc::channel();
    chain(1_000, sender);
    assert_eq!(end.recv_timeout(LONG), Ok(0));
}

/// One that starts itself anew without end is no obstacle for the others.
#[test]
fn timers_without_a_delay_starve_nobody() {
    fn again(until: Arc<OnceLock<()>>) {
        if until.get().is_none() {
            drop(Timer::after(ZERO, move || again(until)));
        }
    }
    let end = Arc::new(OnceLock::new());
    again(end.clone());
    let every = Timer::every(Duration::from_nanos(1), || ());
    for _ in 0..10 {
        witness(Duration::from_micros(100));
    }
    end.set(()).unwrap();
    assert!(every.cancel());
}

#[test]
fn a_callback_may_drop_its_own_timer() {
    let drops = Drops::default();
    let captured = drops.one(0);
    let home = Arc::new(Mutex::new(None));
    let its = home.clone();
    let gate = at_a_gate().1;
    *home.lock().unwrap() = Some(Timer::after(ZERO, move || {
        drop(its.lock().unwrap().take());
        assert_eq!(captured.number(), 0);
    }));
    gate.open();
    until(|| drops.count() == 1);
    assert!(home.lock().unwrap().is_none());
    witness(ZERO);
}

/// In a callback: its drop uses timers, its own too, and says in which thread that was.
struct Uses(
    #[expect(dead_code)] Counted,
    Arc<OnceLock<Timer>>,
    mpsc::Sender<thread::ThreadId>,
);

impl Drop for Uses {
    fn drop(&mut self) {
        let own = self.1.wait();
        assert!(!own.cancel());
        assert!(!own.start());
        assert!(!own.is_finished());
        assert_eq!(own.wait_timeout(ZERO), Err(TimedOut));
        let waits = catch_unwind(AssertUnwindSafe(|| own.wait()));
        assert!(waits.is_err());
        assert!(Timer::after(LONG, || ()).cancel());
        self.2.send(thread::current().id()).unwrap();
    }
}

#[test]
fn what_a_callback_captured_may_use_timers_in_its_drop() {
    bounded(|| {
        let drops = Drops::default();
        let (sender, dropped_on) = mpsc::channel();
        let make = |make: &dyn Fn(Uses) -> Timer| {
            let (captured, sender) = (drops.one(0), sender.clone());
            own(|cell| make(Uses(captured, cell, sender)))
        };
        let holds = |uses: Uses| {
            move || {
                black_box(&uses);
            }
        };
        let not_started = make(&|uses| Timer::new(ZERO, holds(uses)));
        let waiting = make(&|uses| Timer::after(LONG, holds(uses)));
        for timer in [not_started, waiting] {
            assert!(timer.wait().cancel());
            assert_eq!(dropped_on.try_recv(), Ok(thread::current().id()));
        }
        let fired = make(&|uses| Timer::after(ZERO, holds(uses)));
        ends(fired.wait());
        assert!(dropped_on.try_recv().unwrap() != thread::current().id());
        let ticked = make(&|uses| {
            let cell = uses.1.clone();
            let hold = holds(uses);
            Timer::every(Duration::from_millis(1), move || {
                hold();
                assert!(cell.wait().cancel());
            })
        });
        ends(ticked.wait());
        assert!(dropped_on.try_recv().unwrap() != thread::current().id());
        let panicked = make(&|uses| {
            Timer::every(Duration::from_millis(1), move || {
                black_box(&uses);
                panic_any("the end");
            })
        });
        ends(panicked.wait());
        assert!(dropped_on.try_recv().unwrap() != thread::current().id());
        assert_eq!(drops.count(), 5);
    });
}
