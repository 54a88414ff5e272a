//! Values that are counted when they are made and when they are dropped.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What an armed item panics with. Thrown past the panic hook: it prints nothing.
pub(crate) struct Bang;

/// Counts, for every item ever made, how often it was dropped.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<u32>>>);

impl Ledger {
    pub(crate) fn new() -> Ledger {
        Ledger::default()
    }

    fn with<R>(&self, look: impl FnOnce(&mut Vec<u32>) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A new item, with the next number.
    pub(crate) fn item(&self) -> Item {
        let id = self.with(|drops| {
            drops.push(0);
            drops.len() - 1
        });
        Item {
            id,
            armed: false,
            ledger: self.clone(),
        }
    }

    /// A new item whose destructor panics, after it has been counted.
    pub(crate) fn bomb(&self) -> Item {
        let mut item = self.item();
        item.armed = true;
        item
    }

    /// How many items were made.
    pub(crate) fn made(&self) -> usize {
        self.with(|drops| drops.len())
    }

    /// How many drops there were.
    pub(crate) fn dropped(&self) -> usize {
        self.with(|drops| drops.iter().sum::<u32>() as usize)
    }

    /// How many items live.
    pub(crate) fn living(&self) -> usize {
        self.with(|drops| drops.iter().filter(|n| **n == 0).count())
    }

    /// Nothing was dropped twice, and nothing lives but `leaked` items.
    #[track_caller]
    pub(crate) fn settle_but(&self, leaked: usize) {
        let drops = self.with(|drops| drops.clone());
        let twice = drops.iter().position(|n| *n > 1);
        assert_eq!(twice, None, "dropped more than once");
        assert_eq!(self.living(), leaked, "items that live");
    }

    /// Every item was dropped exactly once.
    #[track_caller]
    pub(crate) fn settle(&self) {
        self.settle_but(0);
    }
}

/// A value of a [`Ledger`].
pub(crate) struct Item {
    pub(crate) id: usize,
    armed: bool,
    ledger: Ledger,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.ledger.with(|drops| drops[self.id] += 1);
        if self.armed && !thread::panicking() {
            resume_unwind(Box::new(Bang));
        }
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({})", self.id)
    }
}

impl PartialEq<usize> for Item {
    fn eq(&self, id: &usize) -> bool {
        self.id == *id
    }
}
