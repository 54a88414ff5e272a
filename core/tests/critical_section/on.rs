//! The core with feature `critical-section` and a critical section that is watched: an "interrupt" comes at both borders of
//! each, in the thread that is interrupted, where a lock taken outside of the section would be found held for ever.
//!
//! Built and run by `../critical_section.rs`, in a package of its own.

#![allow(unsafe_code)] // The critical section.

#[path = "../kit/mod.rs"]
mod kit;

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use gimmal_core::Context;
use gimmal_core::channel::{mpmc, spsc as spsc_channel};
use gimmal_core::interop::raw_mutex::RawMutex;
use gimmal_core::pool::Pool;
use gimmal_core::ring;
use gimmal_core::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use kit::{Scripted, Waiter, poll, within};
use mutex_traits::ScopedRawMutex;

const LIMIT: Duration = Duration::from_secs(60);

thread_local! {
    /// How many critical sections this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// How many it has entered.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
    /// What interrupts it.
    static HANDLER: Cell<Option<&'static dyn Fn()>> = const { Cell::new(None) };
}

/// Held while some thread is in one.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn interrupt() {
    // A handler is not interrupted by itself.
    if let Some(handler) = HANDLER.take() {
        handler();
        HANDLER.set(Some(handler));
    }
}

struct Watched;
critical_section::set_impl!(Watched);

// SAFETY: one thread at a time is in it, as often as it likes.
unsafe impl critical_section::Impl for Watched {
    unsafe fn acquire() {
        if DEPTH.get() == 0 {
            interrupt();
            while TAKEN.swap(true, SeqCst) {
                thread::yield_now();
            }
        }
        ENTERED.set(ENTERED.get() + 1);
        DEPTH.set(DEPTH.get() + 1);
    }

    unsafe fn release((): ()) {
        DEPTH.set(DEPTH.get() - 1);
        if DEPTH.get() == 0 {
            TAKEN.store(false, SeqCst);
            interrupt();
        }
    }
}

/// Runs the program, interrupted by the handler at each border of a critical section; both in a thread that must end.
fn interrupted(handler: impl Fn() + Send + 'static, program: impl FnOnce() + Send + 'static) {
    within(LIMIT, move || {
        let times = Arc::new(AtomicUsize::new(0));
        let counted = times.clone();
        let handler = move || {
            assert_eq!(
                DEPTH.get(),
                0,
                "interrupts are masked in a critical section"
            );
            counted.fetch_add(1, SeqCst);
            handler();
        };
        HANDLER.set(Some(Box::leak(Box::new(handler))));
        program();
        HANDLER.set(None);
        assert!(times.load(SeqCst) > 1, "no critical section was entered");
    });
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

#[test]
fn a_handler_may_set_clear_and_ask_an_event() {
    let event = leak(Event::new());
    interrupted(
        || {
            event.set();
            event.clear();
        },
        || {
            for _ in 0..3 {
                let mut waiter = Waiter::unpolled(event.wait());
                // Set meanwhile: it is released though it is clear again.
                let _ = waiter.poll().is_ready() || waiter.poll().is_ready();
                event.set();
                event.clear();
            }
        },
    );
}

#[test]
fn a_handler_may_try_and_let_go_a_lock() {
    let lock = leak(Lock::new(0));
    interrupted(
        || {
            if let Some(mut guard) = lock.try_lock() {
                *guard += 1;
            }
        },
        || {
            let guard = lock.try_lock().unwrap();
            let mut first = Waiter::of(lock.lock());
            let mut second = Waiter::of(lock.lock());
            drop(guard);
            drop(first.gets_it());
            drop(second.gets_it());
            assert!(*lock.try_lock().unwrap() > 0, "the handler never had it");
        },
    );
}

#[test]
fn a_handler_may_release_try_and_give_back_permits() {
    let (semaphore, bounded) = (leak(Semaphore::new(0)), leak(BoundedSemaphore::new(1)));
    interrupted(
        || {
            let _ = semaphore.release(1);
            drop(semaphore.try_acquire());
            drop(bounded.try_acquire());
            assert!(bounded.release(1).is_err() || bounded.available() == 1);
        },
        || {
            let mut waiter = Waiter::unpolled(semaphore.acquire_many(2));
            let _ = waiter.poll();
            drop(waiter);
            drop(bounded.try_acquire());
            semaphore.close();
            bounded.close();
        },
    );
}

#[test]
fn a_handler_may_notify_and_close_a_condition() {
    let (lock, condition) = (leak(Lock::new(())), leak(Condition::new()));
    interrupted(
        || {
            condition.notify_one();
            condition.notify_many(2);
            condition.notify_all();
        },
        || {
            let guard = lock.try_lock().unwrap();
            let mut wait = pin!(condition.wait(guard));
            // At the latest the handler has notified it while it queued.
            assert!((0..9).any(|_| poll(wait.as_mut(), Waker::noop()).is_ready()));
            condition.notify_all();
        },
    );
    interrupted(
        || condition.close(),
        || {
            let mut wait = pin!(condition.wait(lock.try_lock().unwrap()));
            assert!((0..9).any(|_| poll(wait.as_mut(), Waker::noop()).is_ready()));
            drop(Waiter::unpolled(lock.lock()).gets_it());
        },
    );
}

#[test]
fn a_handler_may_abort_and_reset_a_barrier() {
    let barrier = leak(Barrier::new(2));
    interrupted(
        || {
            barrier.abort();
            barrier.reset();
        },
        || {
            let mut party = Waiter::unpolled(barrier.wait());
            assert!((0..9).any(|_| party.poll().is_ready()), "it is sent away");
            barrier.abort();
        },
    );
}

#[test]
fn a_handler_may_use_a_channel_and_a_pool_that_are_waited_for() {
    let (channel, pool) = (
        leak(mpmc::Channel::<u8, 2>::new()),
        leak(Pool::<u8, 1>::new()),
    );
    interrupted(
        || {
            let _ = channel.try_send(1);
            let _ = channel.try_recv();
            drop(pool.try_take(1));
        },
        || {
            let mut receiver = Waiter::unpolled(channel.recv());
            let _ = receiver.poll();
            let loan = pool.try_take(2);
            let mut taker = Waiter::unpolled(pool.take(3));
            let _ = taker.poll();
            drop(loan);
            drop((receiver, taker));
            channel.close();
        },
    );
    interrupted(
        || drop(channel.close()),
        || {
            let mut receiver = Waiter::unpolled(channel.recv());
            assert!(receiver.gets_it().is_err());
            let other = leak(mpmc::Channel::<u8, 2>::new());
            drop(Waiter::of(other.recv()));
            other.close();
        },
    );
}

#[test]
fn a_handler_may_shut_a_context_down() {
    let context: &'static Context<u8, 2, 2, 2> = leak(Context::new());
    interrupted(
        || context.shutdown(),
        || {
            let pull = context.pull();
            let push = context.push();
            assert!(pull.is_err() || push.is_err() || push.unwrap().connect("inproc://a").is_err());
        },
    );
}

/// None is needed. The waker of who waits is changed in one all the same, not to be found half changed.
#[test]
fn rings_enter_none_and_spsc_ends_only_for_who_waits() {
    let before = ENTERED.get();
    let mut ring = ring::spsc::Ring::<u8, 2>::new();
    let (mut producer, mut consumer) = ring.split();
    let shared = ring::mpmc::Ring::<u8, 2>::new();
    let mut channel = spsc_channel::Channel::<u8, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    for n in 0..9 {
        producer.push(n).unwrap();
        assert_eq!(consumer.pop(), Ok(n));
        shared.push(n).unwrap();
        assert_eq!(shared.pop(), Ok(n));
        shared.push_overwrite(n).unwrap();
        shared.pop().unwrap();
        sender.try_send(n).unwrap();
        assert_eq!(receiver.try_recv(), Ok(n));
    }
    Event::new().set();
    assert_eq!(ENTERED.get(), before);
    for n in 1..4 {
        let mut wait = Box::pin(receiver.recv());
        assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
        sender.try_send(n).unwrap();
        assert!(poll(wait.as_mut(), Waker::noop()).is_ready());
        drop(wait);
        assert_eq!(ENTERED.get(), before + 2 * usize::from(n), "one to wait, one to wake");
    }
    sender.close();
    assert_eq!(ENTERED.get(), before + 6);
}

/// A `set` that nobody waits for enters no critical section, whoever has waited before.
#[test]
fn an_event_that_nobody_waits_for_is_set_without_one() {
    let event = Event::new();
    let sets_freely = || {
        let before = ENTERED.get();
        event.set();
        event.set();
        event.clear();
        event.set();
        assert_eq!(ENTERED.get(), before);
    };
    sets_freely();
    // Who finds it set leaves no trace.
    assert!(poll(pin!(event.wait()), Waker::noop()).is_ready());
    sets_freely();
    event.clear();
    let mut waiter = Waiter::of(event.wait());
    let before = ENTERED.get();
    event.set();
    assert!(ENTERED.get() > before);
    waiter.gets_it();
    event.clear();
    sets_freely();
    // One that went leaves one look behind.
    event.clear();
    drop(Waiter::of(event.wait()));
    event.set();
    event.clear();
    sets_freely();
}

/// Counts the calls of user code, none of them inside a critical section.
#[derive(Clone)]
struct Outside(Arc<AtomicUsize>);

impl Outside {
    fn check(&self) {
        if DEPTH.get() != 0 {
            // A panic inside would only hang the others.
            eprintln!("user code inside a critical section");
            std::process::abort();
        }
        self.0.fetch_add(1, SeqCst);
    }

    fn waker(&self) -> Waker {
        let [clone, wake, drop] = [(); 3].map(|()| {
            let outside = self.clone();
            Box::new(move || outside.check()) as Box<dyn Fn() + Send + Sync>
        });
        Scripted { clone, wake, drop }.waker()
    }

    #[track_caller]
    fn called(&self, least: usize) {
        let calls = self.0.swap(0, SeqCst);
        assert!(calls >= least, "{calls} calls");
    }
}

struct Value(Outside);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.check();
    }
}

#[test]
fn wakers_are_cloned_woken_and_dropped_outside() {
    let outside = Outside(Arc::default());
    macro_rules! waits {
        ($wait:expr, $end:expr) => {{
            let waker = outside.waker();
            // One that is woken, and one that leaves.
            let mut one = Box::pin($wait);
            assert!(poll(one.as_mut(), &waker).is_pending());
            let mut two = Box::pin($wait);
            assert!(poll(two.as_mut(), &waker).is_pending());
            // Another waker in its place.
            assert!(poll(two.as_mut(), &outside.waker()).is_pending());
            drop(two);
            $end;
            drop((one, waker));
            outside.called(7);
        }};
    }
    let event = Event::new();
    waits!(event.wait(), event.set());
    let lock = Lock::new(());
    let mut guard = lock.try_lock();
    waits!(lock.lock(), drop(guard.take()));
    let semaphore = Semaphore::new(0);
    waits!(semaphore.acquire(), semaphore.release(1).unwrap());
    let semaphore = Semaphore::new(0);
    waits!(semaphore.acquire(), semaphore.close());
    let condition = Condition::new();
    waits!(
        condition.wait(lock.try_lock().unwrap()),
        assert!(condition.notify_one())
    );
    let condition = Condition::new();
    waits!(condition.wait(lock.try_lock().unwrap()), condition.close());
    let channel = mpmc::Channel::<u8, 1>::new();
    waits!(channel.recv(), channel.try_send(1).unwrap());
    waits!(channel.send(2), assert_eq!(channel.try_recv(), Ok(1)));
    let pool = Pool::<u8, 1>::new();
    let mut loan = pool.try_take(1).ok();
    waits!(pool.take(2), drop(loan.take()));
    let barrier = Barrier::new(9);
    // Who leaves has broken it.
    let waker = outside.waker();
    let (mut one, mut two) = (Box::pin(barrier.wait()), Box::pin(barrier.wait()));
    assert!(poll(one.as_mut(), &waker).is_pending() && poll(two.as_mut(), &waker).is_pending());
    drop(one);
    assert!(poll(two.as_mut(), &waker).is_ready());
    drop((two, waker));
    outside.called(5);
}

#[test]
fn values_are_dropped_and_actions_and_questions_run_outside() {
    let outside = Outside(Arc::default());
    let value = || Value(outside.clone());
    let channel = mpmc::Channel::<Value, 2>::new();
    assert!(channel.try_send(value()).is_ok() && channel.try_send(value()).is_ok());
    let mut unsent = Box::pin(channel.send(value()));
    assert!(poll(unsent.as_mut(), Waker::noop()).is_pending());
    drop(unsent);
    assert_eq!(channel.close_and_drain(), 2);
    outside.called(3);
    let pool = Pool::<Value, 1>::new();
    drop(pool.try_take(value()));
    drop(pool.try_take(value()));
    outside.called(2);
    let context = Context::<Value, 2, 2, 2>::new();
    let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    pull.bind("inproc://a").unwrap();
    push.connect("inproc://a").unwrap();
    assert!(push.try_send(value()).is_ok() && push.try_send(value()).is_ok());
    drop(pull);
    outside.called(2);
    drop(push);
    let (barrier, acted) = (outside.clone(), outside.clone());
    let barrier = Barrier::with_action(2, move || barrier.check());
    let mut first = Waiter::of(barrier.wait());
    assert!(Waiter::unpolled(barrier.wait()).gets_it().is_ok());
    assert!(first.gets_it().is_ok());
    acted.called(1);
    let (lock, condition) = (Lock::new(()), Condition::new());
    let guard = lock.try_lock().unwrap();
    let asked = condition.wait_while(guard, |()| {
        outside.check();
        false
    });
    assert!(poll(pin!(asked), Waker::noop()).is_ready());
    outside.called(1);
}

#[test]
fn a_handler_may_use_a_raw_mutex_which_runs_its_code_in_a_critical_section() {
    let lock: &'static RawMutex = leak(RawMutex::new());
    let count = leak(AtomicUsize::new(0));
    let add = || {
        assert_eq!(DEPTH.get(), 1);
        assert!(lock.is_locked());
        assert_eq!(lock.try_with_lock(|| ()), None, "inside itself");
        count.fetch_add(1, SeqCst);
    };
    let handler = move || lock.try_with_lock(add).expect("a handler finds it free");
    interrupted(handler, move || (0..3).for_each(|_| lock.with_lock(add)));
    assert!(count.load(SeqCst) > 3 && !lock.is_locked());
    // Inside itself it can only panic; then it is free again.
    let twice = || lock.with_lock(|| lock.with_lock(|| ()));
    assert!(std::panic::catch_unwind(twice).is_err());
    assert!(!lock.is_locked() && DEPTH.get() == 0);
}
