//! What is guarded, and the check that it was: a lock that lets two in must not win.
//!
//! A [`Tally`] is plain memory that a lock protects; an update that two threads make at once is lost, and changes the
//! count. A [`Turnstile`] is passed by whoever holds a permit, and knows how many are inside.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A count behind a lock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    count: u64,
    sum: u64,
}

impl Tally {
    /// Counts one more.
    #[inline(always)]
    pub fn add(&mut self) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(self.count);
    }

    /// How many were counted.
    #[inline(always)]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns `true` if `n` were counted, one after the other.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn verify(&self, n: u64) -> Result<(), String> {
        if self.count != n {
            return Err(format!("{} counted of {n}", self.count));
        }
        let sum = (1..=n).fold(0, u64::wrapping_add);
        if self.sum != sum {
            return Err("two were in the lock at once".to_owned());
        }
        Ok(())
    }
}

/// What those pass who hold a permit. One word, so that everybody pays the same two operations for the check.
#[derive(Debug, Default)]
pub struct Turnstile(AtomicU64);

impl Turnstile {
    const PASSED: u64 = 1 << 8;

    /// Goes in: how many have passed before, and how many are inside now.
    #[inline(always)]
    pub fn enter(&self) -> (u64, u64) {
        // R: a check, it orders nothing.
        let before = self.0.fetch_add(Self::PASSED + 1, Relaxed);
        (before / Self::PASSED, before % Self::PASSED + 1)
    }

    /// Goes out.
    #[inline(always)]
    pub fn leave(&self) {
        self.0.fetch_sub(1, Relaxed); // R: as above
    }
}
