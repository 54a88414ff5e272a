//! L6: the patterns: a table with one row each, which says who talks to whom, and one file each, which says how. The verbs of a
//! context that open sockets are made of the rows.
//!
//! # A new pattern
//!
//! It touches two files of the core. Its own file here has its socket (`pub type Push`), its marker (`pub struct PushPattern`) with
//! `impl Pattern`, and `impl Sends` or `impl Receives` or both. A policy that no other pattern uses stands in the same file; one that
//! several patterns use stands in a file of `policy/`. This file has
//!
//! 1. its `mod`;
//! 2. the name of its socket in [`sockets`], and the name of its marker among those that are hidden there;
//! 3. its marker in [`markers`];
//! 4. its [`Kind`];
//! 5. its row in `each_pattern!`, and its kind in the rows of those that it talks to.
//!
//! It does not compile while two rows contradict each other, or its policies move messages in other directions than its row says.
//! Nothing checks the prose for users: the table of patterns in `socket/mod.rs`, and the notes of the traits in `pattern.rs`.
//!
//! The facade has three files: `std/src/socket/patterns.rs` (the socket, and the verb that opens it), `std/src/socket/mod.rs` (the
//! marker, in two lists) and `std/src/lib.rs` (the name of the socket). Its feature `net` refuses the new kind with
//! `UnsupportedTransport` until `std/src/net/codec.rs` has the kind's name in the protocol, and `std/src/net/bridge.rs` the pattern
//! of the socket that stands for a peer.

#![forbid(unsafe_code)]

mod dealer;
mod pair;
mod publish;
mod pull;
mod push;
mod rep;
mod req;
mod router;
mod subscribe;

pub(super) mod sockets {
    //! What [`socket`](crate::socket) shows: the names of the sockets.

    pub use super::dealer::Dealer;
    pub use super::pair::Pair;
    pub use super::publish::Publish;
    pub use super::pull::Pull;
    pub use super::push::Push;
    pub use super::rep::Rep;
    pub use super::req::Req;
    pub use super::router::Router;
    pub use super::subscribe::Subscribe;
    // Their pages stand in `generic`.
    #[doc(hidden)]
    pub use super::markers::{
        DealerPattern, PairPattern, PublishPattern, PullPattern, PushPattern, RepPattern,
        ReqPattern, RouterPattern, SubscribePattern,
    };
}

pub(super) mod markers {
    //! What [`generic`](crate::socket::generic) shows: the patterns as types.

    pub use super::dealer::DealerPattern;
    pub use super::pair::PairPattern;
    pub use super::publish::PublishPattern;
    pub use super::pull::PullPattern;
    pub use super::push::PushPattern;
    pub use super::rep::RepPattern;
    pub use super::req::ReqPattern;
    pub use super::router::RouterPattern;
    pub use super::subscribe::SubscribePattern;
}

/// The pattern of a socket, as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    // Not 0, so that a cell without a kind is all zeros.
    /// [`Pair`](super::Pair).
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

/// Hands the table to the macro `$stamp`. A row is the verb that opens a socket, with what it says of that socket; the name of
/// the pattern; and its [`Rules`].
macro_rules! each_pattern {
    ($stamp:ident) => {
        $stamp! {
            /// Opens a socket that talks with exactly one other.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut left, mut right) = (context.pair().unwrap(), context.pair().unwrap());
            /// left.bind("inproc://pair").unwrap();
            /// right.connect("inproc://pair").unwrap();
            /// left.try_send(7).unwrap();
            /// assert_eq!(right.try_recv(), Ok(7));
            /// ```
            fn pair -> Pair: talks_with(&[Pair]).one_peer();
            /// Opens a socket that hands messages out.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
            /// pull.bind("inproc://jobs").unwrap();
            /// push.connect("inproc://jobs").unwrap();
            /// push.try_send(7).unwrap();
            /// assert_eq!(pull.try_recv(), Ok(7));
            /// ```
            fn push -> Push: sends_to(&[Pull]);
            /// Opens a socket that takes messages in.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
            /// pull.bind("inproc://jobs").unwrap();
            /// push.connect("inproc://jobs").unwrap();
            /// push.try_send(7).unwrap();
            /// assert_eq!(pull.try_recv(), Ok(7));
            /// ```
            fn pull -> Pull: receives_from(&[Push]);
            /// Opens a socket that asks, and hears the answer before it asks again.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
            /// rep.bind("inproc://doubles").unwrap();
            /// req.connect("inproc://doubles").unwrap();
            /// req.try_send(7).unwrap();
            /// let question = rep.try_recv().unwrap();
            /// rep.try_send(2 * question).unwrap();
            /// assert_eq!(req.try_recv(), Ok(14));
            /// ```
            fn req -> Req: talks_with(&[Rep, Router]);
            /// Opens a socket that hears questions, and answers each before it hears the next.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
            /// rep.bind("inproc://doubles").unwrap();
            /// req.connect("inproc://doubles").unwrap();
            /// req.try_send(7).unwrap();
            /// assert_eq!(rep.try_recv(), Ok(7));
            /// ```
            fn rep -> Rep: talks_with(&[Req, Dealer]);
            /// Opens a socket that sends to each of its peers in turn, and receives from each in turn.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut dealer, mut rep) = (context.dealer().unwrap(), context.rep().unwrap());
            /// rep.bind("inproc://doubles").unwrap();
            /// dealer.connect("inproc://doubles").unwrap();
            /// (1..=2).for_each(|question| dealer.try_send(question).unwrap());
            /// assert_eq!(rep.try_recv(), Ok(1));
            /// ```
            fn dealer -> Dealer: talks_with(&[Dealer, Router, Rep]);
            /// Opens a socket that says whom each message is from, and sends to the peer that is named.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            ///
            /// # Examples
            /// ```
            /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
            /// let (mut router, mut req) = (context.router().unwrap(), context.req().unwrap());
            /// router.bind("inproc://doubles").unwrap();
            /// req.connect("inproc://doubles").unwrap();
            /// req.try_send(7).unwrap();
            /// let (who, question) = router.try_recv().unwrap();
            /// router.try_send_to(who, 2 * question).unwrap();
            /// assert_eq!(req.try_recv(), Ok(14));
            /// ```
            fn router -> Router: talks_with(&[Dealer, Req, Router]);
            /// Opens a socket that sends a copy of each message to every subscriber that wants its topic.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            fn publish -> Publish: sends_to(&[Subscribe]);
            /// Opens a socket that receives the messages whose topics it has subscribed to.
            ///
            /// # Errors
            /// [`OpenError`](crate::error::socket::OpenError): every slot is in use, or the context has been shut down.
            fn subscribe -> Subscribe: receives_from(&[Publish]);
        }
    };
}
pub(crate) use each_pattern;

/// The number of peers that a socket may have at the same time.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerLimit {
    /// One; a second one is refused with `PeerTaken`.
    One,
    /// As many as the context has links for.
    Many,
}

/// What a context must know of a kind of socket.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) sends: bool,
    pub(crate) receives: bool,
    /// The kinds that it can be linked with. Each of them lists this one.
    pub(crate) talks_to: &'static [Kind],
    pub(crate) peers: PeerLimit,
}

const fn talks_with(talks_to: &'static [Kind]) -> Rules {
    Rules {
        sends: true,
        receives: true,
        talks_to,
        peers: PeerLimit::Many,
    }
}

const fn sends_to(talks_to: &'static [Kind]) -> Rules {
    Rules {
        receives: false,
        ..talks_with(talks_to)
    }
}

const fn receives_from(talks_to: &'static [Kind]) -> Rules {
    Rules {
        sends: false,
        ..talks_with(talks_to)
    }
}

impl Rules {
    const fn one_peer(self) -> Rules {
        Rules {
            peers: PeerLimit::One,
            ..self
        }
    }
}

macro_rules! kinds {
    ($($(#[$_:meta])* fn $verb:ident -> $Name:ident: $rules:expr;)*) => {
        impl Kind {
            /// All of them.
            pub(crate) const ALL: &[Kind] = &[$(Kind::$Name),*];

            /// Its row of the table.
            pub(crate) const fn rules(self) -> Rules {
                use Kind::*;
                match self {
                    $($Name => const { $rules },)*
                }
            }

            /// The name of the pattern, for people.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Kind::$Name => stringify!($Name),)*
                }
            }
        }
    };
}
each_pattern!(kinds);

impl Kind {
    /// Returns `true` if such a socket sends messages.
    pub(crate) fn sends(self) -> bool {
        self.rules().sends
    }

    /// Returns `true` if such a socket receives messages.
    pub(crate) fn receives(self) -> bool {
        self.rules().receives
    }

    /// Returns `true` if such a socket has at most one peer at a time.
    pub(crate) fn has_one_peer(self) -> bool {
        self.rules().peers == PeerLimit::One
    }

    /// Returns `true` if the two can be linked.
    pub(crate) fn talks_to(self, other: Kind) -> bool {
        self.rules().talks_to.contains(&other)
    }
}

/// Who talks to whom holds both ways: one sends what the other receives.
const _: () = {
    const fn lists(kinds: &[Kind], kind: Kind) -> bool {
        let mut at = 0;
        while at < kinds.len() {
            if kinds[at] as u8 == kind as u8 {
                return true;
            }
            at += 1;
        }
        false
    }
    let mut at = 0;
    while at < Kind::ALL.len() {
        let rules = Kind::ALL[at].rules();
        let mut other = 0;
        while other < rules.talks_to.len() {
            let back = rules.talks_to[other].rules();
            assert!(lists(back.talks_to, Kind::ALL[at]) && rules.sends == back.receives);
            other += 1;
        }
        at += 1;
    }
};
