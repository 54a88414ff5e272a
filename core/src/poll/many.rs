//! L8: the passes over any number of sources, and their waiters, for [`Poller`](super::Poller), whose
//! file tells what they owe, and for the poll set of the facade.

#![forbid(unsafe_code)]

use core::pin::Pin;
use core::task::Context;

use super::pinned::{WatcherSlot, each_in};
use super::ready::Readiness;
use super::source::Source;
use crate::shim::step;
use crate::wait::{Phase, fence};

/// Looks at every source: one pass. Returns `true` if one is ready.
#[doc(hidden)]
pub fn look(sources: &mut [Source<'_>], found: &mut [Readiness], when: Phase) -> bool {
    let mut any = false;
    for (found, source) in found.iter_mut().zip(sources) {
        *found = source.look(when);
        any |= found.is_ready();
    }
    any
}

/// Enqueues a waiter at each source, and makes another pass. Returns `true` if one is ready; the
/// waiters are to [`leave`] then.
#[doc(hidden)]
pub fn enqueue<'a>(
    sources: &mut [Source<'a>],
    found: &mut [Readiness],
    mut slots: Pin<&mut [WatcherSlot<'a>]>,
    cx: &mut Context<'_>,
) -> bool {
    let mut asymmetric = false;
    for (slot, source) in each_in(slots.as_mut()).zip(&*sources) {
        asymmetric |= slot.enqueue(source.place, cx);
    }
    fence(asymmetric);
    let again = step!("poller-looks-again", look(sources, found, Phase::Enqueued), else false);
    if again {
        each_in(slots).for_each(|slot| step!("poller-forwards", slot.forward_if_woken()));
    }
    again
}

/// Lets every waiter leave its place, and forward its wake-up.
#[doc(hidden)]
pub fn leave(slots: Pin<&mut [WatcherSlot<'_>]>) {
    each_in(slots).for_each(WatcherSlot::leave);
}
