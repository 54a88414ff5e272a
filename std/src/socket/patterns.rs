//! The patterns: the verbs that open their sockets, and names of [`Socket`], for messages of [`Message`] unless another type is named.

#![forbid(unsafe_code)]

use gimmal_core::error::socket::{OpenError, SubscribeError};
use gimmal_core::socket::WhenFull;
use gimmal_core::socket::{
    DealerPattern, PairPattern, PublishPattern, PullPattern, PushPattern, RepPattern, ReqPattern,
    RouterPattern, SubscribePattern,
};

use super::context::Context;
use super::socket::Socket;
use crate::message::Message;

impl<T: Send + 'static> Context<T> {
    /// Opens a socket that talks with exactly one other.
    ///
    /// # Errors
    /// [`OpenError`]: every slot is in use, or the context has been shut down.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut left, mut right) = (context.pair().unwrap(), context.pair().unwrap());
    /// left.bind("inproc://pair").unwrap();
    /// right.connect("inproc://pair").unwrap();
    /// left.send("there").unwrap();
    /// assert_eq!(right.recv().unwrap(), "there");
    /// ```
    #[track_caller]
    pub fn pair(&self) -> Result<Pair<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hands messages out.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.send("job").unwrap();
    /// assert_eq!(pull.recv().unwrap(), "job");
    /// ```
    #[track_caller]
    pub fn push(&self) -> Result<Push<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that takes messages in.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.send("job").unwrap();
    /// assert_eq!(pull.recv().unwrap(), "job");
    /// ```
    #[track_caller]
    pub fn pull(&self) -> Result<Pull<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that asks, and hears the answer before it asks again.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.send("question").unwrap();
    /// assert_eq!(rep.recv().unwrap(), "question");
    /// rep.send("answer").unwrap();
    /// assert_eq!(req.recv().unwrap(), "answer");
    /// ```
    #[track_caller]
    pub fn req(&self) -> Result<Req<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hears questions, and answers each before it hears the next.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut req, mut rep) = (context.req().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.send("question").unwrap();
    /// assert_eq!(rep.recv().unwrap(), "question");
    /// ```
    #[track_caller]
    pub fn rep(&self) -> Result<Rep<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends to each of its peers in turn, and receives from each in turn.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut dealer, mut rep) = (context.dealer().unwrap(), context.rep().unwrap());
    /// rep.bind("inproc://service").unwrap();
    /// dealer.connect("inproc://service").unwrap();
    /// ["first", "second"].map(|question| dealer.send(question).unwrap()); // no turns
    /// assert_eq!(rep.recv().unwrap(), "first");
    /// ```
    #[track_caller]
    pub fn dealer(&self) -> Result<Dealer<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that says whom each message is from, and sends to the peer that is named.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut router, mut req) = (context.router().unwrap(), context.req().unwrap());
    /// router.bind("inproc://service").unwrap();
    /// req.connect("inproc://service").unwrap();
    /// req.send("question").unwrap();
    /// let (who, question) = router.recv().unwrap();
    /// assert_eq!(question, "question");
    /// router.send_to(who, "answer").unwrap();
    /// assert_eq!(req.recv().unwrap(), "answer");
    /// ```
    #[track_caller]
    pub fn router(&self) -> Result<Router<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends a copy of each message to every subscriber that wants its topic.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut publish, mut reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("weather").unwrap();
    /// publish.send("sport: 1 to 0").unwrap();
    /// publish.send("weather: rain").unwrap();
    /// assert_eq!(reader.recv().unwrap(), "weather: rain");
    /// ```
    #[track_caller]
    pub fn publish(&self) -> Result<Publish<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that receives the messages whose topics it has subscribed to.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let (mut publish, mut reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("").unwrap(); // everything
    /// publish.send("weather: rain").unwrap();
    /// assert_eq!(reader.recv().unwrap(), "weather: rain");
    /// ```
    #[track_caller]
    pub fn subscribe(&self) -> Result<Subscribe<T>, OpenError> {
        self.open()
    }
}

/// Sends to and receives from exactly one other Pair.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::Context;
///
/// let context = Context::new();
/// let mut here = context.pair().unwrap();
/// here.bind("inproc://talk").unwrap();
/// let mut there = context.pair().unwrap();
/// thread::scope(|scope| {
///     scope.spawn(move || {
///         there.connect("inproc://talk").unwrap();
///         there.send("ping").unwrap();
///         assert!(there.recv().unwrap() == "pong");
///     });
///     assert!(here.recv().unwrap() == "ping");
///     here.send("pong").unwrap();
/// });
/// ```
///
/// A socket is not shared between threads:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let pair = context.pair().unwrap();
/// std::thread::scope(|scope| { scope.spawn(|| { let _ = &pair; }); });
/// ```
/// A message that was sent is gone:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let mut pair = context.pair().unwrap();
/// let message = gimmal::Message::new("once");
/// let _ = pair.try_send(message);
/// let _ = pair.try_send(message);
/// ```
pub type Pair<T = Message> = Socket<T, PairPattern>;

/// Sends whole messages to [`Pull`] sockets, round robin over those with room; never drops one.
///
/// # Fairness
/// Each peer with room gets a message in its turn.
///
/// # Examples
/// See the module [`socket`](crate::socket). A Push does not receive:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let _ = context.push().unwrap().recv();
/// ```
pub type Push<T = Message> = Socket<T, PushPattern>;

/// Receives whole messages from [`Push`] sockets, one of each in turn.
///
/// # Fairness
/// A peer with messages waits for one message of each other peer at most.
///
/// # Examples
/// See the module [`socket`](crate::socket). A Pull does not send:
/// ```compile_fail
/// let context = gimmal::Context::new();
/// let _ = context.pull().unwrap().send("no");
/// ```
pub type Pull<T = Message> = Socket<T, PullPattern>;

/// Asks a [`Rep`] or a [`Router`], then receives the answer of the one it has asked.
///
/// `send` and `recv` take turns. The other one is refused with `WrongTurn`, which changes nothing.
/// The questions go round robin over the peers with room. A peer that has been asked and goes away
/// is reported: `recv` returns `Disconnected`, and the socket may ask another peer. It is never
/// waited for. A wait that was timed or cancelled leaves the turn as it was: the answer can be
/// received later. [`to_send`](Socket::to_send) gives a form of which the wrong turn does not compile.
///
/// # Examples
/// ```
/// use std::thread;
/// use gimmal::Context;
///
/// let context = Context::<u64>::typed();
/// let mut rep = context.rep().unwrap();
/// rep.bind("inproc://square").unwrap();
/// let mut req = context.req().unwrap();
/// req.connect("inproc://square").unwrap();
/// thread::scope(|scope| {
///     scope.spawn(move || {
///         let asked = rep.recv().unwrap();
///         rep.send(asked * asked).unwrap();
///     });
///     req.send(7_u64).unwrap();
///     assert_eq!(req.recv(), Ok(49));
/// });
/// ```
pub type Req<T = Message> = Socket<T, ReqPattern>;

/// Receives a question of a [`Req`] or a [`Dealer`], then sends the answer to the one that has asked.
///
/// `recv` and `send` take turns. The other one is refused with `WrongTurn`, which changes nothing.
/// If the peer that has asked is gone, `send` gives the answer back as `Unreachable`, and the socket
/// hears the next question. [`to_recv`](Socket::to_recv) gives a form of which the wrong turn does not
/// compile.
///
/// # Fairness
/// A peer with questions waits for one question of each other peer at most.
///
/// # Examples
/// See [`Req`].
pub type Rep<T = Message> = Socket<T, RepPattern>;

/// Sends to [`Dealer`], [`Router`] or [`Rep`] sockets, round robin over those with room, and receives
/// from each in turn.
///
/// # Fairness
/// Each peer with room gets a message in its turn. A peer with messages waits for one message of
/// each other peer at most.
///
/// # Examples
/// See [`Router`].
pub type Dealer<T = Message> = Socket<T, DealerPattern>;

/// Receives from [`Dealer`], [`Req`] or other Router sockets, says whom each message is from, and
/// sends to the peer that is named.
///
/// A peer is known from the moment its `connect` returns, or the router's. A message for a peer that
/// is full waits, or comes back as `Full`; one for a peer that has gone, or that never was, comes
/// back as `Unreachable` at once: dead wins over full. Nothing is ever dropped. In a poller,
/// [`writable_to`](Socket::writable_to) waits for the room of one peer, [`writable`](Socket::writable)
/// for that of any.
///
/// # Fairness
/// A peer with messages waits for one message of each other peer at most.
///
/// # Examples
/// ```
/// use gimmal::Context;
///
/// let context = Context::new();
/// let mut router = context.router().unwrap();
/// router.bind("inproc://office").unwrap();
/// let mut worker = context.dealer().unwrap();
/// worker.set_identity(context.identity("worker 1")).unwrap();
/// worker.connect("inproc://office").unwrap();
///
/// router.send_to(context.identity("worker 1"), "a job").unwrap();
/// assert!(worker.recv().unwrap() == "a job");
/// worker.send("done").unwrap();
/// let (who, message) = router.recv().unwrap();
/// assert!(message == "done");
/// assert_eq!(context.identity_name(who).as_deref(), Some(&b"worker 1"[..]));
/// ```
pub type Router<T = Message> = Socket<T, RouterPattern>;

/// Sends a copy of each message to every [`Subscribe`] socket that wants its topic: its beginning,
/// or what [`Topic`](super::Topic) says.
///
/// * A subscriber that wants nothing of it costs no room in its link. Without any that does, the
///   message is dropped: `send` returns `Ok`.
/// * A subscriber with no room loses this message, the others get it; [`dropped`](Socket::dropped)
///   counts. With [`WhenFull::Wait`] nobody loses one: `send` waits until every subscriber that wants
///   it has room.
/// * Messages are cloned, once for each subscriber but the last. A clone of a [`Message`] copies no
///   bytes.
///
/// # Examples
/// ```
/// use gimmal::Context;
///
/// let context = Context::new();
/// let mut weather = context.publish().unwrap();
/// weather.bind("inproc://weather").unwrap();
/// let mut rome = context.subscribe().unwrap();
/// rome.connect("inproc://weather").unwrap();
/// rome.subscribe("rome ").unwrap();
///
/// weather.send("oslo -3").unwrap();
/// weather.send("rome 21").unwrap();
/// assert!(rome.recv().unwrap() == "rome 21");
/// ```
pub type Publish<T = Message> = Socket<T, PublishPattern>;

/// Receives the messages of [`Publish`] sockets whose topics begin with a prefix that it has
/// subscribed to, one of each publisher in turn.
///
/// A new socket has subscribed to nothing. A subscription is effective when
/// [`subscribe`](Socket::subscribe) returns: a message that is sent after that arrives. It holds for
/// every publisher among the peers, now and later. What was sent before it ended can still be
/// received.
///
/// # Fairness
/// A publisher with messages waits for one message of each other publisher at most.
///
/// # Examples
/// See [`Publish`].
pub type Subscribe<T = Message> = Socket<T, SubscribePattern>;

/// What only a Publish has.
impl<T: Send + 'static> Publish<T> {
    /// Sets what happens to a message when a subscriber that wants it has no room. Default:
    /// [`WhenFull::Drop`].
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, socket::WhenFull};
    ///
    /// let mut publish = Context::new().publish().unwrap();
    /// publish.set_when_full(WhenFull::Wait);
    /// assert_eq!(publish.dropped(), 0);
    /// ```
    pub fn set_when_full(&mut self, what: WhenFull) {
        self.inner.set_when_full(what);
    }

    /// Returns how many messages full subscribers have lost, once for each subscriber. It wraps.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::builder().hwm(1, 1).build();
    /// let (mut publish, reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("").unwrap();
    /// (0..5).for_each(|_| publish.send("report").unwrap());
    /// assert_eq!(publish.dropped(), 3); // the link holds two
    /// ```
    pub fn dropped(&self) -> usize {
        self.inner.dropped()
    }
}

/// What only a Subscribe has.
impl<T: Send + 'static> Subscribe<T> {
    /// Subscribes to topics that begin with this prefix; the empty one is every topic's. It counts:
    /// two subscriptions to one prefix need two [`unsubscribe`](Socket::unsubscribe)s. A message
    /// that several prefixes fit arrives once.
    ///
    /// # Errors
    /// `Closed` if the socket is closed.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let reader = context.subscribe().unwrap();
    /// reader.subscribe("weather").unwrap(); // in force at once
    /// assert!(reader.unsubscribe("weather").is_ok());
    /// ```
    pub fn subscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        self.inner.subscribe(prefix.as_ref())?;
        self.wires.subscribes(&self.inner, prefix.as_ref(), true);
        Ok(())
    }

    /// Takes back one subscription to this prefix.
    ///
    /// # Errors
    /// `NotSubscribed`.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let reader = context.subscribe().unwrap();
    /// assert!(reader.unsubscribe("weather").is_err()); // it was not subscribed to
    /// ```
    pub fn unsubscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SubscribeError> {
        self.inner.unsubscribe(prefix.as_ref())?;
        self.wires.subscribes(&self.inner, prefix.as_ref(), false);
        Ok(())
    }
}
