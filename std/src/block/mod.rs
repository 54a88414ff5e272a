//! The only place where a thread of the facade waits: a park loop over the core's one future; for an event alone, a loop over its
//! word, on which threads sleep beside the queue (`asleep.rs`).
//!
//! **What it does before it sleeps.** To sleep at once would be paid for in `pingpong/two-cores`,
//! to spin without yielding in `pingpong/one-core`:
//!
//! 1. try once;
//! 2. up to 8 slots, or where items come one by one: 6 times 8 pauses, each with a try after it; else
//!    one pause of an eighth of the capacity, at most 128 and less where that brings as many items (`batch.rs`), to let the
//!    other side build a batch, then a try. Left out where it has been in vain (`rhythm.rs`), and on a machine with one core;
//! 3. up to 16 times: yield to the operating system, try;
//! 4. enqueue (the future's first poll), try again;
//! 5. up to 32 times: yield, look at the own token;
//! 6. park.
//!
//! Step 2 for items that come one by one lasts for about a microsecond, by which time a peer on another core has answered; a
//! yield in its place would be in the way of the answer (`sockets/req-rep`, `pingpong/two-cores`). Its tries are 8 pauses
//! apart, as each of them may take the line away from the peer just when that writes there.
//!
//! Steps 2 and 3 are left out for a wait in which retrying cannot succeed, as for a notification:
//! there one try means to enqueue, look, and leave.
//!
//! Where yields are dear, because threads that compute want the core, there are none: steps 3 and 5
//! are left out (`yields.rs` says how a thread finds out). Threads that yield regardless there
//! hardly get on, and their waits are late by whole time slices (`loaded/pingpong/inside`,
//! `loaded/late/inside`). Step 2 is then one longer spin, while such spins help (`spins.rs`).
//!
//! The clock is read for the first time after the first try has failed, so a timed call that
//! succeeds at once does not read it. With a deadline it is read after each yield, and a wait whose
//! deadline has come is over; no step but a spin of microseconds busy-waits to a deadline.
//!
//! **The token** (`token.rs`). A wake-up sets a flag of the waiting thread's own and unparks it; the thread
//! sleeps until *its* flag is set, so a stray `unpark` or a `park` elsewhere in the program that
//! eats the token changes nothing, and EINTR neither shortens nor lengthens a wait. The flag lives
//! in a thread-local that is taken out while a wait runs: a wait inside a wait (user code in a
//! waker) gets another one. Where the thread-local is gone (destructors of other thread-locals), a
//! fresh one is made.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fs;
use std::future::Future;
use std::hint::spin_loop;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{self, AtomicU8, Ordering::*};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use gimmal_core::error::TimedOut;
use gimmal_core::sync::Event;

use crate::asleep;

mod batch;
mod blocking;
mod rhythm;
mod spins;
mod token;
mod yields;
pub(crate) use blocking::Blocking;
use rhythm::Rhythm;
use token::Token;
pub(crate) use yields::Yields;

/// How long a call may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Forever.
    None,
    /// This long, counted from the first failed try; `ZERO` is exactly one try.
    After(Duration),
    /// Until this moment; a past one is exactly one try.
    At(Instant),
}

impl Limit {
    /// Exactly one try.
    pub(crate) const NOW: Limit = Limit::After(Duration::ZERO);

    /// Returns `true` for exactly one try.
    pub(crate) fn is_now(self) -> bool {
        matches!(self, Limit::After(Duration::ZERO))
    }

    /// The moment at which to give up, `None` for never. Reads the clock.
    fn deadline(self) -> Option<Instant> {
        match self {
            Limit::None => None,
            // What overflows the clock is forever.
            Limit::After(duration) => Instant::now().checked_add(duration),
            Limit::At(moment) => Some(moment),
        }
    }

    /// The same limit for several waits in a row, whose time begins now: `None`, `At` or `NOW`.
    /// Reads the clock.
    pub(crate) fn fixed(self) -> Self {
        if self.is_now() {
            return self;
        }
        self.deadline().map_or(Limit::None, Limit::At)
    }
}

/// Up to this capacity the other side is seldom more than a few operations away.
const FEW_SLOTS: usize = 8;
/// Tries for items that come one by one, and the pauses before each.
const TRIES: u32 = 6;
const PAUSES: usize = 8;
const YIELDS_TRYING: u32 = 16;
const YIELDS_QUEUED: u32 = 32;

/// Waits until it succeeds.
#[inline]
pub(crate) fn block<W: Blocking>(wait: W) -> W::Output {
    match block_until(wait, Limit::None) {
        Ok(output) => output,
        Err(_) => unreachable!("without a limit it is never given up"),
    }
}

/// Waits until it succeeds, or returns what is left when the time is over. Success beats the
/// time-out when both hold.
#[inline]
pub(crate) fn block_until<W: Blocking>(mut wait: W, limit: Limit) -> Result<W::Output, W::Left> {
    if let Poll::Ready(output) = wait.try_once() {
        return Ok(output);
    }
    block_slow(wait, limit)
}

#[cold]
fn block_slow<W: Blocking>(mut wait: W, limit: Limit) -> Result<W::Output, W::Left> {
    // Where only an enqueued waiter is notified, one try means to enqueue, look, and leave.
    let must_enqueue = wait.hint() == 0;
    if limit.is_now() && !must_enqueue {
        return Err(wait.give_up());
    }
    let deadline = limit.deadline();
    if !must_enqueue {
        match try_for_a_while(&mut wait, deadline) {
            Tried::Done(output) => return Ok(output),
            Tried::TimedOut => return Err(wait.give_up()),
            Tried::InVain => {}
        }
    }
    let capacity = wait.hint();
    let parker = Parker::take();
    let mut context = Context::from_waker(&parker.waker);
    let mut future = pin!(wait.begin());
    let result = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            break Ok(output);
        }
        let waiting = future.as_ref().get_ref();
        let passed = || W::passed_in(waiting);
        if !parker.sleep(deadline, capacity, passed) {
            break W::cancel(future.as_mut());
        }
    };
    parker.put_back();
    result
}

/// Waits until the event is set, or returns an error when the time is over. Threads that sleep do so beside the event's queue, where
/// the system has calls for that: steps 4 to 6 are then about its word.
#[inline]
pub(crate) fn block_for_event(event: &Event, limit: Limit) -> Result<(), TimedOut> {
    match event.is_set() {
        true => Ok(()),
        false => block_for_event_slow(event, limit),
    }
}

#[cold]
fn block_for_event_slow(event: &Event, limit: Limit) -> Result<(), TimedOut> {
    let mut wait = event.waiting();
    if !asleep::is_possible(event) {
        return block_until(wait, limit).map_err(|_| TimedOut);
    }
    if limit.is_now() {
        return Err(TimedOut);
    }
    let deadline = limit.deadline();
    match try_for_a_while(&mut wait, deadline) {
        Tried::Done(()) => return Ok(()),
        Tried::TimedOut => return Err(TimedOut),
        Tried::InVain => {}
    }
    let Some(round) = event.wait_beside() else {
        return Ok(());
    };
    let mut yields = Yields::begin(YIELDS_QUEUED, 1, deadline.is_some());
    while !yields.is_over(deadline) && yields.once(|| None).is_some() {
        if event.is_over(round) {
            return Ok(());
        }
    }
    drop(yields);
    while let Some(word) = event.fall_asleep(round) {
        let left = match deadline {
            None => None,
            Some(moment) => match moment.checked_duration_since(Instant::now()) {
                None | Some(Duration::ZERO) => return Err(TimedOut),
                left => left,
            },
        };
        asleep::sleep(event, word, left);
    }
    Ok(())
}

/// What the tries of a wait came to, before it is enqueued.
enum Tried<T> {
    Done(T),
    TimedOut,
    InVain,
}

/// Steps 2 and 3.
fn try_for_a_while<W: Blocking>(wait: &mut W, deadline: Option<Instant>) -> Tried<W::Output> {
    if deadline.is_some_and(|moment| Instant::now() >= moment) {
        return Tried::TimedOut;
    }
    if let Poll::Ready(output) = pause_and_try(wait, deadline) {
        return Tried::Done(output);
    }
    let mut yields = Yields::begin(YIELDS_TRYING, wait.hint(), deadline.is_some());
    while yields.once(|| wait.items_passed()).is_some() {
        if let Poll::Ready(output) = wait.try_once() {
            return Tried::Done(output);
        }
        if yields.is_over(deadline) {
            return Tried::TimedOut;
        }
    }
    Tried::InVain
}

/// Waits until the future is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let parker = Parker::take();
    let mut context = Context::from_waker(&parker.waker);
    let mut future = pin!(future);
    let output = loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            break output;
        }
        parker.sleep(None, 1, || None);
    };
    parker.put_back();
    output
}

/// Returns `true` if the machine has one core. What this thread may run on would say nothing of its
/// peers, so the system's list of cores is read; not under Miri, whose programs open no files
/// unless they are told that they may.
fn has_one_core() -> bool {
    const UNKNOWN: u8 = 0;
    const ONE: u8 = 1;
    const MORE: u8 = 2;
    // Not a `OnceLock`: a thread that is in the middle of it when another one forks would leave it
    // so in the child.
    static CORES: AtomicU8 = AtomicU8::new(UNKNOWN);
    // R: a thread that does not see it yet finds out the same by itself
    let known = CORES.load(Relaxed);
    if known != UNKNOWN {
        return known == ONE;
    }
    let list = match cfg!(miri) {
        true => None,
        false => fs::read_to_string("/sys/devices/system/cpu/online").ok(),
    };
    let one = match list {
        Some(online) => online.trim() == "0",
        None => thread::available_parallelism().is_ok_and(|cores| cores.get() == 1),
    };
    CORES.store(if one { ONE } else { MORE }, Relaxed); // R: see above
    one
}

/// Tries after 1, 2, 4 … 64 pauses: for something that a running thread gives back after a few
/// instructions.
pub(crate) fn spin<T>(attempt: impl FnMut() -> Poll<T>) -> Poll<T> {
    match has_one_core() {
        true => Poll::Pending,
        false => pause_between(7, |number| 1 << number, attempt),
    }
}

/// Tries so many times, each after so many pauses.
fn pause_between<T>(
    tries: u32,
    pauses: impl Fn(u32) -> usize,
    mut attempt: impl FnMut() -> Poll<T>,
) -> Poll<T> {
    for number in 0..tries {
        (0..pauses(number)).for_each(|_| spin_loop());
        let result = attempt();
        if result.is_ready() {
            return result;
        }
    }
    Poll::Pending
}

fn pause_and_try<W: Blocking>(wait: &mut W, deadline: Option<Instant>) -> Poll<W::Output> {
    if has_one_core() {
        return Poll::Pending;
    }
    if yields::are_dear() {
        return spins::attempt(deadline, || wait.try_once());
    }
    let mut rhythm = Rhythm::get();
    let capacity = wait.hint();
    let one_by_one = capacity <= FEW_SLOTS || rhythm.is_one_by_one(|| wait.items_passed());
    let (tries, pauses) = match one_by_one {
        true => (TRIES, PAUSES),
        false => (1, rhythm.pauses((capacity / 8).clamp(1, 128))),
    };
    let result = rhythm.unless_in_vain(|| pause_between(tries, |_| pauses, || wait.try_once()));
    rhythm.keep();
    result
}

/// A thread with its token, and the waker that sets that.
struct Parker {
    sleeper: Arc<Sleeper>,
    waker: Waker,
}

struct Sleeper {
    token: Token,
    thread: Thread,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.token.raise() {
            self.thread.unpark();
        }
    }
}

thread_local! {
    static PARKER: Cell<Option<Parker>> = const { Cell::new(None) };
}

impl Parker {
    fn take() -> Self {
        let cached = PARKER.try_with(Cell::take).ok().flatten();
        cached.unwrap_or_else(|| {
            let sleeper = Arc::new(Sleeper {
                token: Token::new(),
                thread: thread::current(),
            });
            Parker {
                waker: Waker::from(sleeper.clone()),
                sleeper,
            }
        })
    }

    fn put_back(self) {
        // Where the thread-local is gone the parker is dropped.
        let mut parker = Some(self);
        let _ = PARKER.try_with(|cached| cached.set(parker.take()));
    }

    /// Sleeps until the token is set, and takes it. Returns `false` if the deadline came first.
    fn sleep(
        &self,
        deadline: Option<Instant>,
        capacity: usize,
        passed: impl Fn() -> Option<usize>,
    ) -> bool {
        let taken = || self.sleeper.token.take();
        if taken() {
            return true;
        }
        let mut yields = Yields::begin(YIELDS_QUEUED, capacity, deadline.is_some());
        loop {
            if yields.is_over(deadline) {
                return false;
            }
            if yields.once(&passed).is_none() {
                break;
            }
            if taken() {
                return true;
            }
        }
        drop(yields);
        loop {
            if taken() {
                return true;
            }
            match deadline {
                None => thread::park(),
                Some(moment) => match moment.checked_duration_since(Instant::now()) {
                    None | Some(Duration::ZERO) => return false,
                    Some(left) => thread::park_timeout(left),
                },
            }
        }
    }
}
