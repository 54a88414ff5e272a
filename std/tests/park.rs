//! The park loop among strangers: tokens that others set or take, waits in destructors of thread-locals, waits in wakers.

mod kit;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use gimmal::channel::{self, Receiver, Sender, spsc};
use gimmal::sync::Event;

use kit::{SHORT, bounded, until_it_sleeps};

/// B41 of the museum, first half: a token that nobody here has set.
#[test]
fn a_stray_unpark_ends_no_wait() {
    bounded(|| {
        let (event, ended) = (Arc::new(Event::new()), Arc::new(AtomicBool::new(false)));
        let (its, says) = (event.clone(), ended.clone());
        let waiter = Builder::new().name("strayed".into()).spawn(move || {
            its.wait();
            says.store(true, SeqCst);
        });
        let waiter = waiter.unwrap();
        for _ in 0..50 {
            until_it_sleeps("strayed");
            waiter.thread().unpark();
            (0..50).for_each(|_| waiter.thread().unpark());
        }
        assert!(!ended.load(SeqCst));
        event.set();
        waiter.join().unwrap();
    });
}

#[test]
fn stray_unparks_do_not_shorten_a_timed_wait() {
    bounded(|| {
        let over = Arc::new(Event::new());
        let its = over.clone();
        let waiter = thread::spawn(move || {
            let start = Instant::now();
            assert!(Event::new().wait_timeout(SHORT).is_err());
            its.set();
            start.elapsed()
        });
        while !over.is_set() {
            waiter.thread().unpark();
            thread::yield_now();
        }
        assert!(waiter.join().unwrap() >= SHORT);
    });
}

/// B41, second half: somebody else's park in the same thread takes the token of a wake-up that is on its way.
#[test]
fn a_stray_park_takes_no_wake_up() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(2);
        let (answer, answers) = channel::bounded(1);
        let hungry = thread::spawn(move || {
            for n in 0..kit::rounds(300) {
                assert_eq!(receiver.recv(), Ok(n));
                // Eats whatever token there is, or that comes meanwhile.
                thread::park_timeout(Duration::from_micros(n as u64 % 50));
                answer.send(n).unwrap();
            }
        });
        for n in 0..kit::rounds(300) {
            sender.send(n).unwrap();
            hungry.thread().unpark();
            assert_eq!(answers.recv(), Ok(n));
        }
        hungry.join().unwrap();
    });
}

/// A waker that, when it is called, first eats the token of the thread it is called on, then waits for an event.
struct Waits {
    event: Event,
    begun: Event,
    calls: AtomicUsize,
}

impl Wake for Waits {
    fn wake(self: Arc<Self>) {
        self.calls.fetch_add(1, SeqCst);
        self.begun.set();
        thread::park_timeout(Duration::from_micros(100));
        self.event.wait();
    }
}

#[test]
fn a_wait_inside_a_waker_inside_a_wait() {
    bounded(|| {
        let waits = Arc::new(Waits {
            event: Event::new(),
            begun: Event::new(),
            calls: AtomicUsize::new(0),
        });
        let waker = Waker::from(waits.clone());
        let (sender, receiver) = channel::bounded(1);
        sender.send(0).unwrap();
        // Two sends that wait for room. The first is woken for the room that there is, and takes no notice.
        let mut first = pin!(sender.send_async(10));
        let mut second = pin!(sender.send_async(20));
        let mut idle = Context::from_waker(Waker::noop());
        assert!(first.as_mut().poll(&mut idle).is_pending());
        let mut nested = Context::from_waker(&waker);
        assert!(second.as_mut().poll(&mut nested).is_pending());
        assert_eq!(receiver.recv(), Ok(0));
        assert_eq!(waits.calls.load(SeqCst), 0);
        // Now this thread receives, sleeps, is woken, and calls the second one's waker in the middle of its wait.
        let its = receiver.clone();
        let thread = Builder::new()
            .name("nested".into())
            .spawn(move || its.recv())
            .unwrap();
        until_it_sleeps("nested");
        sender.try_send(1).unwrap();
        waits.begun.wait();
        assert!(!thread.is_finished());
        waits.event.set();
        assert_eq!(thread.join().unwrap(), Ok(1));
        assert_eq!(second.as_mut().poll(&mut nested), Poll::Ready(Ok(())));
        assert_eq!(receiver.recv(), Ok(20));
    });
}

/// In a thread-local: its drop passes what it receives on.
struct PassesOn(Receiver<u32>, Sender<u32>);

impl Drop for PassesOn {
    fn drop(&mut self) {
        // A time-out first: also this sleeps.
        assert!(Event::new().wait_timeout(SHORT).is_err());
        for message in &self.0 {
            self.1.send(message).unwrap();
        }
    }
}

thread_local! {
    static LAST: RefCell<Option<PassesOn>> = const { RefCell::new(None) };
}

#[test]
fn a_destructor_of_a_thread_local_may_wait() {
    // The park loop's own thread-local goes after, or before, or has never been.
    for waits_before in [Some(true), Some(false), None] {
        bounded(move || {
            let (to, there) = channel::bounded(1);
            let (from, back) = channel::bounded(1);
            let sleep = || assert!(Event::new().wait_timeout(SHORT).is_err());
            let thread = Builder::new().name("at-the-end".into()).spawn(move || {
                if waits_before == Some(true) {
                    sleep();
                }
                LAST.set(Some(PassesOn(there, from)));
                if waits_before == Some(false) {
                    sleep();
                }
            });
            let thread = thread.unwrap();
            for message in 0..100 {
                to.send(message).unwrap();
                assert_eq!(back.recv(), Ok(message));
            }
            drop(to);
            thread.join().unwrap();
            assert!(back.recv().is_err());
        });
    }
}

/// The token of a wake-up that came too late for one wait does not end the next.
#[test]
fn a_late_wake_up_ends_no_other_wait() {
    bounded(|| {
        let (sender, receiver) = channel::bounded(1);
        let sends = thread::spawn(move || {
            for n in 0..kit::rounds(500) {
                if sender.send(n).is_err() {
                    return;
                }
            }
        });
        let mut next = 0;
        let never = Event::new();
        while next < kit::rounds(500) {
            if let Ok(n) = receiver.recv_timeout(Duration::from_micros(20)) {
                assert_eq!(n, next);
                next += 1;
            }
            let start = Instant::now();
            assert!(never.wait_timeout(Duration::from_micros(20)).is_err());
            assert!(start.elapsed() >= Duration::from_micros(20));
        }
        sends.join().unwrap();
    });
}

/// Signal and wait, over and over (B40 of the museum), through every way of waking.
#[test]
fn no_wake_up_is_lost_in_a_long_ping_pong() {
    const ROUNDS: u32 = kit::rounds(5_000) as u32;
    static PING: Event = Event::new();
    static PONG: Event = Event::new();
    bounded(|| {
        let other = thread::spawn(|| {
            for _ in 0..ROUNDS {
                PING.wait();
                PING.clear();
                PONG.set();
            }
        });
        for _ in 0..ROUNDS {
            PING.set();
            PONG.wait();
            PONG.clear();
        }
        other.join().unwrap();
    });
    bounded(|| {
        let (mut to, mut there) = spsc::bounded(1);
        let (mut from, mut back) = spsc::bounded(1);
        let other = thread::spawn(move || there.iter().for_each(|n: u32| from.send(n).unwrap()));
        for n in 0..ROUNDS {
            to.send(n).unwrap();
            assert_eq!(back.recv(), Ok(n));
        }
        drop(to);
        other.join().unwrap();
    });
}
