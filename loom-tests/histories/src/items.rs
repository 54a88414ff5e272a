//! A bounded collection from which items are taken in an order, and which can be closed.

use crate::check::Specification;
use crate::dice::Dice;
use crate::drive::{Part, breathe};

/// Which item leaves next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The one that came first.
    First,
    /// The one that came last.
    Last,
    /// One whose [rank](Items::rank) is smallest; of those the one that came first.
    Smallest,
}

/// When an operation may answer `Busy`, which changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Never.
    Never,
    /// A put beside a take that got an item; a take beside a put that succeeded.
    BesideHalfDone,
    /// A take beside a take that got an item, and compares all of them to find it. The item is chosen
    /// when that begins, and its place is free when it ends: a put beside it may find one place less.
    BesideComparison,
}

/// The answer to a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The item is in.
    Done,
    /// There was no room.
    Full,
    /// Another thread is in the middle of its operation.
    Busy,
    /// It is closed.
    Closed,
}

/// The answer to a take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// An item.
    Got(u32),
    /// There was none.
    Empty,
    /// Another thread is in the middle of its operation.
    Busy,
    /// It is closed, and there was none.
    Closed,
}

/// An operation of a collection, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// An item was to be put in.
    Put(u32, Put),
    /// An item was to be taken out.
    Take(Take),
    /// It was closed: `true` if it was open.
    Close(bool),
    /// It was closed, and was perhaps closed before.
    End,
    /// As `Put`, for a collection that makes room by giving the oldest item back.
    Overwrite(u32, Option<u32>),
}

/// The collection.
#[derive(Clone, Copy, Debug)]
pub struct Items {
    /// The greatest number of items in it.
    pub capacity: usize,
    /// Which one leaves next.
    pub order: Order,
    /// When it may answer `Busy`.
    pub busy: Busy,
}

impl Items {
    /// Returns the specification of a queue: first in, first out.
    pub fn queue(capacity: usize, busy: Busy) -> Self {
        let order = Order::First;
        Items {
            capacity,
            order,
            busy,
        }
    }

    /// Returns the rank of an item, for [`Order::Smallest`]: its two highest bits.
    pub fn rank(item: u32) -> u32 {
        item >> 30
    }

    fn next(&self, items: &[u32]) -> Option<usize> {
        match self.order {
            Order::First => (!items.is_empty()).then_some(0),
            Order::Last => items.len().checked_sub(1),
            Order::Smallest => (0..items.len()).min_by_key(|i| (Items::rank(items[*i]), *i)),
        }
    }
}

impl Specification for Items {
    type Op = Use;
    /// The items, in the order in which they came, and whether it is closed.
    type State = (Vec<u32>, bool);

    fn start(&self) -> Self::State {
        (Vec::new(), false)
    }

    fn step(&self, (items, closed): &Self::State, op: &Use, excused: bool) -> Option<Self::State> {
        let unchanged = || (items.clone(), *closed);
        let with = |item| {
            let mut items = items.clone();
            items.push(item);
            (items, false)
        };
        match *op {
            Use::Put(item, Put::Done) => {
                (items.len() < self.capacity && !closed).then(|| with(item))
            }
            Use::Put(_, Put::Full) => {
                let held = items.len() + usize::from(excused);
                (held >= self.capacity && !closed).then(unchanged)
            }
            Use::Put(_, Put::Closed) => closed.then(unchanged),
            Use::Take(Take::Got(item)) => {
                let next = self.next(items)?;
                let mut items = items.clone();
                (items.remove(next) == item).then_some((items, *closed))
            }
            Use::Take(Take::Empty) => (items.is_empty() && !closed).then(unchanged),
            Use::Take(Take::Closed) => (items.is_empty() && *closed).then(unchanged),
            Use::Put(_, Put::Busy) | Use::Take(Take::Busy) => excused.then(unchanged),
            Use::Close(first) => (first != *closed).then(|| (items.clone(), true)),
            Use::End => Some((items.clone(), true)),
            Use::Overwrite(item, None) => (items.len() < self.capacity).then(|| with(item)),
            Use::Overwrite(item, Some(oldest)) => {
                let is_oldest = items.len() == self.capacity && items[0] == oldest;
                is_oldest.then(|| {
                    let (mut items, closed) = with(item);
                    items.remove(0);
                    (items, closed)
                })
            }
        }
    }

    fn excuses(&self, op: &Use, other: &Use) -> bool {
        let got = matches!(other, Use::Take(Take::Got(_)) | Use::Overwrite(_, Some(_)));
        let put = matches!(other, Use::Put(_, Put::Done) | Use::Overwrite(..));
        match (self.busy, op) {
            (Busy::BesideHalfDone, Use::Put(_, Put::Busy)) => got,
            (Busy::BesideHalfDone, Use::Take(Take::Busy)) => put,
            (Busy::BesideComparison, Use::Put(_, Put::Full) | Use::Take(Take::Busy)) => got,
            _ => false,
        }
    }
}

/// A thread that puts `n` times: items that no other thread of another number puts.
pub fn putter<'s>(
    n: usize,
    number: u32,
    mut put: impl FnMut(u32) -> Put + Send + 's,
) -> Part<'s, Use> {
    let mut dice = Dice::new(number.into());
    Box::new(move |log| {
        for i in 0..n as u32 {
            let item = (dice.below(4) as u32) << 30 | number << 24 | i;
            let answer = log.record(|| put(item), |answer| Use::Put(item, *answer));
            if answer == Put::Closed {
                return;
            }
            breathe(&mut dice, answer != Put::Done);
        }
    })
}

/// A thread that takes `n` times.
pub fn taker<'s>(
    n: usize,
    number: u32,
    mut take: impl FnMut() -> Take + Send + 's,
) -> Part<'s, Use> {
    let mut dice = Dice::new(number.into());
    Box::new(move |log| {
        for _ in 0..n {
            let answer = log.record(&mut take, |answer| Use::Take(*answer));
            if answer == Take::Closed {
                return;
            }
            breathe(&mut dice, !matches!(answer, Take::Got(_)));
        }
    })
}
