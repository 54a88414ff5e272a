//! L6: which socket is at one side of a link.

#![forbid(unsafe_code)]

/// One socket among all that a context ever had: the slot that it uses, and its generation, which tells it from the sockets
/// that used the slot before. Generations wrap after 2³² sockets in one slot.
///
/// A far side that is no socket, such as the session of a transport, is to have a slot, a generation and a room of peers like a
/// socket: it then joins links, is woken and is parted from as a socket is, and nothing that holds a `PeerId` must know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PeerId {
    pub(crate) slot: usize,
    pub(crate) generation: u32,
}

impl PeerId {
    /// Nobody yet. A slot that is there is meant only by a side that has been joined.
    pub(crate) const NOBODY: PeerId = PeerId {
        slot: 0,
        generation: 0,
    };
}
