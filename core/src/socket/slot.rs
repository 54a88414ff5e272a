//! L6: where a socket waits: its slot in the context. What a pipe knows of the sockets at its ends is an index of these.

#![forbid(unsafe_code)]

use crate::shim::const_fn;

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
