//! A gate with tickets: the smallest thing that contexts can wait for, and a log of who was let in.

#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use gimmal_core::wait::{Operation, Phase, Until, Waiters};

/// Whoever takes a ticket may pass. `P` is where to wait for one.
#[derive(Default)]
pub(crate) struct Gate<P> {
    pub(crate) place: P,
    pub(crate) tickets: AtomicUsize,
    /// How often it was tried.
    pub(crate) tries: AtomicUsize,
    /// How often a grant came back.
    pub(crate) returned: AtomicUsize,
}

impl<P: Waiters> Gate<P> {
    pub(crate) fn pass(&self) -> Until<'_, P, Pass<&Self>> {
        Until::new(&self.place, Pass(self))
    }

    /// The future of a waiter that owns its share of the gate: for tasks. To be kept in a box.
    pub(crate) fn pass_owned(self: &Arc<Self>) -> Until<'static, P, Pass<Arc<Self>>>
    where
        P: 'static,
    {
        // SAFETY: the place is not used after the operation, which has a share of the gate.
        let place = unsafe { &*std::ptr::from_ref(&self.place) };
        Until::new(place, Pass(self.clone()))
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
    /// The notifier granted it its passage.
    Granted,
}

pub(crate) struct Pass<G>(G);

impl<P: Waiters, G: std::ops::Deref<Target = Gate<P>>> Operation for Pass<G> {
    type Output = Passed;

    fn try_once(&mut self, when: Phase) -> Poll<Passed> {
        self.0.tries.fetch_add(1, SeqCst);
        if matches!(when, Phase::Granted | Phase::Released) {
            return Poll::Ready(Passed::Granted);
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

    fn may_wake_next(&self) -> bool {
        self.0.left() > 0
    }

    fn return_grant(&mut self) {
        self.0.returned.fetch_add(1, SeqCst);
    }
}
