//! L6: the pipe ends of one socket in one direction: a circular list through the pipes themselves, with a cursor. No
//! memory of its own, any number of pipes.
//!
//! Invariant **I1**: the socket holds its side's stake of each pipe in its list (so each is alive, and its `next` is the
//! socket's own to touch).

#![forbid(unsafe_code)]

use super::pipe::{Direction, End};

/// The list; `before` the cursor, so that the current end can be taken out.
pub(crate) struct Ends<T, D> {
    before: Option<End<T, D>>,
    len: usize,
}

impl<T, D: Direction> Ends<T, D> {
    pub(crate) const fn new() -> Self {
        Ends {
            before: None,
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The end whose turn it is.
    pub(crate) fn current(&self) -> Option<End<T, D>> {
        self.before.and_then(|before| before.next().get())
    }

    /// Gives the turn to the next.
    pub(crate) fn advance(&mut self) {
        self.before = self.current();
    }

    /// Puts an end behind all others: the last whose turn it will be.
    pub(crate) fn insert(&mut self, end: End<T, D>) {
        let first = self.current().unwrap_or(end);
        end.next().set(Some(first));
        if let Some(before) = self.before {
            before.next().set(Some(end));
        }
        self.before = Some(end);
        self.len += 1;
    }

    /// Takes the current end out; the next one is the current one then.
    pub(crate) fn remove(&mut self) -> Option<End<T, D>> {
        let current = self.current()?;
        let next = current.next().take();
        if self.len == 1 {
            self.before = None;
        } else if let Some(before) = self.before {
            before.next().set(next);
        }
        self.len -= 1;
        Some(current)
    }

    /// Takes a given end out, if it is in the list; the turn stays where it was.
    pub(crate) fn remove_this(&mut self, end: End<T, D>) -> bool {
        let before = self.before;
        for _ in 0..self.len {
            if self.current() == Some(end) {
                self.remove();
                if before != Some(end) && self.len > 0 {
                    self.before = before;
                }
                return true;
            }
            self.advance();
        }
        false
    }

    /// All ends, from the current one on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = End<T, D>> {
        let mut at = self.current();
        (0..self.len).filter_map(move |_| {
            let here = at?;
            at = here.next().get();
            Some(here)
        })
    }
}
