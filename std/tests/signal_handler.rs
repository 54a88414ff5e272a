//! What happens in the handler of a signal, and what does not: no code of users, no lock, no memory. Each in a process of its
//! own: see `kit/child.rs`. That it makes one system call, which wakes the signal thread, `syscalls.rs` shows.
#![cfg(unix)]
#![allow(unsafe_code)]

mod kit;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use gimmal::channel::{self, Sender};
use gimmal::signal::{Second, Termination};
use gimmal::sync::Event;
use gimmal::{Stop, wait};
use nix::sys::pthread::{pthread_kill, pthread_self};
use nix::sys::signal::{Signal, raise};

use kit::LONG;
use kit::child::{Child, Part, play, say};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is done by `System`; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: by the contract of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: by the contract of this function.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The child side of every test here.
#[test]
fn child() {
    play(PARTS);
}

/// The parts that children play.
const PARTS: &[Part] = &[("elsewhere", elsewhere), ("beside itself", beside_itself)];

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
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let before = COUNT.get();
    (0..100).for_each(|_| raise(Signal::SIGTERM).unwrap());
    assert_eq!(COUNT.get(), before, "a handler has taken or freed memory");
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
