//! What the ends of an MPMC channel share: the counts of them, and the core's channel in memory of its own.

#![forbid(unsafe_code)]

use std::sync::atomic::AtomicUsize;

use gimmal_core::channel::mpmc::ChannelView;

use super::capacity::CapacityError;
use crate::generation::Generation;
use crate::panic_guard::in_a_moment;
use crate::zeroed::Zeroed;

pub(super) struct Shared<T> {
    /// Ends that live. A count reaches zero once: an end is only cloned from one that lives.
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
    made_in: Generation,
    pub(super) channel: Zeroed<ChannelView<T>>,
}

impl<T> Shared<T> {
    /// For one end of each kind.
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Shared {
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
            made_in: Generation::current(),
            channel: Zeroed::new(capacity).ok_or(CapacityError)?,
        })
    }

    /// Returns `false` in a forked child if a thread of the parent was about to wait there or to wake
    /// somebody: closing would wait for that thread.
    pub(super) fn can_be_closed(&self) -> bool {
        let is_free = || self.channel.senders().is_free() && self.channel.receivers().is_free();
        self.made_in.is_current() || in_a_moment(|| is_free().then_some(())).is_some()
    }
}
