//! A wait-free ring between one producer and one consumer.
//!
//! [`split`](RingOf::split) gives the two handles. The [`Producer`] pushes, the [`Consumer`] pops;
//! each may be moved to another thread, another core or an interrupt handler. Both also work in
//! chunks: [`reserve`](ProducerOf::reserve) gives free slots to fill and publish together,
//! [`read_chunk`](ConsumerOf::read_chunk) gives the oldest items in place. Chunks save a
//! publication per item (`spsc/chunks` beside `spsc/1024`), and a DMA engine can fill or empty one.
//! [`push_slice`](ProducerOf::push_slice) and [`pop_slice`](ConsumerOf::pop_slice) copy plain values
//! such as bytes, as many as there is room for.
//!
//! [`erase`](ProducerOf::erase) takes the capacity out of a handle's type. For waiting and closing
//! use [`channel::spsc`](crate::channel::spsc).

mod bulk;
mod handles;
mod protocol;
mod slices;

pub use self::bulk::{Erase, PopEach, Read, Write};
pub use self::handles::{Consumer, ConsumerOf, ConsumerView, Producer, ProducerOf, ProducerView};
pub(crate) use self::protocol::{CONSUMER, PRODUCER, Position};
pub use self::protocol::{Ring, RingOf, RingView};
