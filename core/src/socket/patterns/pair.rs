//! L6: [`Pair`]. Exactly one peer, both ways. A second one is refused with an error; after a close or disconnect a new one can
//! come at once.

#![forbid(unsafe_code)]

use crate::socket::pattern::{Pattern, Receives, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Balance, Fair};
use crate::socket::socket::Socket;

/// Sends to and receives from exactly one other Pair.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, with feature `critical-section` |
/// | bounded | both |
/// | longest masked section | one waker moved in or out; after the link was made or has ended one walk over names and pipes |
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// ```
/// use gimmal_core::Context;
///
/// static CONTEXT: Context<&str, 2, 2, 4> = Context::new();
///
/// let mut a = CONTEXT.pair().unwrap();
/// let mut b = CONTEXT.pair().unwrap();
/// a.connect("inproc://talk").unwrap(); // before the bind: messages wait in the link
/// a.try_send("hello").unwrap();
/// b.bind("inproc://talk").unwrap();
/// assert_eq!(b.try_recv(), Ok("hello"));
/// b.try_send("and you").unwrap();
/// assert_eq!(a.try_recv(), Ok("and you"));
/// ```
pub type Pair<'c, T> = Socket<'c, T, PairPattern>;

/// The pattern of [`Pair`].
#[derive(Clone, Copy, Debug)]
pub struct PairPattern;

impl Sealed for PairPattern {}

impl Pattern for PairPattern {
    const KIND: Kind = Kind::Pair;
    type Policy = (Balance, Fair);
}

impl<T> Sends<T> for PairPattern {}
impl<T> Receives<T> for PairPattern {
    type Received = T;
}
