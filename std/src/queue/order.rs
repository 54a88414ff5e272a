//! Orders in which what comes last may be the next: [`Stack`] and [`Heap`].
//!
//! They are used under a lock ([`OneLock`](super::locked::OneLock)), so they run no code of the items there
//! and allocate nothing. Where the order needs the items' code, as comparing does, the store is detached from the queue and
//! asked with no lock held.

#![forbid(unsafe_code)]

use std::cmp::Ordering;
use std::mem;

use super::store::Out;

/// What [`OneLock`](super::locked::OneLock) has inside.
pub trait Order<T>: Out<T> + Sized {
    /// Returns an empty store with memory for `items` items, or `None` if there is not so much
    /// memory.
    fn with_room(items: usize) -> Option<Self>;
    /// Without memory for any item.
    fn empty() -> Self;
    /// Returns how many items the store can hold without allocating.
    fn room(&self) -> usize;
    /// Moves everything to the memory of `larger`, an empty store with more room, and returns the
    /// old memory. The caller drops that with no lock held.
    fn grow(&mut self, larger: Self) -> Self;
    /// Adds an item; there is room for it. Runs no code of the item, and does not allocate.
    fn put(&mut self, item: T);
    /// Takes the next item, if it is known without asking the items.
    fn take(&mut self) -> Option<T>;
    /// Takes the items out of the queue. What is left takes in the items that are put meanwhile.
    fn detach(&mut self) -> Self;
    /// Takes back what was detached, and leaves there memory that is not needed any more. The
    /// caller drops that with no lock held.
    fn attach(&mut self, detached: &mut Self);
}

/// Last in, first out.
pub struct Stack<T>(Vec<T>);

impl<T> Order<T> for Stack<T> {
    fn with_room(items: usize) -> Option<Self> {
        Some(Stack(empty(items)?))
    }

    fn empty() -> Self {
        Stack(Vec::new())
    }

    fn room(&self) -> usize {
        self.0.capacity()
    }

    fn grow(&mut self, mut larger: Self) -> Self {
        larger.0.append(&mut self.0);
        mem::replace(self, larger)
    }

    fn put(&mut self, item: T) {
        self.0.push(item);
    }

    fn take(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn detach(&mut self) -> Self {
        Stack(mem::take(&mut self.0))
    }

    fn attach(&mut self, detached: &mut Self) {
        // Only `close_now` detaches this one, and a closed queue takes nothing in.
        mem::swap(self, detached);
    }
}

impl<T> Out<T> for Stack<T> {
    fn find(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn arrange(&mut self) {
        self.0.reverse();
    }

    fn take_items(&mut self) -> Vec<T> {
        mem::take(&mut self.0)
    }
}

/// The smallest first, equal ones in arrival order.
// A heap of four children each (D. B. Johnson, 1975), and beside it the items that have come since. The heap
// is written here because of panics: a comparison that panics finds every item in its place in the
// array, none in a local variable.
pub struct Heap<T> {
    /// In order up to `ordered`: no item is less than its parent. While it is detached, an empty one stands here, with memory only if the store has grown since.
    heap: Vec<Numbered<T>>,
    ordered: usize,
    fresh: Vec<Numbered<T>>,
    /// The smaller of the capacities of the two, the heap's also while it is detached.
    room: usize,
    /// How many have come.
    came: u64,
}

type Numbered<T> = (T, u64);

/// Returns an empty vector with memory for `items` items, or `None` if there is not so much memory.
fn empty<T>(items: usize) -> Option<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(items).ok()?;
    Some(vec)
}

/// How many children an item has in the heap. With four of them a path is short (`priority/100000`),
/// and the children that are compared are neighbours in memory.
const CHILDREN: usize = 4;

fn parent(at: usize) -> usize {
    (at - 1) / CHILDREN
}

/// The order of equal items.
#[cold]
fn came_first<T>(a: &Numbered<T>, b: &Numbered<T>) -> bool {
    a.1 < b.1
}

/// Returns `true` if `a` comes before `b`.
#[inline]
fn is_less<T: Ord>(a: &Numbered<T>, b: &Numbered<T>) -> bool {
    let order = a.0.cmp(&b.0);
    if order == Ordering::Equal {
        return came_first(a, b);
    }
    order == Ordering::Less
}

/// Returns the index of the smaller one of two items.
#[inline]
fn smaller<T: Ord>(items: &[Numbered<T>], a: usize, b: usize) -> usize {
    match is_less(&items[b], &items[a]) {
        true => b,
        false => a,
    }
}

/// Returns the index of the smallest of some items; there is one.
#[inline]
fn smallest<T: Ord>(items: &[Numbered<T>]) -> usize {
    match items.len() {
        CHILDREN => smaller(items, smaller(items, 0, 1), smaller(items, 2, 3)),
        few => (1..few).fold(0, |less, at| smaller(items, less, at)),
    }
}

impl<T: Ord> Heap<T> {
    /// Lets the last one of the first `len` items rise to its place among them.
    fn rise(&mut self, len: usize) {
        self.rise_from(len - 1);
    }

    fn rise_from(&mut self, mut at: usize) {
        while at > 0 && is_less(&self.heap[at], &self.heap[parent(at)]) {
            self.heap.swap(at, parent(at));
            at = parent(at);
        }
    }

    /// Lets the first one of the first `len` items go to its place among them: all the way down,
    /// past the smallest child each time, and from there up. It was one of the last, so its place
    /// is seldom far from the bottom, and on the way down nothing is compared with it.
    fn sink(&mut self, len: usize) {
        let mut at = 0;
        loop {
            let first = CHILDREN * at + 1;
            if first >= len {
                break;
            }
            let less = first + smallest(&self.heap[first..len.min(first + CHILDREN)]);
            self.heap.swap(at, less);
            at = less;
        }
        self.rise_from(at);
    }

    /// Makes a heap of the first `items` items.
    fn make_heap(&mut self, items: usize) {
        // A comparison that panics leaves an order that is not to be trusted.
        let ordered = mem::take(&mut self.ordered);
        for len in ordered + 1..=items {
            self.rise(len);
        }
    }
}

impl<T: Ord> Order<T> for Heap<T> {
    fn with_room(items: usize) -> Option<Self> {
        let (heap, fresh) = (empty(items)?, empty(items)?);
        let room = heap.capacity().min(fresh.capacity());
        Some(Heap {
            heap,
            ordered: 0,
            fresh,
            room,
            came: 0,
        })
    }

    fn empty() -> Self {
        Heap {
            heap: Vec::new(),
            ordered: 0,
            fresh: Vec::new(),
            room: 0,
            came: 0,
        }
    }

    fn room(&self) -> usize {
        self.room
    }

    fn grow(&mut self, mut larger: Self) -> Self {
        // While the heap is detached, this leaves the memory for its return.
        larger.heap.append(&mut self.heap);
        larger.fresh.append(&mut self.fresh);
        (larger.ordered, larger.came) = (self.ordered, self.came);
        mem::replace(self, larger)
    }

    fn put(&mut self, item: T) {
        self.fresh.push((item, self.came));
        self.came += 1;
    }

    /// Known without comparing only if it is the only one.
    fn take(&mut self) -> Option<T> {
        if self.heap.len() + self.fresh.len() > 1 {
            return None;
        }
        self.ordered = 0;
        let single = self.heap.pop().or_else(|| self.fresh.pop());
        single.map(|(item, _)| item)
    }

    fn detach(&mut self) -> Self {
        // There is room for all of them: together they are no more than `room`. Mostly it is one.
        match self.fresh.len() {
            1 => self.heap.extend(self.fresh.pop()),
            _ => self.heap.append(&mut self.fresh),
        }
        Heap {
            heap: mem::take(&mut self.heap),
            ordered: mem::take(&mut self.ordered),
            fresh: Vec::new(),
            room: 0,
            came: 0,
        }
    }

    fn attach(&mut self, detached: &mut Self) {
        self.ordered = detached.ordered;
        if self.heap.capacity() < detached.heap.capacity() {
            mem::swap(&mut self.heap, &mut detached.heap);
        } else {
            self.heap.append(&mut detached.heap);
        }
    }
}

impl<T: Ord> Out<T> for Heap<T> {
    fn find(&mut self) -> Option<T> {
        let last = self.heap.len().checked_sub(1)?;
        // The last one is not in the heap's order yet if it has just come: then it is the smallest, or takes the
        // smallest one's place and goes down from there. It need not rise.
        self.make_heap(last);
        if last > 0 && !is_less(&self.heap[last], &self.heap[0]) {
            self.heap.swap(0, last);
            self.sink(last);
        }
        self.ordered = last;
        self.heap.pop().map(|(item, _)| item)
    }

    fn arrange(&mut self) {
        // Each smallest one goes to the end of what is still a heap, so the whole is in order from
        // the end on.
        self.make_heap(self.heap.len());
        for last in (1..self.heap.len()).rev() {
            self.heap.swap(0, last);
            self.sink(last);
        }
        self.heap.reverse();
    }

    fn take_items(&mut self) -> Vec<T> {
        let items = mem::take(&mut self.heap);
        items.into_iter().map(|(item, _)| item).collect()
    }
}
