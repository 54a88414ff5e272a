//! The errors of sockets and contexts.

#![forbid(unsafe_code)]

use core::fmt;

/// The reason why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendReason {
    /// No peer has room, or there is no peer.
    Full,
    /// The time was over before a peer had room.
    TimedOut,
    /// Every peer has gone, and the socket does not wait for new ones.
    Disconnected,
    /// The context has been shut down.
    Terminated,
    /// The socket has been closed for sending.
    Closed,
    /// The peer that the message is for has gone, or there is none with this identity.
    Unreachable,
    /// It is not this socket's turn to send: a Req has to receive the answer first, a Rep a question.
    WrongTurn,
}

impl fmt::Display for SendReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SendReason::Full => "no peer has room",
            SendReason::TimedOut => "timed out waiting for a peer with room",
            SendReason::Disconnected => "every peer has gone",
            SendReason::Terminated => "the context has been shut down",
            SendReason::Closed => "the socket is closed",
            SendReason::Unreachable => "the peer that it is for is not there",
            SendReason::WrongTurn => "it is the turn to receive",
        })
    }
}

/// The message was not sent; here it is, and why.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T> {
    /// The reason why it was not sent.
    pub reason: SendReason,
    /// The message.
    pub value: T,
}

impl<T> SendError<T> {
    /// Returns the message that was not sent.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Context;
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let mut push = context.push().unwrap();
    /// assert_eq!(push.try_send(7).unwrap_err().into_inner(), 7); // nobody is there
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the error with another value for the message.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> SendError<U> {
        SendError {
            reason: self.reason,
            value: change(self.value),
        }
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<T> core::error::Error for SendError<T> {}

/// The reason why no message was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecvError {
    /// No message is there.
    Empty,
    /// The time was over before a message came.
    TimedOut,
    /// Every peer has gone, all is read, and the socket does not wait for new peers. Of a Req: the peer that it has asked has
    /// gone.
    Disconnected,
    /// The context has been shut down, and all is read.
    Terminated,
    /// It is not this socket's turn to receive: a Req has to ask first, a Rep to answer.
    WrongTurn,
}
says!(RecvError {
    RecvError::Empty => "no message is there";
    RecvError::TimedOut => "timed out waiting for a message";
    RecvError::Disconnected => "every peer has gone";
    RecvError::Terminated => "the context has been shut down";
    RecvError::WrongTurn => "it is the turn to send";
});

/// The reason why no socket was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Every socket slot of the context is in use.
    TooManySockets,
    /// The context has been shut down.
    Terminated,
}
says!(OpenError {
    OpenError::TooManySockets => "every socket of the context is in use";
    OpenError::Terminated => "the context has been shut down";
});

/// The messages that closed sockets have left at a name that nobody has bound: a later binder
/// receives it, or [`discard`](crate::ContextOf::discard) drops it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftBehind {
    /// The number of pipes that they hold there, one for each connect that was left.
    pub pipes: usize,
    /// The number of messages in them.
    pub messages: usize,
    length: u8,
    text: [u8; 64],
}

impl LeftBehind {
    /// At a name of 64 bytes at most.
    pub(crate) fn new(name: &str, pipes: usize, messages: usize) -> Self {
        let mut text = [0; 64];
        let bytes = text.iter_mut().zip(name.bytes());
        let length = bytes.map(|(to, from)| *to = from).count() as u8;
        LeftBehind {
            pipes,
            messages,
            length,
            text,
        }
    }

    /// Returns the name, without `inproc://`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::Context;
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://nobody").unwrap();
    /// push.try_send(7).unwrap();
    /// drop(push);
    /// context.each_left(|left| assert_eq!(left.name(), "nobody"));
    /// ```
    pub fn name(&self) -> &str {
        let text = self.text.get(..usize::from(self.length));
        text.and_then(|text| core::str::from_utf8(text).ok())
            .unwrap_or_default()
    }
}

impl fmt::Debug for LeftBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeftBehind")
            .field("name", &self.name())
            .field("pipes", &self.pipes)
            .field("messages", &self.messages)
            .finish()
    }
}

impl fmt::Display for LeftBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LeftBehind {
            pipes, messages, ..
        } = self;
        let name = self.name();
        write!(
            f,
            "closed sockets have left {messages} messages in {pipes} pipes at inproc://{name}, which nobody has bound"
        )
    }
}

/// The reason why a name was not bound, connected, unbound or disconnected. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// Not `inproc://` and a name of 1 to 64 bytes; of another transport: not an address as it
    /// wants it.
    InvalidEndpoint,
    /// Another scheme than `inproc`, which this context does not know; or a pattern that the
    /// transport has no form for.
    UnsupportedTransport,
    /// The transport carries bytes, and this context carries values of another type.
    CarriesBytesOnly,
    /// Another socket has bound the name, or something else has the address.
    AddressInUse,
    /// No interface of this machine has the address, or the folder of the path is not there.
    AddressNotAvailable,
    /// The system does not permit it.
    PermissionDenied,
    /// The name of the host leads to no address.
    NameUnresolved,
    /// Every connection of the context is in use.
    TooManyConnections,
    /// The system has refused, for this reason of its own.
    System(i32),
    /// This socket does not hold that name, or no link to it.
    NotConnected,
    /// The socket at the other end speaks another pattern.
    PatternMismatch,
    /// A Pair has exactly one peer, and one of the two has one.
    PeerTaken,
    /// Every pipe of the context is in use, by links.
    TooManyPipes,
    /// Every name of the context is in use, by sockets and links.
    TooManyNames,
    /// Closed sockets have left as much as they may at the name, or else there are no pipes (names) left and this is the name
    /// at which closed sockets hold most of them. Bind the name, or discard what lies there.
    LeftBehind(LeftBehind),
    /// The two marks add up to more than the link can hold.
    HwmTooLarge {
        /// What it can hold.
        max: usize,
    },
    /// The context has been shut down.
    Terminated,
}
says!(EndpointError {
    EndpointError::InvalidEndpoint => "no endpoint: inproc:// wants a name of 1 to 64 bytes, tcp:// a host and a port, ipc:// a path";
    EndpointError::UnsupportedTransport => "not for this transport here: inproc:// always is, tcp:// and ipc:// want the feature `net` of gimmal";
    EndpointError::CarriesBytesOnly => "tcp:// and ipc:// carry messages of bytes, and this context carries values";
    EndpointError::AddressInUse => "the name is bound already, or the address is in use";
    EndpointError::AddressNotAvailable => "the address is not this machine's, or its folder is not there";
    EndpointError::PermissionDenied => "the system does not permit it";
    EndpointError::NameUnresolved => "the name of the host leads to no address";
    EndpointError::TooManyConnections => "every connection of the context is in use";
    EndpointError::System(code) => "the system has refused: error {}", code;
    EndpointError::NotConnected => "this socket holds neither this name nor a link to it";
    EndpointError::PatternMismatch => "the socket at the other end speaks another pattern";
    EndpointError::PeerTaken => "a pair has exactly one peer, and this one has one";
    EndpointError::TooManyPipes => "every pipe of the context is in use";
    EndpointError::TooManyNames => "every name of the context is in use";
    EndpointError::LeftBehind(left) => "{}: bind it, or discard them", left;
    EndpointError::HwmTooLarge { max } => "the high-water marks add up to more than the {} messages a link holds", max;
    EndpointError::Terminated => "the context has been shut down";
});

/// The reason why a socket was not given an identity. It keeps the one it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// Another socket of the context that is open has this identity.
    InUse,
    /// The socket has a peer, or a connect that waits for one: these know it by the identity that it has.
    Linked,
    /// The identity is another socket's automatic one: give one that has a number.
    Automatic,
    /// The socket is closed.
    Closed,
}
says!(IdentityError {
    IdentityError::InUse => "another socket has this identity";
    IdentityError::Linked => "the socket has a peer: an identity is set before";
    IdentityError::Automatic => "an automatic identity cannot be given to a socket";
    IdentityError::Closed => "the socket is closed";
});

/// The reason why a subscription was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscribeError {
    /// Every subscription of the context is in use.
    TooMany,
    /// The prefix is longer than a subscription of this context can be.
    TooLong {
        /// The length that it can have, in bytes.
        max: usize,
    },
    /// The socket has not subscribed to this prefix.
    NotSubscribed,
    /// The socket is closed.
    Closed,
}
says!(SubscribeError {
    SubscribeError::TooMany => "every subscription of the context is in use; in gimmal-core the last number of its type says how many there are";
    SubscribeError::TooLong { max } => "a prefix of this context has at most {} bytes", max;
    SubscribeError::NotSubscribed => "the socket has not subscribed to this prefix";
    SubscribeError::Closed => "the socket is closed";
});

/// The reason why a high-water mark was not set. The old one stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HwmError {
    /// A mark is at least 1: a link that holds nothing passes nothing on.
    InvalidHwm,
    /// More than a link of this context can ever hold.
    HwmTooLarge {
        /// What it can hold.
        max: usize,
    },
}
says!(HwmError {
    HwmError::InvalidHwm => "a high-water mark is at least 1";
    HwmError::HwmTooLarge { max } => "a link of this context holds at most {} messages", max;
});
