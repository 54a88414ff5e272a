//! What models are written with: threads that borrow, tasks polled by hand, words and values to watch.
//!
//! | piece | what it is |
//! |---|---|
//! | [`both`], [`all_three`] | run closures in threads of their own and wait for all of them; loom has no scoped threads |
//! | [`block_on`] | runs a future to completion in a thread, asleep while it is not woken |
//! | [`Task`] | a future polled by hand, with a waker that counts; the count is invisible to loom |
//! | [`Word`] | an atomic of the model's own, with the companion access that the shim's atomics have |
//! | [`Payload`] | memory that loom watches: a missing happens-before edge is a reported race |
//! | [`operations`] | operations to wait for, over any place |
//! | [`proxy`], [`broker`] | the loops of the facade's proxy and broker |
//! | [`seeded`] | atomics for a program that the docs show |
//! | [`Drops`] | makes items and counts how many of them have been dropped |

#![allow(unsafe_code)]

pub(crate) mod broker;
pub(crate) mod operations;
pub(crate) mod proxy;
pub(crate) mod seeded;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize as Invisible;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::atomic::{AtomicUsize, Ordering};

/// A thread that borrows: joined before `'env` ends, else the process ends.
struct Thread<R> {
    handle: Option<loom::thread::JoinHandle<()>>,
    result: Arc<Mutex<Option<R>>>,
}

impl<R: Send> Thread<R> {
    fn spawn<'env>(body: impl FnOnce() -> R + Send + 'env) -> Self
    where
        R: 'env,
    {
        let result = Arc::new(Mutex::new(None));
        let slot = result.clone();
        let body: Box<dyn FnOnce() + Send + 'env> =
            Box::new(move || *slot.lock().expect("no panic while locked") = Some(body()));
        // SAFETY: the thread is joined before this function's caller returns: `join` takes the handle, and a `Thread`
        // dropped in any other way ends the process.
        let body: Box<dyn FnOnce() + Send + 'static> = unsafe { std::mem::transmute(body) };
        let handle = Some(loom::thread::spawn(body));
        Thread { handle, result }
    }

    fn join(mut self) -> R {
        let handle = self.handle.take().expect("joined once");
        let ended = handle.join();
        let result = self.result.lock().expect("no panic while locked").take();
        match (ended, result) {
            (Ok(()), Some(result)) => result,
            _ => std::process::exit(101),
        }
    }
}

impl<R> Drop for Thread<R> {
    fn drop(&mut self) {
        if self.handle.is_some() {
            // This execution has failed and said why; the thread may still run on what is going away.
            std::process::exit(101);
        }
    }
}

/// Runs `there` in a thread of its own beside `here`.
pub(crate) fn both<A: Send, B>(
    there: impl FnOnce() -> A + Send,
    here: impl FnOnce() -> B,
) -> (A, B) {
    let there = Thread::spawn(there);
    let here = here();
    (there.join(), here)
}

/// Runs `first` and `second` in threads of their own beside `here`.
pub(crate) fn all_three<A: Send, B: Send, C>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
    here: impl FnOnce() -> C,
) -> (A, B, C) {
    let first = Thread::spawn(first);
    let second = Thread::spawn(second);
    let here = here();
    (first.join(), second.join(), here)
}

/// Polls without a yield; see [`block_on`].
const EAGER: usize = 3;

/// Runs a future to completion, asleep between two polls until it is woken. A future that wakes itself while a peer is half
/// done would be polled for ever, so later polls let the others go on first; not the early ones, for after a yield loom
/// shows no value twice.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut polls = 0;
    loom::future::block_on(std::future::poll_fn(move |context| {
        polls += 1;
        if polls > EAGER {
            loom::thread::yield_now();
        }
        future.as_mut().poll(context)
    }))
}

#[derive(Default)]
struct Count(Invisible);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A future polled by hand.
pub(crate) struct Task<F> {
    future: Option<Pin<Box<F>>>,
    wakes: Arc<Count>,
    seen: usize,
    parked: bool,
}

impl<F: Future> Task<F> {
    pub(crate) fn new(future: F) -> Self {
        Task {
            future: Some(Box::pin(future)),
            wakes: Arc::default(),
            seen: 0,
            parked: false,
        }
    }

    /// Polls once. What is ready is dropped at once.
    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        self.seen = self.wakes();
        let waker = Waker::from(self.wakes.clone());
        let future = self.future.as_mut().expect("the future has been ready");
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            self.future = None;
        }
        self.parked = polled.is_pending();
        polled
    }

    /// Goes on with another waker, which has not been woken yet, as after a move to another executor.
    pub(crate) fn move_on(&mut self) {
        self.wakes = Arc::default();
        self.seen = 0;
    }

    /// Polls once, and is not ready.
    pub(crate) fn park(&mut self) {
        assert!(self.poll().is_pending(), "was to wait");
    }

    /// Polls as an executor would: when woken since the last poll, and again while woken meanwhile.
    pub(crate) fn run(&mut self) -> Option<F::Output> {
        while self.future.is_some() && self.woken() {
            if let Poll::Ready(output) = self.poll() {
                return Some(output);
            }
        }
        None
    }

    /// Polls, and then on as [`run`](Task::run) does.
    pub(crate) fn start(&mut self) -> Option<F::Output> {
        match self.poll() {
            Poll::Ready(output) => Some(output),
            Poll::Pending => self.run(),
        }
    }

    /// Returns `true` if it has been woken since the last poll began.
    pub(crate) fn woken(&self) -> bool {
        self.wakes() > self.seen
    }

    /// How often it has been woken.
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.0.load(Relaxed)
    }

    /// Returns `true` if it was polled and is not ready.
    pub(crate) fn is_parked(&self) -> bool {
        self.parked && self.future.is_some()
    }

    /// The future itself, pinned.
    pub(crate) fn future(&mut self) -> Pin<&mut F> {
        self.future
            .as_mut()
            .expect("the future has been ready")
            .as_mut()
    }

    /// Drops the future where it is.
    pub(crate) fn cancel(&mut self) {
        self.future = None;
    }
}

/// An atomic of the model's own. All accesses are Relaxed: it orders nothing.
pub(crate) struct Word {
    word: AtomicUsize,
    companion: AtomicUsize,
}

impl Word {
    pub(crate) fn new(value: usize) -> Self {
        Word {
            word: AtomicUsize::new(value),
            companion: AtomicUsize::new(0),
        }
    }

    fn touch(&self) {
        self.companion.fetch_add(0, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> usize {
        self.touch();
        self.word.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, value: usize) {
        self.touch();
        self.word.store(value, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, value: usize) {
        self.touch();
        self.word.fetch_add(value, Ordering::Relaxed);
    }

    /// Puts `new` where `now` is. Returns `false` if something else is there.
    pub(crate) fn replace(&self, now: usize, new: usize) -> bool {
        self.touch();
        let replaced = self
            .word
            .compare_exchange(now, new, Ordering::Relaxed, Ordering::Relaxed);
        replaced.is_ok()
    }

    /// Takes `amount` off. Returns `false` if there is less.
    pub(crate) fn take(&self, amount: usize) -> bool {
        let mut now = self.get();
        while now >= amount {
            self.touch();
            let taken =
                self.word
                    .compare_exchange(now, now - amount, Ordering::Relaxed, Ordering::Relaxed);
            match taken {
                Ok(_) => return true,
                Err(other) => now = other,
            }
        }
        false
    }
}

/// Memory that loom watches.
pub(crate) struct Payload(loom::cell::UnsafeCell<u32>);

// SAFETY: loom reports every access that is not ordered after the last write, as a failure of the model.
unsafe impl Sync for Payload {}

impl Payload {
    pub(crate) fn new() -> Self {
        Payload(loom::cell::UnsafeCell::new(0))
    }

    pub(crate) fn write(&self, value: u32) {
        // SAFETY: loom has just checked that nobody else is here.
        self.0.with_mut(|at| unsafe { *at = value });
    }

    pub(crate) fn read(&self) -> u32 {
        // SAFETY: loom has just checked that nobody writes.
        self.0.with(|at| unsafe { *at })
    }
}

/// Counts the drops of its items.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<Invisible>);

impl Drops {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An item that counts when it is dropped.
    pub(crate) fn item(&self, number: u32) -> Item {
        Item {
            number,
            drops: self.0.clone(),
        }
    }

    /// How many items have been dropped.
    pub(crate) fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// A value that counts its drop.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) number: u32,
    drops: Arc<Invisible>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Relaxed);
    }
}
