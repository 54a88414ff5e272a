//! Objects of run-time size on the heap: shares of channels, and the storage of contexts.

#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex};

use gimmal_core::channel::spsc::ChannelView;
use gimmal_core::facade::{
    ContextOf, ContextStorage, EndpointEntry, Hold, PipeView, Slot, SocketEntry, SocketSlot,
    Subscriptions,
};

use crate::subscriptions::HeapSubscriptions;
use crate::table::table;
use crate::zeroed::Zeroed;

/// A share of an SPSC channel: how the ends of the facade hold it.
pub(crate) struct SharedSpsc<T>(Arc<Zeroed<ChannelView<T>>>);

impl<T> Clone for SharedSpsc<T> {
    fn clone(&self) -> Self {
        SharedSpsc(self.0.clone())
    }
}

// SAFETY: the channel in the `Arc` is never exchanged, and lives as long as a share does.
unsafe impl<T> Hold for SharedSpsc<T> {
    type Slots = [Slot<T>];

    fn held(&self) -> &ChannelView<T> {
        &self.0
    }
}

/// A share of a new SPSC channel.
pub(crate) fn shared_spsc<T>(capacity: usize) -> Option<SharedSpsc<T>> {
    Some(SharedSpsc(Arc::new(Zeroed::new(capacity)?)))
}

/// How many pipes that were given back a context keeps for its next links.
const SPARES: usize = 4;
/// How many bytes of the slots of such a pipe may have been used, and are resident.
const USED: usize = 8 * 1024;

/// What a context of the facade is made of: tables of run-time length, and pipes in boxes, made when a link is.
pub(crate) struct Heap<T> {
    slots: Box<[SocketSlot]>,
    sockets: Box<[SocketEntry<T>]>,
    endpoints: Box<[EndpointEntry<T>]>,
    /// How many of these have ever had a name: the first ones. A name takes the first entry that is free.
    named: AtomicUsize,
    subscriptions: HeapSubscriptions,
    /// Pipes that were given back and hardly used. To have memory mapped, and its first pages made, takes twice as long as
    /// all else that makes a link and ends it (`sockets/life-cycle`). Who finds it locked does without.
    spares: Mutex<heapless::Vec<Zeroed<PipeView<T>>, SPARES>>,
    /// Pipes that may still be made.
    pipes: AtomicUsize,
    defaults: (usize, usize),
    /// Pipes that closed sockets may leave at one name.
    most_left: usize,
}

impl<T> Heap<T> {
    /// The tables; `None` if there is no memory for them.
    pub(crate) fn new(
        sockets: usize,
        endpoints: usize,
        pipes: usize,
        defaults: (usize, usize),
        most_left: usize,
    ) -> Option<Self> {
        crate::fence::make_asymmetric();
        let hwm = defaults.0.saturating_add(defaults.1);
        Some(Heap {
            slots: table(sockets, || SocketSlot::new(hwm))?,
            sockets: table(sockets, SocketEntry::new)?,
            endpoints: table(endpoints, EndpointEntry::new)?,
            named: AtomicUsize::new(0),
            subscriptions: HeapSubscriptions::new(sockets)?,
            spares: Mutex::default(),
            pipes: AtomicUsize::new(pipes),
            defaults,
            most_left,
        })
    }

    /// A pipe of this capacity that was given back, if there is one.
    fn spare(&self, capacity: usize) -> Option<Zeroed<PipeView<T>>> {
        let mut spares = self.spares.try_lock().ok()?;
        let at = spares.iter().position(|one| one.capacity() == capacity)?;
        Some(spares.swap_remove(at))
    }

    /// Keeps a pipe that was given back, or frees it.
    fn keep(&self, pipe: Zeroed<PipeView<T>>) {
        let most = USED / size_of::<Slot<T>>().max(1);
        let Ok(mut spares) = self.spares.try_lock() else {
            return;
        };
        if !pipe.is_hardly_used(most) {
            return;
        }
        if spares.is_full() {
            // The first came first, mostly; links have other marks now.
            drop(spares.swap_remove(0));
        }
        let _ = spares.push(pipe);
    }
}

// SAFETY: the tables are in boxes that are never exchanged; a pipe is a box that is handed to one caller and freed when
// it is given back.
unsafe impl<T: Send> ContextStorage<T> for Heap<T> {
    fn slots(&self) -> &[SocketSlot] {
        &self.slots
    }

    fn sockets(&self) -> &[SocketEntry<T>] {
        &self.sockets
    }

    fn endpoints(&self) -> &[EndpointEntry<T>] {
        &self.endpoints
    }

    fn names(&self) -> &[EndpointEntry<T>] {
        // R: the context's lock orders it; a caller without the lock needs only what happened before
        let named = self.named.load(Relaxed);
        self.endpoints.get(..=named).unwrap_or(&self.endpoints)
    }

    fn mark_named(&self, index: usize) {
        let named = self.named.load(Relaxed); // R: the context's lock orders it
        self.named.store(named.max(index + 1), Relaxed); // R: the context's lock orders it
    }

    fn take_pipe(&self, capacity: usize) -> Option<NonNull<PipeView<T>>> {
        // R: a count, nothing is published by it.
        self.pipes
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .ok()?;
        let made = || Zeroed::<PipeView<T>>::new(capacity);
        let Some(pipe) = self.spare(capacity).or_else(made) else {
            self.pipes.fetch_add(1, Relaxed); // R: a count
            return None;
        };
        let taken = pipe.take();
        debug_assert!(
            taken,
            "a new pipe is free, and so is one that was given back"
        );
        Some(pipe.into_raw())
    }

    unsafe fn give_pipe(&self, pipe: NonNull<PipeView<T>>) {
        // SAFETY: it came from `take_pipe`, and nobody uses it any more.
        self.keep(unsafe { Zeroed::from_raw(pipe) });
        self.pipes.fetch_add(1, Relaxed); // R: a count
    }

    fn subscriptions(&self) -> &dyn Subscriptions {
        &self.subscriptions
    }

    /// What could be laid out at all, sums included.
    fn ceiling(&self) -> usize {
        isize::MAX as usize / 4 / size_of::<T>().max(8)
    }

    fn defaults(&self) -> Option<(usize, usize)> {
        Some(self.defaults)
    }

    fn most_left(&self) -> usize {
        self.most_left
    }
}

/// A context of the facade, without its handle.
pub(crate) type HeapContext<T> = ContextOf<T, Heap<T>>;
