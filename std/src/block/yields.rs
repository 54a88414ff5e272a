//! Yields, as long as they are cheap.
//!
//! A thread that yields lets the others on its core run, and goes on when they have had their turn.
//! Beside threads that wait for each other this is a good way to wait (`pingpong/one-core`): a turn
//! is short, and nobody makes a system call to wake anybody. Beside a thread that computes it is a
//! bad one (`loaded/pingpong/inside`): its turn is a whole time slice, and the system charges the
//! thread that yielded for it. Nothing says beforehand which of the two it will be. So each yield
//! is timed, and a thread keeps an account of them:
//!
//! | a yield that took | does to the account |
//! |---|---|
//! | less than [`DEAR`] | one more to its credit, [`FULL`] at most |
//! | more | [`PRICE`] less; below nothing the account is *closed*: for this thread waiting is sleeping |
//!
//! It stays closed for [`FIRST`] times what that yield took. If it is closed again before it has
//! been open for as long as it was closed, that time doubles, up to [`LONGEST`]: beside threads
//! that compute for good a thread seldom finds out that they still do, and when they stop it yields
//! again soon. A foreign thread that runs now and then costs little more than its own time slice.
//!
//! An account with full credit is *trusted*: timing each yield would cost two threads that hand
//! over to each other a part of what they gain. So only one wait in [`SAMPLED`] is timed from its
//! first yield on, the others after [`UNTIMED`].
//!
//! A dear yield is not counted if meanwhile many items have passed through what is waited for: then
//! it was not a thread that computes which had the core, but peers that get on without this one.
//!
//! A new thread begins like the last thread that closed its account ([`LAST`]). That is only a
//! beginning: threads on different cores may live in different worlds, so each keeps its own
//! account.
//!
//! [`DEAR`] lies far above a peer's turn and far below a time slice; [`PRICE`] lies between the
//! share of dear yields among threads that stream to each other on fewer cores than they are, which
//! is small, and that beside threads that compute.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::thread;
use std::time::{Duration, Instant};

use crate::per_process::PerProcess;

/// A yield that took so long gave a time slice away: far above a peer's turn, far below any
/// system's slice.
const DEAR: Duration = Duration::from_micros(500);
/// The least time that two sleeping threads need for each item that one hands to the other.
const SLEEPERS: Duration = Duration::from_micros(2);
/// How many cheap yields make up for one dear yield.
const PRICE: u32 = 20;
/// The highest credit. An account that has it is *trusted*.
const FULL: u32 = 32;
/// A trusted thread times all yields of one wait in this many.
const SAMPLED: u8 = 4;
/// In its other waits it does not time the first yields; this is their number.
const UNTIMED: u32 = 4;
/// The first time, an account is closed for this many times as long as the yield took.
const FIRST: u32 = 4;
/// The longest time that an account is closed at once.
const LONGEST: Duration = Duration::from_millis(500);
/// What a thread has found out about its yields.
#[derive(Clone, Copy)]
struct Account {
    /// The thread has waited before.
    known: bool,
    credit: u32,
    /// When it is, or was, opened after the last closing. `None`: it has never been closed, or has
    /// been open for longer than it was closed.
    opened: Option<Instant>,
    /// For how long it was closed then.
    closed_for: Duration,
    /// Counts the waits in which it was trusted; wraps.
    waits: u8,
}

impl Account {
    const NEW: Account = Account {
        known: false,
        // One dear yield by chance is forgiven.
        credit: PRICE,
        opened: None,
        closed_for: Duration::ZERO,
        waits: 0,
    };

    /// The account of this thread.
    fn get() -> Self {
        // In a destructor of another thread-local there may be none.
        match ACCOUNT.try_with(Cell::get) {
            Ok(account) if account.known => account,
            _ => Self::first(),
        }
    }

    /// The account of a thread that waits for the first time.
    #[cold]
    fn first() -> Self {
        let account = LAST.account();
        account.keep();
        account
    }

    fn keep(self) {
        let _ = ACCOUNT.try_with(|account| account.set(self));
    }

    /// Returns `true` if its yields have been cheap for long.
    fn is_trusted(&self) -> bool {
        self.credit == FULL && self.opened.is_none()
    }

    fn is_closed(&self, now: Instant) -> bool {
        self.opened.is_some_and(|opened| now < opened)
    }

    /// Forgets a closing that did not last as long as it has been open since.
    fn look(&mut self, now: Instant) {
        let forgotten = |opened: Instant| now >= opened + self.closed_for;
        if self.opened.is_some_and(forgotten) {
            self.opened = None;
        }
    }

    /// Notes that a yield took so long, and has just come back.
    fn note(&mut self, took: Duration, now: Instant) {
        if took < DEAR {
            self.credit = FULL.min(self.credit + 1);
            return;
        }
        if let Some(rest) = self.credit.checked_sub(PRICE) {
            self.credit = rest;
            return;
        }
        self.look(now);
        let closed_for = match self.opened {
            None => took * FIRST,
            Some(_) => self.closed_for * 2,
        };
        self.closed_for = closed_for.min(LONGEST);
        self.credit = 0;
        self.opened = Some(now + self.closed_for);
        LAST.publish(now + self.closed_for, self.closed_for);
    }
}

thread_local! {
    static ACCOUNT: Cell<Account> = const { Cell::new(Account::NEW) };
}

/// Of all accounts that were closed, the one that opens last: a new thread begins with it.
struct Last {
    /// Microseconds from `epoch` until it opens, and in the lowest bits the milliseconds for which
    /// it is closed.
    word: AtomicU64,
    /// Not a `OnceLock`: see `block::has_one_core`. A forked child goes on with its parent's.
    epoch: PerProcess<Instant>,
}

static LAST: Last = Last {
    word: AtomicU64::new(0),
    epoch: PerProcess::new(),
};

impl Last {
    const BITS: u32 = 10;

    fn publish(&self, opened: Instant, closed_for: Duration) {
        let begin = |ancestor: Option<&Instant>| ancestor.copied().unwrap_or_else(Instant::now);
        let epoch = *self.epoch.get(begin);
        let opened = opened.saturating_duration_since(epoch).as_micros() as u64;
        let word = opened << Self::BITS | closed_for.as_millis() as u64;
        self.word.fetch_max(word, Relaxed); // R: a hint, and a number only
    }

    /// The account of a thread that waits for the first time: as if it had been closed like the
    /// last one, unless that is forgotten. Reads the clock if there is a last one.
    fn account(&self) -> Account {
        let mut account = Account {
            known: true,
            ..Account::NEW
        };
        let word = self.word.load(Relaxed); // R: see `publish`
        let opened = |epoch: &Instant| *epoch + Duration::from_micros(word >> Self::BITS);
        if let Some(opened) = self.epoch.peek().map(opened) {
            let closed_for = Duration::from_millis(word & ((1 << Self::BITS) - 1));
            if Instant::now() < opened + closed_for {
                account.credit = 0;
                account.opened = Some(opened);
                account.closed_for = closed_for;
            }
        }
        account
    }
}

/// Returns `true` if the thread does better to sleep than to pass the time in any other way. Reads
/// the clock only if yields have been dear lately.
pub(super) fn are_dear() -> bool {
    let mut account = Account::get();
    if account.opened.is_none() {
        return false;
    }
    let now = Instant::now();
    if account.is_closed(now) {
        return true;
    }
    account.look(now);
    account.keep();
    false
}

/// The yields of one wait.
pub(crate) struct Yields {
    account: Account,
    left: u32,
    /// How many of them are not timed.
    untimed: u32,
    capacity: usize,
    /// When the clock was looked at last, if that was after the last yield.
    now: Option<Instant>,
}

impl Yields {
    /// At most `most` yields, and none while the account is closed, for a resource of this
    /// capacity. Each is timed if there is a deadline, or if the account is not trusted. Reads the
    /// clock then.
    pub(crate) fn begin(most: u32, capacity: usize, has_deadline: bool) -> Self {
        let mut yields = Yields {
            account: Account::get(),
            left: most,
            untimed: 0,
            capacity,
            now: None,
        };
        if yields.account.is_trusted() {
            yields.account.waits = yields.account.waits.wrapping_add(1);
            if !has_deadline && !yields.account.waits.is_multiple_of(SAMPLED) {
                yields.untimed = UNTIMED;
                return yields;
            }
        }
        let now = Instant::now();
        yields.now = Some(now);
        yields.account.look(now);
        if yields.account.is_closed(now) {
            yields.left = 0;
        }
        yields
    }

    /// Returns `true` if the deadline has come. With a deadline each yield is timed, so this does
    /// not read the clock.
    pub(super) fn is_over(&self, deadline: Option<Instant>) -> bool {
        deadline.is_some_and(|moment| self.now.is_some_and(|now| now >= moment))
    }

    /// Yields once; `None`, and nothing was done, if it is time to sleep. `passed` says how many
    /// items have passed through what is waited for, if that is known.
    pub(crate) fn once(&mut self, passed: impl Fn() -> Option<usize>) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        if self.untimed > 0 {
            self.untimed -= 1;
            thread::yield_now();
            return Some(());
        }
        let (begun, passed_before) = (self.now.unwrap_or_else(Instant::now), passed());
        thread::yield_now();
        let now = Instant::now();
        self.now = Some(now);
        let took = now.saturating_duration_since(begun);
        if took >= DEAR && self.others_got_on(took, passed_before, passed()) {
            return Some(());
        }
        self.account.note(took, now);
        if self.account.is_closed(now) {
            self.left = 0;
        }
        Some(())
    }

    /// Returns `true` if others passed on more items than sleepers could, and more of them than
    /// what they pass through can have held.
    fn others_got_on(&self, took: Duration, before: Option<usize>, after: Option<usize>) -> bool {
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        let items = after.wrapping_sub(before) as u128;
        items >= 4 * self.capacity as u128 && items * SLEEPERS.as_nanos() >= took.as_nanos()
    }
}

impl Drop for Yields {
    fn drop(&mut self) {
        self.account.keep();
    }
}
