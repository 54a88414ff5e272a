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
use gimmal::sync::{Event, Semaphore};

use kit::{SHORT, bounded, until_it_sleeps};

/// A thread that waits is unparked many times by somebody who has nothing to do with it, and waits on.
fn unparked_it_waits_on(
    name: &str,
    wait: impl FnOnce() + Send + 'static,
    wake: impl FnOnce() + Send + 'static,
) {
    let ended = Arc::new(AtomicBool::new(false));
    let says = ended.clone();
    let waiter = Builder::new().name(name.into()).spawn(move || {
        wait();
        says.store(true, SeqCst);
    });
    let waiter = waiter.unwrap();
    for _ in 0..50 {
        until_it_sleeps(name);
        (0..50).for_each(|_| waiter.thread().unpark());
    }
    assert!(!ended.load(SeqCst));
    wake();
    waiter.join().unwrap();
}

/// B41 of the museum, first half: a token that nobody here has set. In a queue, and on the word of an event.
#[test]
fn a_stray_unpark_ends_no_wait() {
    bounded(|| {
        let permits = Arc::new(Semaphore::new(0));
        let its = permits.clone();
        let acquire = move || its.acquire().unwrap().forget();
        unparked_it_waits_on("queued", acquire, move || permits.release(1).unwrap());
        let event = Arc::new(Event::new());
        let its = event.clone();
        unparked_it_waits_on("on-a-word", move || its.wait(), move || event.set());
    });
}

/// Waits in a queue for what does not come.
fn in_vain(timeout: Duration) {
    assert!(Semaphore::new(0).acquire_timeout(timeout).is_err());
}

#[test]
fn stray_unparks_do_not_shorten_a_timed_wait() {
    let on_a_word = |timeout| assert!(Event::new().wait_timeout(timeout).is_err());
    for wait in [in_vain, on_a_word] {
        bounded(move || {
            let over = Arc::new(Event::new());
            let its = over.clone();
            let waiter = thread::spawn(move || {
                let start = Instant::now();
                wait(SHORT);
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

/// A waker that, when it is called, first eats the token of the thread it is called on, then waits in a queue.
struct Waits {
    permit: Semaphore,
    begun: Event,
    calls: AtomicUsize,
}

impl Wake for Waits {
    fn wake(self: Arc<Self>) {
        self.calls.fetch_add(1, SeqCst);
        self.begun.set();
        thread::park_timeout(Duration::from_micros(100));
        self.permit.acquire().unwrap().forget();
    }
}

#[test]
fn a_wait_inside_a_waker_inside_a_wait() {
    bounded(|| {
        let waits = Arc::new(Waits {
            permit: Semaphore::new(0),
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
        waits.permit.release(1).unwrap();
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
        in_vain(SHORT);
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
            let thread = Builder::new().name("at-the-end".into()).spawn(move || {
                if waits_before == Some(true) {
                    in_vain(SHORT);
                }
                LAST.set(Some(PassesOn(there, from)));
                if waits_before == Some(false) {
                    in_vain(SHORT);
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
        while next < kit::rounds(500) {
            if let Ok(n) = receiver.recv_timeout(Duration::from_micros(20)) {
                assert_eq!(n, next);
                next += 1;
            }
            let start = Instant::now();
            in_vain(Duration::from_micros(20));
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
    static PERMITS: [Semaphore; 2] = [Semaphore::new(0), Semaphore::new(0)];
    bounded(|| {
        let take = |side: usize| PERMITS[side].acquire().unwrap().forget();
        let give = |side: usize| PERMITS[side].release(1).unwrap();
        let other = thread::spawn(move || {
            for _ in 0..ROUNDS {
                take(0);
                give(1);
            }
        });
        for _ in 0..ROUNDS {
            give(0);
            take(1);
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
