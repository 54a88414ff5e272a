//! L6: [`Publish`]. A copy of each message to every subscriber that wants its topic.

#![forbid(unsafe_code)]

use crate::socket::pattern::{Pattern, Sends};
use crate::socket::patterns::Kind;
use crate::socket::policy::sealed::Sealed;
use crate::socket::policy::{Copies, Never, WhenFull};
use crate::socket::socket::Socket;
use crate::socket::topic::Topic;

/// Sends a copy of each message to every [`Subscribe`](crate::socket::Subscribe) socket that wants its
/// [`Topic`].
///
/// * A subscriber that wants nothing of it costs no room in its link. Without any that does, the message
///   is dropped: `send` returns `Ok`.
/// * A subscriber with no room loses this message, the others get it; [`dropped`](Socket::dropped)
///   counts. With [`WhenFull::Wait`] nobody loses one: `try_send` returns `Full`, and `send` waits, until
///   every subscriber that wants it has room.
/// * Messages are cloned, once for each subscriber but the last. Choose a type of which a clone is cheap
///   (`&'static [u8]`, `Arc<T>`, the facade's `Message`): then no bytes are copied. If a clone panics, the
///   subscribers before it have the message, the others do not.
///
/// | | |
/// |---|---|
/// | from an interrupt handler | `try_send`, with feature `critical-section` |
/// | bounded | it looks at each peer once, and at each subscription of it |
/// | longest masked section | one waker moved in or out; after a link was made or has ended one walk over names and pipes |
///
/// # Memory ordering
/// What a thread did before `send` happens before what another does after it received that message.
///
/// # Examples
/// ```
/// use gimmal_core::Context;
///
/// // 2 sockets, 1 link, 4 messages in a link, and 8 subscriptions
/// static CONTEXT: Context<&str, 2, 1, 4, 8> = Context::new();
///
/// let mut weather = CONTEXT.publish().unwrap();
/// weather.bind("inproc://weather").unwrap();
/// let mut rome = CONTEXT.subscribe().unwrap();
/// rome.connect("inproc://weather").unwrap();
/// rome.subscribe("rome ").unwrap();
///
/// weather.try_send("oslo -3").unwrap();
/// weather.try_send("rome 21").unwrap();
/// assert_eq!(rome.try_recv(), Ok("rome 21"));
/// ```
pub type Publish<'c, T> = Socket<'c, T, PublishPattern>;

/// The pattern of [`Publish`].
#[derive(Clone, Copy, Debug)]
pub struct PublishPattern;

impl Sealed for PublishPattern {}

impl Pattern for PublishPattern {
    const KIND: Kind = Kind::Publish;
    type Policy = (Copies, Never);
}

impl<T: Topic + Clone> Sends<T> for PublishPattern {}

/// What only a Publish has.
impl<T> Socket<'_, T, PublishPattern> {
    /// Sets what happens to a message when a subscriber that wants it has no room. Default:
    /// [`WhenFull::Drop`].
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, socket::WhenFull};
    ///
    /// let context = Context::<[u8; 4], 4, 4, 8, 4>::new();
    /// let mut publish = context.publish().unwrap();
    /// publish.set_when_full(WhenFull::Wait);
    /// assert_eq!(publish.dropped(), 0);
    /// ```
    pub fn set_when_full(&mut self, what: WhenFull) {
        self.policy_mut().0.when_full = what;
    }

    /// Returns how many messages full subscribers have lost, once for each subscriber. It wraps.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<[u8; 4], 4, 4, 2, 4>::new();
    /// let (mut publish, reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("").unwrap();
    /// (0..5).for_each(|_| publish.try_send(*b"rain").unwrap());
    /// assert!(publish.dropped() > 0); // the link is full
    /// ```
    pub fn dropped(&self) -> usize {
        self.policy().0.dropped
    }
}
