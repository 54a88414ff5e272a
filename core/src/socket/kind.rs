//! L6: [`Kind`]: which pattern a socket is of, for whoever does not know its type.

#![forbid(unsafe_code)]

/// The pattern of a socket, as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// [`Pair`](super::Pair). Not 0, so that an entry without a socket is all zeros.
    Pair = 1,
    /// [`Push`](super::Push).
    Push,
    /// [`Pull`](super::Pull).
    Pull,
    /// [`Req`](super::Req).
    Req,
    /// [`Rep`](super::Rep).
    Rep,
    /// [`Dealer`](super::Dealer).
    Dealer,
    /// [`Router`](super::Router).
    Router,
    /// [`Publish`](super::Publish).
    Publish,
    /// [`Subscribe`](super::Subscribe).
    Subscribe,
}
