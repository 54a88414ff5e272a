//! Yields, as long as they are cheap.
//!
//! A thread that yields lets the others on its core run, and goes on when they have had their turn. Beside threads that wait
//! for each other this is the fastest way to wait: a turn takes microseconds, and nobody makes a system call to wake anybody.
//! Beside a thread that computes it is the slowest one: its turn is a whole time slice, and the system charges the thread
//! that yielded for it. Nothing says beforehand which of the two it will be. So each yield is timed, and a thread keeps an
//! account of them:
//!
//! | a yield that took | does to the account |
//! |---|---|
//! | less than [`DEAR`] | one more to its credit, [`FULL`] at most |
//! | more | [`PRICE`] less; below nothing the account is *closed*: for this thread waiting is sleeping |
//!
//! It stays closed for four times as long as that yield took. If it is closed again before it has been open for as long as it
//! was closed, it stays closed for twice as long as before, but never longer than [`LONGEST`]: beside threads that compute for
//! good a thread loses about one part in a hundred of its time to find out that they still do, and when they stop it yields
//! again at most half a second later. A foreign thread that runs now and then costs little more than its own time slice.
//!
//! A dear yield is not counted if meanwhile many items have passed through what is waited for: then it was not a thread that
//! computes which had the core, but peers that get on without this one.
//!
//! A new thread begins like the last thread that closed its account ([`LAST`]). That is only a beginning: threads on
//! different cores may live in different worlds, so each keeps its own account.
//!
//! **What a yield takes** (two cores, Linux 6.18; all rows of the `versus` bench): 0.2–0.5 µs when nobody else wants the
//! core, 1–8 µs when a peer does, 2–8 ms when a thread computes there. Two threads that hand over to each other beside one
//! computing thread per core find 20–40 % of their yields to be dear, eight threads that stream on two cores 1–15 %.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::thread;
use std::time::{Duration, Instant};

use crate::per_process::PerProcess;

/// A yield that took so long gave a time slice away: far above a peer's turn, far below any system's slice.
const DEAR: Duration = Duration::from_micros(500);
/// Two threads that sleep need at least so long for each item that one hands to the other.
const SLEEPERS: Duration = Duration::from_micros(2);
/// One dear yield is as bad as so many cheap ones are good.
const PRICE: u32 = 32;
/// The highest credit.
const FULL: u32 = 64;
/// The first time an account is closed for so many times what the yield took.
const FIRST: u32 = 4;
/// The longest time that an account is closed at once.
const LONGEST: Duration = Duration::from_millis(500);
/// What a thread has found out about its yields.
#[derive(Clone, Copy)]
struct Account {
    /// The thread has waited before.
    known: bool,
    credit: u32,
    /// When it is, or was, opened after the last closing. `None`: it has never been closed, or has been open for longer than
    /// it was closed.
    opened: Option<Instant>,
    /// For how long it was closed then.
    closed_for: Duration,
}

impl Account {
    const NEW: Account = Account {
        known: false,
        // One dear yield by chance is forgiven.
        credit: PRICE,
        opened: None,
        closed_for: Duration::ZERO,
    };

    /// The account of this thread.
    fn get() -> Self {
        // In a destructor of another thread-local there may be none.
        match ACCOUNT.try_with(Cell::get) {
            Ok(account) if account.known => account,
            _ => LAST.account(),
        }
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
    /// Microseconds from `epoch` until it opens, and in the lowest bits the milliseconds for which it is closed.
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

    /// The account of a thread that waits for the first time: as if it had been closed like the last one, unless that is
    /// forgotten. Reads the clock if there is a last one.
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

/// Returns `true` if the thread does better to sleep than to pass the time in any other way. Reads the clock only if yields have
/// been dear before.
pub(super) fn are_dear() -> bool {
    let opened = Account::get().opened;
    opened.is_some_and(|opened| Instant::now() < opened)
}

/// The yields of one wait.
pub(super) struct Yields {
    account: Account,
    left: u32,
    capacity: usize,
    /// When it was looked at the clock last.
    pub(super) now: Instant,
}

impl Yields {
    /// At most so many, and none while the account is closed, for something of this capacity. Reads the clock.
    pub(super) fn begin(most: u32, capacity: usize) -> Self {
        let (mut account, now) = (Account::get(), Instant::now());
        account.look(now);
        let left = if account.is_closed(now) { 0 } else { most };
        Yields {
            account,
            left,
            capacity,
            now,
        }
    }

    /// Yields once; `None`, and nothing was done, if it is time to sleep. `passed` says how many items have passed through what
    /// is waited for, if that is known. Reads the clock: see `now`.
    pub(super) fn once(&mut self, passed: impl Fn() -> Option<usize>) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let (begun, passed_before) = (self.now, passed());
        thread::yield_now();
        self.now = Instant::now();
        let took = self.now.saturating_duration_since(begun);
        if took >= DEAR && self.others_got_on(took, passed_before, passed()) {
            return Some(());
        }
        self.account.note(took, self.now);
        if self.account.is_closed(self.now) {
            self.left = 0;
        }
        Some(())
    }

    /// Returns `true` if others passed items on faster than sleepers could, and more of them than what they pass through
    /// can have held.
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
        let _ = ACCOUNT.try_with(|account| account.set(self.account));
    }
}
