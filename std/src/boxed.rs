//! Objects of the core whose capacity is a run-time number, in one allocation each.
//!
//! The core gives the layout and makes the object in zeroed memory (`gimmal_core::ring::RunTime`); a `Box` owns it.

#![allow(unsafe_code)]

use std::alloc::{alloc_zeroed, handle_alloc_error};

use std::sync::Arc;

use gimmal_core::channel::spsc::{ChannelView, Hold};
use gimmal_core::ring::{RunTime, Slot};

/// A new object of `capacity` slots; `None` if the capacity is 0 or too large for the address space.
pub(crate) fn boxed<O: RunTime + ?Sized>(capacity: usize) -> Option<Box<O>> {
    let layout = O::layout(capacity)?;
    // SAFETY: the layout is not of size zero: every object has a header.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    // SAFETY: zeroed memory of this layout, and nobody else's.
    let object = unsafe { O::init_zeroed(memory, capacity) };
    // SAFETY: `object` lies in memory of the global allocator, of the layout of its value.
    let object = unsafe { Box::from_raw(object) };
    debug_assert_eq!(std::alloc::Layout::for_value(&*object), layout);
    Some(object)
}

/// A share of a boxed SPSC channel: how the ends of the facade hold it.
pub(crate) struct SharedSpsc<T>(Arc<Box<ChannelView<T>>>);

impl<T> Clone for SharedSpsc<T> {
    fn clone(&self) -> Self {
        SharedSpsc(self.0.clone())
    }
}

// SAFETY: the box in the `Arc` is never exchanged, and lives as long as a share does.
unsafe impl<T> Hold for SharedSpsc<T> {
    type Slots = [Slot<T>];

    fn held(&self) -> &ChannelView<T> {
        &self.0
    }
}

/// A share of a new SPSC channel.
pub(crate) fn shared_spsc<T>(capacity: usize) -> Option<SharedSpsc<T>> {
    Some(SharedSpsc(Arc::new(boxed(capacity)?)))
}
