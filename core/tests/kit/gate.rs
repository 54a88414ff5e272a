//! A gate with tickets: the smallest thing that contexts can wait for, and a log of who was let in.

#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use gimmal_core::wait::{Attempt, Place, Turn, Until};

/// Whoever takes a ticket may pass. `P` is where to wait for one.
#[derive(Default)]
pub(crate) struct Gate<P> {
    pub(crate) place: P,
    pub(crate) tickets: AtomicUsize,
    /// How often an attempt was made.
    pub(crate) tries: AtomicUsize,
    /// How often something given came back.
    pub(crate) returned: AtomicUsize,
}

impl<P: Place> Gate<P> {
    pub(crate) fn pass(&self) -> Until<Pass<&Self>> {
        Until::new(Pass(self))
    }

    /// The future of a waiter that owns its share of the gate: for tasks.
    pub(crate) fn pass_owned(self: &Arc<Self>) -> Until<Pass<Arc<Self>>> {
        Until::new(Pass(self.clone()))
    }

    pub(crate) fn add(&self, tickets: usize) {
        self.tickets.fetch_add(tickets, SeqCst);
    }

    pub(crate) fn left(&self) -> usize {
        self.tickets.load(SeqCst)
    }
}

/// How a waiter got through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It took a ticket.
    Ticket,
    /// The notifier gave it its passage.
    Given,
}

pub(crate) struct Pass<G>(G);

// SAFETY: the place is the gate's, which the attempt holds.
unsafe impl<P: Place, G: std::ops::Deref<Target = Gate<P>>> Attempt for Pass<G> {
    type Output = Passed;
    type Place = P;

    fn place(&self) -> &P {
        &self.0.place
    }

    fn attempt(&mut self, turn: Turn) -> Poll<Passed> {
        self.0.tries.fetch_add(1, SeqCst);
        if matches!(turn, Turn::Given | Turn::Released) {
            return Poll::Ready(Passed::Given);
        }
        let taken = self
            .0
            .tickets
            .fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1));
        match taken {
            Ok(_) => Poll::Ready(Passed::Ticket),
            Err(_) => Poll::Pending,
        }
    }

    fn more(&self) -> bool {
        self.0.left() > 0
    }

    fn give_back(&mut self) {
        self.0.returned.fetch_add(1, SeqCst);
    }
}
