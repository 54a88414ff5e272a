//! gimmal itself.

mod channels;
mod poll;
mod primitives;
mod queues;
mod rings;
mod signal;
mod sockets;
#[cfg(feature = "net")]
mod wires;

use crate::book::Rows;

pub(crate) fn enter(book: &mut Rows) {
    rings::enter(book);
    channels::enter(book);
    sockets::enter(book);
    poll::enter(book);
    primitives::enter(book);
    queues::enter(book);
    signal::enter(book);
    #[cfg(feature = "net")]
    wires::enter(book);
}
