//! L6: [`Dealer`]. Sends round robin and receives one of each in turn, with no turns of its own.

#![forbid(unsafe_code)]

use crate::socket::pattern::{HasIdentity, Pattern, Receives, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Balance, Fair};
use crate::socket::socket::Socket;

/// Sends to [`Dealer`](crate::socket::Dealer), [`Router`](crate::socket::Router) or [`Rep`](crate::socket::Rep) sockets, round robin over those with room, and receives from each in turn.
///
/// Unlike a [`Req`](crate::socket::Req) it may send many messages before it receives the first answer,
/// and it is not told which answer belongs to which.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, `try_recv`, with feature `critical-section` |
/// | bounded | it looks at each peer once |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Fairness
/// Each peer with room gets a message in its turn. A peer with messages waits for one message of each
/// other peer at most.
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
/// let mut router = CONTEXT.router().unwrap();
/// router.bind("inproc://office").unwrap();
/// let mut dealer = CONTEXT.dealer().unwrap();
/// dealer.connect("inproc://office").unwrap();
///
/// dealer.try_send("one").unwrap();
/// dealer.try_send("two").unwrap();
/// let (who, first) = router.try_recv().unwrap();
/// assert_eq!((who, first), (dealer.identity(), "one"));
/// router.try_send_to(who, "done").unwrap();
/// assert_eq!(dealer.try_recv(), Ok("done"));
/// ```
pub type Dealer<'c, T> = Socket<'c, T, DealerPattern>;

/// The pattern of [`Dealer`].
#[derive(Clone, Copy, Debug)]
pub struct DealerPattern;

impl Sealed for DealerPattern {}

impl Pattern for DealerPattern {
    const KIND: Kind = Kind::Dealer;
    type Policy = (Balance, Fair);
}

impl<T> Sends<T> for DealerPattern {}
impl<T> Receives<T> for DealerPattern {
    type Received = T;
}
impl HasIdentity for DealerPattern {}
