//! What happens in the handler of a signal, and what does not: no code of users, no lock, no memory; and what becomes of the
//! call that it interrupts. Each in a process of its own: see `kit/child.rs`. That it makes one system call, which wakes the
//! signal thread, `syscalls.rs` shows.
#![cfg(unix)]

#[path = "kit/counting.rs"]
mod counting;
mod kit;

use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{self, Wake, Waker};
use std::thread;
use std::time::Duration;

use gimmal::channel::{self, Sender};
use gimmal::poll::{Poller, select};
use gimmal::queue::Queue;
use gimmal::signal::{Reason, Second, Termination};
use gimmal::socket::{RecvError, SendReason};
use gimmal::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use gimmal::{Context, Stop, wait};
use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{Signal, raise};

use counting::{freed, made};
use kit::LONG;
use kit::child::{Child, Part, play, say};

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// The parts that children play.
const PARTS: &[Part] = &[
    ("elsewhere", elsewhere),
    ("beside itself", beside_itself),
    ("blocked", blocked),
    ("installed again", installed_again),
];

/// Tells the name of the thread that calls it.
struct Names(Sender<String>);

impl Names {
    fn tell(&self) {
        let name = thread::current().name().unwrap_or_default().to_string();
        self.0.send(name).unwrap();
    }
}

impl Stop for Names {
    fn stop(&self) {
        self.tell();
    }
}

impl Wake for Names {
    fn wake(self: Arc<Self>) {
        self.tell();
    }
}

/// The handler runs in the main thread, which raises the signal; what users have given runs in the signal thread.
fn elsewhere() -> i32 {
    let termination = Termination::install().unwrap();
    termination.on_second(Second::Ignore);
    let (sender, receiver) = channel::bounded(8);
    let names = || Names(sender.clone());
    let subscriber = names();
    let _told = [
        termination.on(names()),
        termination.on_request(move |_| subscriber.tell()),
    ];
    let mut waits = pin!(termination.wait_async());
    let waker = Waker::from(Arc::new(names()));
    assert!(
        waits
            .as_mut()
            .poll(&mut task::Context::from_waker(&waker))
            .is_pending()
    );
    let before = (made(), freed());
    (0..100).for_each(|_| raise(Signal::SIGTERM).unwrap());
    assert_eq!(
        (made(), freed()),
        before,
        "a handler has taken or freed memory"
    );
    for _ in 0..3 {
        let name = receiver.recv_timeout(LONG);
        assert_eq!(name.as_deref(), Ok("gimmal-signal"));
    }
    wait::block_on(waits);
    say("elsewhere");
    termination.exit_code()
}

#[test]
fn what_users_have_given_runs_in_the_signal_thread() {
    let child = Child::start("elsewhere");
    child.says("elsewhere");
    child.exits_with(143);
}

/// Signals hit a thread in everything that it can do with a `Termination`: a handler that waited for a lock of it would wait
/// for the thread that it has interrupted.
fn beside_itself() -> i32 {
    let termination = Termination::install().unwrap();
    termination.on_second(Second::Ignore);
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let this = pthread_self();
    // It ends with the process.
    thread::spawn(move || {
        loop {
            let signal = [Signal::SIGINT, Signal::SIGTERM][SENT.load(SeqCst) % 2];
            pthread_kill(this, signal).unwrap();
            SENT.fetch_add(1, SeqCst);
            thread::sleep(Duration::from_micros(20));
        }
    });
    let event = Arc::new(Event::new());
    let mut rounds = 0;
    while rounds < 1_000 || SENT.load(SeqCst) < 2_000 {
        let also = Termination::install().unwrap();
        let told = also.on(event.clone());
        termination.on_second(Second::Ignore);
        drop(also.on_request(|_| ()));
        drop((told, also.clone(), also));
        rounds += 1;
    }
    say("done");
    termination.wait();
    // The signals go on until the process has ended.
    mem::forget(termination);
    0
}

#[test]
fn a_handler_waits_for_no_lock_of_the_thread_that_it_interrupts() {
    let child = Child::start("beside itself");
    child.says("done");
    child.exits_with(0);
}

/// A call that blocks, in an object that a `Termination` stops. It calls `now` just before; after that it blocks until the
/// object is stopped, and says whether the call returned what it returns then.
type Blocks = fn(&Termination, now: &dyn Fn()) -> bool;

const CALLS: &[(&str, Blocks)] = &[
    ("Termination::wait", |termination, now| {
        now();
        termination.wait() == Reason::Signal(Signal::SIGTERM as i32)
    }),
    ("Receiver::recv", |termination, now| {
        let (_sender, receiver) = channel::bounded::<u32>(1);
        let _told = termination.on(receiver.clone());
        now();
        receiver.recv().is_err()
    }),
    ("Sender::send", |termination, now| {
        let (sender, _receiver) = channel::bounded(1);
        sender.send(1).unwrap();
        let _told = termination.on(sender.clone());
        now();
        sender.send(2).is_err()
    }),
    ("Queue::get", |termination, now| {
        let queue = Arc::new(Queue::<u32>::new(1));
        let _told = termination.on(queue.clone());
        now();
        queue.get().is_err()
    }),
    ("Queue::put", |termination, now| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let _told = termination.on(queue.clone());
        now();
        queue.put(2).is_err()
    }),
    ("Event::wait", |termination, now| {
        let event = Arc::new(Event::new());
        let _told = termination.on(event.clone());
        now();
        event.wait();
        event.is_set()
    }),
    ("Semaphore::acquire", |termination, now| {
        let semaphore = Arc::new(Semaphore::new(0));
        let _told = termination.on(semaphore.clone());
        now();
        semaphore.acquire().is_err()
    }),
    ("BoundedSemaphore::acquire", |termination, now| {
        let semaphore = Arc::new(BoundedSemaphore::new(0));
        let _told = termination.on(semaphore.clone());
        now();
        semaphore.acquire().is_err()
    }),
    ("Condition::wait", |termination, now| {
        let (lock, condition) = (Lock::new(()), Arc::new(Condition::new()));
        let _told = termination.on(condition.clone());
        let guard = lock.lock();
        now();
        condition.wait(guard).is_err()
    }),
    ("Barrier::wait", |termination, now| {
        let barrier = Arc::new(Barrier::new(2));
        let _told = termination.on(barrier.clone());
        now();
        barrier.wait().is_err()
    }),
    ("Pull::recv", |termination, now| {
        let context = Context::new();
        let mut pull = context.pull().unwrap();
        pull.bind("inproc://x").unwrap();
        let _told = termination.on(context.clone());
        now();
        pull.recv().unwrap_err() == RecvError::Terminated
    }),
    ("Push::send", |termination, now| {
        let context = Context::new();
        let mut push = context.push().unwrap();
        let _told = termination.on(context.clone());
        now();
        push.send("nobody").unwrap_err().reason == SendReason::Terminated
    }),
    ("Poller::poll", |termination, now| {
        let event = Event::new();
        now();
        let mut poller = Poller::new([event.readable(), termination.readable()]);
        poller.poll().is_readable(1)
    }),
    ("select", |termination, now| {
        let event = Event::new();
        now();
        select((event.waiting(), termination.waiting()))
            .wait()
            .index()
            == 1
    }),
    ("block_on", |termination, now| {
        now();
        wait::block_on(termination.wait_async()) == Reason::Signal(Signal::SIGTERM as i32)
    }),
    ("JoinHandle::join", |termination, now| {
        let event = Arc::new(Event::new());
        let _told = termination.on(event.clone());
        let thread = gimmal::thread::spawn(move || event.wait());
        now();
        thread.join().is_ok()
    }),
];

/// This thread sleeps in one of the calls, and the signal interrupts this very thread.
fn blocked() -> i32 {
    for (name, blocks) in CALLS {
        let termination = Termination::install().unwrap();
        let this = pthread_self();
        let now = || {
            let task = kit::own_task();
            thread::spawn(move || {
                kit::until(|| kit::task_sleeps(&task));
                pthread_kill(this, Signal::SIGTERM).unwrap();
            });
        };
        assert!(blocks(&termination, &now), "{name}");
        say(name);
    }
    0
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_is_blocked_in_any_call_takes_the_signal_and_the_call_ends() {
    let child = Child::start("blocked");
    for (name, _) in CALLS {
        child.says(name);
    }
    child.exits_with(0);
}

/// The signal comes right after an install, while the signal thread of the `Termination` before may not have ended yet.
fn installed_again() -> i32 {
    for round in 0..500 {
        drop(Termination::install().unwrap());
        let termination = Termination::install().unwrap();
        raise(Signal::SIGTERM).unwrap();
        let reason = termination.wait_timeout(LONG / 2);
        assert_eq!(
            reason,
            Ok(Reason::Signal(Signal::SIGTERM as i32)),
            "round {round}"
        );
    }
    say("taken");
    0
}

#[test]
fn the_thread_of_the_termination_before_takes_no_signal_of_the_next_one() {
    let child = Child::start("installed again");
    child.says("taken");
    child.exits_with(0);
}
