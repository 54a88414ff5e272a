//! In what order items come out: [`First`], [`Last`], [`Smallest`].
//!
//! A store is used under the queue's lock, so it runs no code of the items. Where the order needs some, as comparing does,
//! the store is taken out of the queue, and asked with no lock held.

#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem;

/// Where a queue keeps its items. Sealed: [`First`], [`Last`] and [`Smallest`] are all there are.
pub trait Store<T>: sealed::Sealed + Sized {
    /// An empty one, with room for `capacity` items.
    #[doc(hidden)]
    fn with_capacity(capacity: usize) -> Self;
    /// Takes an item in. Runs no code of the item.
    #[doc(hidden)]
    fn put(&mut self, item: T);
    /// The next item, if it is known without asking the items.
    #[doc(hidden)]
    fn take(&mut self) -> Option<T>;
    /// The next item of a store that is out of the queue. Loses nothing if the items panic.
    #[doc(hidden)]
    fn find(&mut self) -> Option<T>;
    /// What is taken out of the queue: everything that has an order. What is left takes in what comes meanwhile.
    #[doc(hidden)]
    fn detach(&mut self) -> Self;
    /// Takes back what was detached.
    #[doc(hidden)]
    fn attach(&mut self, detached: Self);
}

mod sealed {
    pub trait Sealed {}
}

/// First in, first out.
pub struct First<T>(VecDeque<T>);

impl<T> sealed::Sealed for First<T> {}

impl<T> Store<T> for First<T> {
    fn with_capacity(capacity: usize) -> Self {
        First(VecDeque::with_capacity(capacity))
    }

    fn put(&mut self, item: T) {
        self.0.push_back(item);
    }

    fn take(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn find(&mut self) -> Option<T> {
        self.take()
    }

    fn detach(&mut self) -> Self {
        First(mem::take(&mut self.0))
    }

    fn attach(&mut self, detached: Self) {
        let since = mem::replace(&mut self.0, detached.0);
        self.0.extend(since);
    }
}

/// Last in, first out.
pub struct Last<T>(Vec<T>);

impl<T> sealed::Sealed for Last<T> {}

impl<T> Store<T> for Last<T> {
    fn with_capacity(capacity: usize) -> Self {
        Last(Vec::with_capacity(capacity))
    }

    fn put(&mut self, item: T) {
        self.0.push(item);
    }

    fn take(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn find(&mut self) -> Option<T> {
        self.take()
    }

    fn detach(&mut self) -> Self {
        Last(mem::take(&mut self.0))
    }

    fn attach(&mut self, detached: Self) {
        let since = mem::replace(&mut self.0, detached.0);
        self.0.extend(since);
    }
}

/// The smallest first, equal ones in arrival order.
///
/// A binary heap (J. W. J. Williams, 1964), and beside it what has come since. The heap is written here because of panics:
/// a comparison that panics finds every item in its place in the array, none in a local variable.
pub struct Smallest<T> {
    /// In order up to `ordered`: no item is less than its parent, at half its index.
    heap: Vec<Numbered<T>>,
    ordered: usize,
    fresh: Vec<Numbered<T>>,
    /// How many have come.
    came: u64,
}

type Numbered<T> = (T, u64);

impl<T> sealed::Sealed for Smallest<T> {}

impl<T: Ord> Smallest<T> {
    fn is_less(&self, a: usize, b: usize) -> bool {
        let ((a, a_came), (b, b_came)) = (&self.heap[a], &self.heap[b]);
        a.cmp(b).then(a_came.cmp(b_came)).is_lt()
    }

    /// Lets the last one of the first `len` items rise to its place among them.
    fn rise(&mut self, len: usize) {
        let mut at = len - 1;
        while at > 0 && self.is_less(at, (at - 1) / 2) {
            self.heap.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// Lets the first one of the first `len` items sink to its place among them.
    fn sink(&mut self, len: usize) {
        let mut at = 0;
        while 2 * at + 1 < len {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let goes_right = right < len && self.is_less(right, left);
            let less = if goes_right { right } else { left };
            if !self.is_less(less, at) {
                return;
            }
            self.heap.swap(at, less);
            at = less;
        }
    }
}

impl<T: Ord> Store<T> for Smallest<T> {
    fn with_capacity(capacity: usize) -> Self {
        Smallest {
            heap: Vec::with_capacity(capacity),
            ordered: 0,
            fresh: Vec::with_capacity(capacity),
            came: 0,
        }
    }

    fn put(&mut self, item: T) {
        self.fresh.push((item, self.came));
        self.came += 1;
    }

    /// Known without comparing only if it is the single one.
    fn take(&mut self) -> Option<T> {
        if self.heap.len() + self.fresh.len() > 1 {
            return None;
        }
        self.ordered = 0;
        let single = self.heap.pop().or_else(|| self.fresh.pop());
        single.map(|(item, _)| item)
    }

    fn find(&mut self) -> Option<T> {
        // A comparison that panics leaves an order that is not to be trusted.
        let ordered = mem::take(&mut self.ordered);
        for len in ordered + 1..=self.heap.len() {
            self.rise(len);
        }
        let last = self.heap.len().checked_sub(1)?;
        self.heap.swap(0, last);
        self.sink(last);
        self.ordered = last;
        self.heap.pop().map(|(item, _)| item)
    }

    fn detach(&mut self) -> Self {
        self.heap.append(&mut self.fresh);
        Smallest {
            heap: mem::take(&mut self.heap),
            ordered: mem::take(&mut self.ordered),
            fresh: Vec::new(),
            came: 0,
        }
    }

    fn attach(&mut self, detached: Self) {
        (self.heap, self.ordered) = (detached.heap, detached.ordered);
    }
}
