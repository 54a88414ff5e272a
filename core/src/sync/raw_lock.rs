//! L4: the protocol of a [`Lock`](super::Lock): the word and the queue, without the value.
//!
//! | bits of the word | what they say |
//! |---|---|
//! | `HELD` | the value belongs to one guard, or is reserved |
//! | `PARKED` | somebody may wait in the queue: unlocking looks there |
//! | `RESERVED` | with `HELD`: the lock is kept for the waiter that has been woken; it only has to come |
//! | `PASSES` | a waiter has been woken and has not come yet: how often the lock has been unlocked since, and that once |
//!
//! **Barging.** Unlocking frees the lock and wakes the first waiter, which then has to take it like
//! everybody else: a running thread that comes first gets it. With a hand-over each time the lock
//! would stand still while each waiter is on its way (what a lock costs: `lock/2-threads`,
//! `lock/4-threads`). Two bounds keep it fair, and neither needs a clock:
//!
//! * *A waiter that does not run.* While `PASSES` is not zero nobody else is woken: unlocking only
//!   counts. The unlock that finds [`MOST_PASSES`] reserves the lock for the waiter that was woken.
//! * *A waiter that runs and loses.* One that has lost four times says when it is enqueued again,
//!   in front, that it is owed the lock: the unlock that wakes it reserves the lock at once. The
//!   debt is in its node, not in the word: another waiter that comes to the front before it cannot
//!   use it up.
//!
//! **One on its way.** At most one waiter has been woken and has not come. When it comes it takes
//! the lock and the count off, or, if it lost, takes the count off after it has been enqueued
//! again. One that will not come (its future was dropped, or it had got the lock in another way)
//! says so: the count goes, and the next waiter is woken if the lock is free.
//!
//! Invariants
//! * **I1** A guard exists from the moment `HELD` is taken, with or without `RESERVED`, to the
//!   unlock.
//! * **I2** `PARKED` is set, while `HELD` is, by each waiter after it is in the queue; it is
//!   cleared only under the queue's lock and if nobody stays there. So an unlock that does not see
//!   it has nobody to wake. A waiter that goes by itself may leave it set: a later unlock looks
//!   into the queue for nothing, once.
//! * **I3** `PASSES` begins to count under the queue's lock, in the moment in which a waiter is
//!   taken out to be woken, and ends when that waiter comes or says that it will not. `RESERVED` is
//!   set only while it counts.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | unlock: `word` CAS or swap | lock: `word` CAS | the value |
//!
//! Both halves of the handshake are read-modify-writes of one word, so no fence is needed. The bits
//! `HELD` and `PARKED` are those of parking_lot (A. d'Antras, 2016), which bounds barging by time.

#![forbid(unsafe_code)]

use crate::shim::atomic::{AtomicU32, Ordering::*};
use crate::shim::{FIRST_APART, MOST_PASSES, RaceCheck, const_fn, step};

use crate::wait::{First, Phase, WaitQueue};

const HELD: u32 = 1;
const PARKED: u32 = 2;
const RESERVED: u32 = 4;
/// One pass: everything above the other bits counts.
const PASS: u32 = 8;

/// A waiter fails once when it has been enqueued, then before and after it is enqueued again each
/// time that it is woken: so often it has failed when it goes back for the fourth time.
const OWED_AFTER: u8 = 2 * 4;
/// The weight of a waiter is one, and for such a one what the word keeps for it.
const OWED: usize = 1 + (HELD | RESERVED) as usize;

/// A lock without a value.
pub(crate) struct RawLock {
    word: AtomicU32,
    pub(super) queue: WaitQueue,
    pub(super) track: RaceCheck,
}

impl RawLock {
    const_fn! {
        /// A free one.
        pub(super) const fn new() -> Self {
            RawLock { word: AtomicU32::new(0), queue: WaitQueue::new(), track: RaceCheck::new() }
        }
    }

    /// Takes the lock if it is free. On a held lock nothing changes. `true`: it is the caller's
    /// (I1).
    #[inline]
    pub(super) fn try_lock(&self) -> bool {
        // Mostly it is free and nobody waits. A waiter that tries again looks first, which does not
        // take the line away.
        let taken = self.word.compare_exchange(0, HELD, Acquire, Relaxed); // E1, R: next try
        match taken {
            Ok(_) => true,
            Err(word) if FIRST_APART => self.barge_apart(word),
            Err(word) => self.barge(word),
        }
    }

    #[cold]
    #[inline(never)]
    fn barge_apart(&self, word: u32) -> bool {
        self.barge(word)
    }

    /// Takes the lock if it is free, where `word` was what its word said.
    #[inline(always)]
    fn barge(&self, mut word: u32) -> bool {
        while word & HELD == 0 {
            let taken = self
                .word
                .compare_exchange_weak(word, word | HELD, Acquire, Relaxed); // E1, R: next try
            match taken {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
    }

    /// Returns `true` if it is held or reserved: a snapshot.
    pub(super) fn is_locked(&self) -> bool {
        self.word.load(Relaxed) & HELD != 0 // R: a snapshot
    }

    /// Returns `true` if it is kept for a waiter that has been woken and has not come: a snapshot.
    pub(super) fn is_reserved(&self) -> bool {
        self.word.load(Relaxed) & RESERVED != 0 // R: a snapshot
    }

    /// What tells it from every other lock: where its own word is.
    pub(super) fn address(&self) -> usize {
        core::ptr::from_ref(&self.word).addr()
    }

    /// Unlocks for the guard, which ends (I1).
    #[inline]
    pub(super) fn unlock(&self) {
        let freed = self.word.compare_exchange(HELD, 0, Release, Relaxed); // E1, R: the slow path looks again
        if let Err(word) = freed {
            self.unlock_slow(word);
        }
    }

    /// Somebody may wait, or is on its way: `word` was what the word said.
    #[cold]
    fn unlock_slow(&self, mut word: u32) {
        // I3: the holder alone begins to count while the lock is held, so zero stays zero.
        while word >= PASS {
            let next = if word / PASS < MOST_PASSES {
                word - HELD + PASS
            } else {
                word + step!("reserve", RESERVED, else 0)
            };
            let passed = self
                .word
                .compare_exchange_weak(word, next, Release, Relaxed); // E1, R: next try
            match passed {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.queue.first(|first| {
            let (next, wakes) = freed(first);
            // A waiter that sets `PARKED` just before this is counted in `first`, or not in the
            // queue yet: then it says so again.
            self.word.swap(next, Release); // E1
            wakes
        });
    }

    /// The waiter that was on its way will not come (I3). A lock that is free, or kept for it, it takes, and
    /// lets go.
    pub(super) fn give_up_turn(&self) {
        let mut word = self.word.load(Relaxed); // R: the CAS confirms it
        loop {
            let moved =
                self.word
                    .compare_exchange_weak(word, HELD | word & PARKED, Relaxed, Relaxed); // R: read-modify-writes hand on what the last unlock released
            match moved {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & (HELD | RESERVED) != HELD {
            self.unlock_slow(HELD);
        }
    }
}

/// The word of a lock that is let go with this queue behind it, and whether the first waiter is
/// woken.
fn freed(first: First) -> (u32, bool) {
    let (weight, rest) = match first {
        First::None => return (0, false),
        First::Only(weight) => (weight, 0),
        First::OfMany(weight) => (weight, step!("parked-for-the-rest", PARKED, else 0)),
    };
    let kept = (weight - 1) as u32; // 0, or `HELD | RESERVED`
    (kept | PASS | rest, true)
}

/// A waiter for the lock, with the number of times that it has lost.
#[derive(Default)]
pub(super) struct Contender {
    /// How often it found the lock held, but for the first time.
    lost: u8,
    /// It has been woken, and the word still counts for it (I3).
    awaited: bool,
}

impl Contender {
    /// One try; `true`: the lock is the caller's (I1).
    pub(super) fn attempt(&mut self, lock: &RawLock, when: Phase) -> bool {
        let first = lock.word.load(Relaxed); // R: the CAS confirms it
        match when {
            Phase::First => return lock.barge(first),
            Phase::Woken => self.awaited = true,
            _ => {}
        }
        let mut word = first;
        loop {
            let reserved = self.awaited && word & RESERVED != 0;
            if word & HELD == 0 || reserved {
                let next = match self.awaited {
                    true => HELD | (word & PARKED),
                    false => word | HELD,
                };
                let taken = lock
                    .word
                    .compare_exchange_weak(word, next, Acquire, Relaxed); // E1, R: next try
                match taken {
                    Ok(_) => {
                        self.awaited = false;
                        return true;
                    }
                    Err(now) => word = now,
                }
                continue;
            }
            if when == Phase::Woken {
                // It is enqueued again, and tries once more, before it sleeps.
                break;
            }
            let next = match self.awaited {
                true => HELD | PARKED,
                false => word | PARKED,
            };
            let said = lock
                .word
                .compare_exchange_weak(word, next, Relaxed, Relaxed); // R: bits only (I2, I3)
            match said {
                Ok(_) => {
                    self.awaited = false;
                    break;
                }
                Err(now) => word = now,
            }
        }
        self.lost = (self.lost + 1).min(OWED_AFTER);
        false
    }

    /// How much the notifier of the queue is to see.
    pub(super) fn weight(&self) -> usize {
        if self.lost < OWED_AFTER { 1 } else { OWED }
    }
}
