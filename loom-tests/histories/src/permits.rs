//! A number of permits.

use crate::check::Specification;

/// An operation of a semaphore, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permitted {
    /// So many permits were waited for, and granted.
    Acquired(usize),
    /// They were waited for in vain: the time was over, or the wait was given up.
    GaveUp,
    /// They were asked for: `true` if they were there.
    Tried(usize, bool),
    /// So many permits were put in, or returned.
    Released(usize),
}

/// A semaphore.
#[derive(Clone, Copy, Debug)]
pub struct Permits(pub usize);

impl Specification for Permits {
    type Op = Permitted;
    type State = usize;

    fn start(&self) -> usize {
        self.0
    }

    fn step(&self, free: &usize, op: &Permitted, excused: bool) -> Option<usize> {
        match *op {
            Permitted::Acquired(n) | Permitted::Tried(n, true) => free.checked_sub(n),
            Permitted::Tried(n, false) => (*free < n || excused).then_some(*free),
            Permitted::GaveUp => Some(*free),
            Permitted::Released(n) => free.checked_add(n),
        }
    }

    /// Nobody overtakes a waiter.
    fn excuses(&self, op: &Permitted, other: &Permitted) -> bool {
        matches!(op, Permitted::Tried(_, false))
            && matches!(other, Permitted::Acquired(_) | Permitted::GaveUp)
    }
}
