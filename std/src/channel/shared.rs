//! What the ends of an MPMC channel share: the counts of them, and the core's channel in memory of its own.

#![forbid(unsafe_code)]

use std::sync::atomic::AtomicUsize;

use gimmal_core::channel::mpmc::ChannelView;

use super::capacity::CapacityError;
use crate::zeroed::Zeroed;

pub(super) struct Shared<T> {
    /// Ends that live. A count reaches zero once: an end is only cloned from one that lives.
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
    pub(super) channel: Zeroed<ChannelView<T>>,
}

impl<T> Shared<T> {
    /// For one end of each kind.
    pub(super) fn new(capacity: usize) -> Result<Self, CapacityError> {
        Ok(Shared {
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
            channel: Zeroed::new(capacity).ok_or(CapacityError)?,
        })
    }
}
