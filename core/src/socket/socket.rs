//! L6: [`Socket`]: the one type of all sockets, with every verb once. The verbs that wait are in `operations.rs`.

#![forbid(unsafe_code)]

use core::cell::RefCell;
use core::fmt;

use super::identity::Identity;
use super::member::WhenAlone;
use super::pattern::{CanSend, HasIdentity, Pattern, Receives, Sends, SendsTo};
use super::patterns::Kind;
use super::peer_id::PeerId;
use super::policy::{Collect, Distribute, Policy};
use super::registry::Registry;
use super::state::{CloseReport, State};
use super::traffic::Traffic;
use crate::error::socket::{
    EndpointError, HwmError, IdentityError, RecvError, SendError, SendReason,
};

/// A socket of the pattern `P`, for messages of type `T`. Use it as [`Pair`](super::Pair),
/// [`Push`](super::Push) or [`Pull`](super::Pull), where the examples are. It sends if `P`
/// [`Sends`], and receives if `P` [`Receives`]; every socket does the rest.
///
/// # Fairness
/// One caller at a time waits in a socket. The pattern decides how a socket treats its peers:
/// [`Push`](super::Push) and [`Pull`](super::Pull) give each of them its turn.
///
/// # Interrupt safety
/// With the feature `critical-section`, an interrupt handler may call `try_send`, `try_send_to`,
/// `try_recv`, `can_send` and `can_recv`. The other methods mask interrupts while they walk over
/// names, pipes or subscriptions.
pub struct Socket<'c, T, P: Pattern> {
    /// Messages move by `&mut`; the rare rest borrows.
    pub(crate) state: RefCell<State<'c, T>>,
    pub(crate) policy: P::Policy,
}

impl<'c, T, P: Pattern> Socket<'c, T, P> {
    pub(crate) fn new(registry: &'c dyn Registry<T>, id: PeerId) -> Self {
        Socket {
            state: RefCell::new(State::new(registry, id)),
            policy: P::Policy::default(),
        }
    }

    /// Returns `true` if its pattern is of this kind, and the policy moves messages in the directions that the kind's row says.
    // Rust 1.88 does not count a use in a constant without a name.
    #[allow(dead_code)]
    pub(crate) const fn is_of(kind: Kind) -> bool {
        let rules = kind.rules();
        let moves = P::Policy::SENDS == rules.sends && P::Policy::RECEIVES == rules.receives;
        P::KIND as u8 == kind as u8 && moves
    }

    pub(crate) fn policy(&self) -> &P::Policy {
        &self.policy
    }

    pub(crate) fn policy_mut(&mut self) -> &mut P::Policy {
        &mut self.policy
    }

    /// Sends without waiting.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Full`, `Disconnected`, `Terminated`; of a Req or a Rep
    /// also `WrongTurn`, of a Rep `Unreachable`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// assert_eq!(push.try_send(7).unwrap_err().into_inner(), 7); // nobody is there
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.try_send(7).unwrap();
    /// assert_eq!(pull.try_recv(), Ok(7));
    /// ```
    #[inline]
    pub fn try_send(&mut self, value: T) -> Result<(), SendError<T>>
    where
        P: Sends<T>,
    {
        self.try_send_item(value)
    }

    /// Sends to the peer with this identity without waiting.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Unreachable` if no such peer is there, else `Full`;
    /// `Terminated`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// router.try_send_to(dealer.identity(), 7).unwrap();
    /// assert_eq!(dealer.try_recv(), Ok(7));
    /// ```
    #[inline]
    pub fn try_send_to(&mut self, to: Identity, value: T) -> Result<(), SendError<T>>
    where
        P: SendsTo<T>,
    {
        let sent = self.try_send_item((to, value));
        sent.map_err(|error| error.map(|(_, value)| value))
    }

    /// Returns by what a Router among the peers knows this socket. It is known from the moment the
    /// socket is opened.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (left, right) = (context.dealer().unwrap(), context.dealer().unwrap());
    /// assert_ne!(left.identity(), right.identity());
    /// ```
    pub fn identity(&self) -> Identity
    where
        P: HasIdentity,
    {
        self.state.borrow().identity()
    }

    /// Gives the socket an identity with a number, which it can take again when it is opened anew:
    /// as soon as this one is closed.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, socket::Identity};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let dealer = context.dealer().unwrap();
    /// dealer.set_identity(Identity::new(7)).unwrap();
    /// assert_eq!(dealer.identity(), Identity::new(7));
    /// ```
    pub fn set_identity(&self, identity: Identity) -> Result<(), IdentityError>
    where
        P: HasIdentity,
    {
        self.state.borrow().set_identity(identity)
    }

    /// Receives without waiting.
    ///
    /// # Errors
    /// `Empty`, `Disconnected`, or `Terminated`; the last two only when all is read. Of a Req or a
    /// Rep also `WrongTurn`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.try_send(7).unwrap();
    /// assert_eq!(pull.try_recv(), Ok(7));
    /// assert!(pull.try_recv().is_err()); // Empty
    /// ```
    #[inline]
    pub fn try_recv(&mut self) -> Result<P::Received, RecvError>
    where
        P: Receives<T>,
    {
        self.try_recv_item()
    }

    /// Receives what is visible: `None` says nothing of the reason. For a caller that waits next: without a reason beside
    /// the message the compiler moves a message of bytes as a whole, and once less.
    #[doc(hidden)]
    #[inline]
    pub fn take(&mut self) -> Option<P::Received>
    where
        P: Receives<T>,
    {
        self.state.get_mut().take(&mut self.policy)
    }

    /// Receives what the pattern receives: a message, or a message and the peer that it is from.
    #[inline(always)]
    pub(crate) fn try_recv_item<I>(&mut self) -> Result<I, RecvError>
    where
        P::Policy: Collect<T, Item = I>,
    {
        self.state.get_mut().try_recv(&mut self.policy)
    }

    /// Sends what the pattern sends: a message, or a message and the peer that it is for.
    #[inline(always)]
    pub(crate) fn try_send_item<I>(&mut self, item: I) -> Result<(), SendError<I>>
    where
        P::Policy: Distribute<T, Item = I>,
    {
        self.state.get_mut().try_send(&mut self.policy, item)
    }

    /// Returns `true` if a message can be sent now: `try_send` would not be refused. Moves nothing.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::Context;
    ///
    /// static CONTEXT: Context<u32, 2, 1, 1> = Context::new();
    ///
    /// let (mut push, mut pull) = (CONTEXT.push().unwrap(), CONTEXT.pull().unwrap());
    /// assert_eq!(push.can_send(), Ok(false)); // there is no peer
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// assert_eq!(push.can_send(), Ok(true));
    /// push.try_send(7).unwrap();
    /// assert_eq!(push.can_send(), Ok(false)); // its one peer is full
    /// assert_eq!(pull.can_recv(), Ok(true));
    /// ```
    pub fn can_send(&mut self) -> Result<bool, SendReason>
    where
        P: CanSend<T>,
    {
        self.policy.look_for(None);
        self.state.get_mut().can_send(&self.policy)
    }

    /// Returns `true` if a message can be sent now to the peer with this identity: `try_send_to` would
    /// not be refused. Moves nothing.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits: `Unreachable` if no such peer is there.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 1>::new();
    /// let (mut router, dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// assert!(router.can_send_to(dealer.identity()).is_err()); // it is not there
    /// dealer.connect("inproc://router").unwrap();
    /// assert_eq!(router.can_send_to(dealer.identity()), Ok(true));
    /// router.try_send_to(dealer.identity(), 7).unwrap();
    /// assert_eq!(router.can_send_to(dealer.identity()), Ok(false)); // it has no room
    /// ```
    pub fn can_send_to(&mut self, to: Identity) -> Result<bool, SendReason>
    where
        P: SendsTo<T>,
    {
        self.policy.look_for(Some(to));
        self.state.get_mut().can_send(&self.policy)
    }

    /// Returns `true` if a message can be received now: `try_recv` would return one. Moves nothing.
    ///
    /// # Errors
    /// Why none can be received, however long one waits.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let mut pull = context.pull().unwrap();
    /// pull.bind("inproc://jobs").unwrap();
    /// assert_eq!(pull.can_recv(), Ok(false));
    /// ```
    pub fn can_recv(&mut self) -> Result<bool, RecvError>
    where
        P: Receives<T>,
    {
        self.state.get_mut().can_recv(&self.policy)
    }

    /// Sets the high-water mark of this side: how many messages it adds to what a link that is made
    /// from now on may hold.
    ///
    /// # Errors
    /// [`HwmError`]; the old mark stays.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// assert!(context.push().unwrap().set_send_hwm(2).is_ok());
    /// ```
    pub fn set_send_hwm(&self, messages: usize) -> Result<(), HwmError>
    where
        P: CanSend<T>,
    {
        self.state.borrow_mut().set_send_hwm(messages)
    }

    /// Sets the high-water mark of this side: how many messages it adds to what a link that is made
    /// from now on may hold.
    ///
    /// # Errors
    /// [`HwmError`]; the old mark stays.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// assert!(context.pull().unwrap().set_recv_hwm(2).is_ok());
    /// ```
    pub fn set_recv_hwm(&self, messages: usize) -> Result<(), HwmError>
    where
        P: Receives<T>,
    {
        self.state.borrow_mut().set_recv_hwm(messages)
    }

    /// Gives the socket a name, `inproc://` and 1 to 64 bytes; a socket may have many. Connects that wait for the
    /// name are linked at once, with what they have sent.
    ///
    /// # Errors
    /// [`EndpointError`]; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (pull, other) = (context.pull().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// assert!(other.bind("inproc://jobs").is_err()); // AddressInUse
    /// ```
    pub fn bind(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.state.borrow_mut().bind(endpoint)
    }

    /// Takes a name from the socket. It is free at once; links made by it live on.
    ///
    /// # Errors
    /// `NotConnected` if this socket does not hold the name.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (pull, other) = (context.pull().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// pull.unbind("inproc://jobs").unwrap();
    /// assert!(other.bind("inproc://jobs").is_ok()); // free at once
    /// ```
    pub fn unbind(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.state.borrow_mut().unbind(endpoint)
    }

    /// Links the socket with the one that has bound the name, or will bind it. A connect is used up when its link
    /// ends; connecting twice makes two links.
    ///
    /// # Errors
    /// [`EndpointError`]; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// push.connect("inproc://jobs").unwrap(); // before the other one binds: that is fine
    /// push.try_send(7).unwrap();
    /// pull.bind("inproc://jobs").unwrap();
    /// assert_eq!(pull.try_recv(), Ok(7));
    /// ```
    pub fn connect(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.state.borrow_mut().connect(endpoint)
    }

    /// Cuts the oldest link that `connect` with this name has made. What this socket sent can still be read;
    /// what was sent to it by that link and is unread is dropped.
    ///
    /// # Errors
    /// `NotConnected` if there is none.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.try_send(7).unwrap();
    /// push.disconnect("inproc://jobs").unwrap();
    /// assert_eq!(pull.try_recv(), Ok(7)); // what was sent is read
    /// ```
    pub fn disconnect(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.state.borrow_mut().disconnect(endpoint)
    }

    /// Sets what the socket does when every peer has gone. Default: a socket that holds a bound name
    /// waits for new peers; any other reports `Disconnected` once it has had a peer and all is read.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, error::socket::RecvError, socket::WhenAlone};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.set_when_alone(WhenAlone::Disconnect);
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// drop(push);
    /// assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    /// ```
    pub fn set_when_alone(&self, what: WhenAlone) {
        self.state.borrow_mut().set_when_alone(what);
    }

    /// Makes the socket report `Disconnected` when `peers` peers have connected and gone away, and not
    /// before; also a socket that holds a bound name, which else waits for new ones.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, error::socket::RecvError};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let (push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.expect_peers(1);
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// drop(push);
    /// assert_eq!(pull.try_recv(), Err(RecvError::Disconnected));
    /// ```
    pub fn expect_peers(&self, peers: usize) {
        self.state.borrow_mut().expect_peers(peers);
    }

    /// Returns what the socket has done since it was opened.
    pub fn traffic(&self) -> Traffic {
        self.state.borrow().traffic()
    }

    /// Returns the index of the socket's slot in the context.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// assert_eq!(context.push().unwrap().slot(), 0);
    /// ```
    pub fn slot(&self) -> usize {
        self.state.borrow().slot()
    }

    /// Does the same as `close`, for callers that only have `&mut`. Afterwards the socket sends,
    /// receives and links no more. Idempotent.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let mut push = context.push().unwrap();
    /// push.close_now();
    /// assert_eq!(context.open_sockets(), 0);
    /// ```
    pub fn close_now(&mut self) -> CloseReport {
        self.state.get_mut().close()
    }

    /// Closes the socket: its slot, its names and the links in which nothing is left to read are free when this
    /// returns. What it has sent can still be read, what it has not read is dropped. Dropping the socket does the same.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.try_send(7).unwrap();
    /// assert_eq!(push.close().unread, 1); // it can still be received
    /// ```
    pub fn close(mut self) -> CloseReport {
        self.state.get_mut().close()
    }
}

impl<T, P: Pattern> fmt::Debug for Socket<'_, T, P> {
    /// A message that is dropped while its socket is at work may look at that socket: it sees no more than that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple(P::KIND.name());
        match self.state.try_borrow_mut() {
            Ok(mut state) => shown.field(&Shown {
                slot: state.slot(),
                links: state.count(),
            }),
            Err(_) => shown.field(&format_args!("<at work>")),
        };
        shown.finish()
    }
}

/// What is shown of a socket that is not at work.
struct Shown {
    slot: usize,
    links: usize,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("slot", &self.slot)
            .field("links", &self.links)
            .finish()
    }
}
