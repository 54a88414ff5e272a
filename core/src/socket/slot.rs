//! L6: where a socket waits: its slot in the context. What a pipe knows of the sockets at its ends is an index of these.

#![forbid(unsafe_code)]

use crate::shim::{Asymmetric, const_fn};

use crate::panic_without_fmt::get_or_panic;
use crate::wait::WaitCell;

/// The place where the socket of one slot of a context waits.
pub struct SocketSlot {
    pub(crate) cell: WaitCell,
}

impl SocketSlot {
    const_fn! {
        /// Creates a slot without a socket, in a context whose links hold about so many messages.
        pub const fn new(hwm: usize) -> Self {
            SocketSlot {
                cell: WaitCell::for_capacity(hwm),
            }
        }
    }
}

/// The slots of a context, as a socket that wakes others sees them.
#[derive(Clone, Copy)]
pub(crate) struct SocketSlots<'c> {
    slots: &'c [SocketSlot],
    agreed: Asymmetric,
}

impl<'c> SocketSlots<'c> {
    pub(crate) fn new(slots: &'c [SocketSlot]) -> Self {
        SocketSlots {
            slots,
            // All cells of a context are alike.
            agreed: get_or_panic(slots, 0).cell.agreed(),
        }
    }

    /// The slot of this index, if there is one.
    #[inline(always)]
    pub(crate) fn get(self, index: usize) -> Option<&'c SocketSlot> {
        self.slots.get(index)
    }

    /// The cell of one slot.
    #[inline(always)]
    pub(crate) fn cell(self, slot: usize) -> &'c WaitCell {
        &get_or_panic(self.slots, slot).cell
    }

    /// Returns `true` if a wake begins with the light half of an asymmetric fence.
    #[inline(always)]
    pub(crate) fn is_agreed(self) -> bool {
        self.agreed.get()
    }
}
