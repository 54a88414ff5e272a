//! L7: opening sockets, one verb for each pattern.

#![forbid(unsafe_code)]

use super::{ContextOf, ContextStorage};
use crate::error::socket::OpenError;
use crate::panic_without_fmt::get_or_panic;
use crate::socket::{
    Dealer, HighWaterMarks, Identity, Pair, Pattern, PeerId, Publish, Pull, Push, Rep, Req, Router,
    Socket, Subscribe,
};

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// Opens a socket that talks with exactly one other.
    ///
    /// # Errors
    /// [`OpenError`]: every slot is in use, or the context has been shut down.
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
    pub fn pair(&self) -> Result<Pair<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hands messages out.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn push(&self) -> Result<Push<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that takes messages in.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn pull(&self) -> Result<Pull<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that asks, and hears the answer before it asks again.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn req(&self) -> Result<Req<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hears questions, and answers each before it hears the next.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn rep(&self) -> Result<Rep<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends to each of its peers in turn, and receives from each in turn.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn dealer(&self) -> Result<Dealer<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that says whom each message is from, and sends to the peer that is named.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
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
    pub fn router(&self) -> Result<Router<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends a copy of each message to every subscriber that wants its topic.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
    ///
    /// # Examples
    /// ```
    /// // The fifth number is that of the subscriptions.
    /// let context = gimmal_core::Context::<[u8; 4], 4, 4, 8, 4>::new();
    /// let (mut publish, mut reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("ra").unwrap();
    /// [*b"hail", *b"rain"].map(|report| publish.try_send(report).unwrap());
    /// assert_eq!(reader.try_recv().as_ref(), Ok(b"rain"));
    /// ```
    pub fn publish(&self) -> Result<Publish<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket that receives the messages whose topics it has subscribed to.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<[u8; 4], 4, 4, 8, 4>::new();
    /// let (mut publish, mut reader) = (context.publish().unwrap(), context.subscribe().unwrap());
    /// publish.bind("inproc://weather").unwrap();
    /// reader.connect("inproc://weather").unwrap();
    /// reader.subscribe("").unwrap(); // everything
    /// publish.try_send(*b"rain").unwrap();
    /// assert_eq!(reader.try_recv().as_ref(), Ok(b"rain"));
    /// ```
    pub fn subscribe(&self) -> Result<Subscribe<'_, T>, OpenError> {
        self.open()
    }

    /// Opens a socket of the pattern `P`: what [`pair`](ContextOf::pair), [`push`](ContextOf::push)
    /// and [`pull`](ContextOf::pull) are names for, for code that is generic in the pattern.
    ///
    /// # Errors
    /// As for [`pair`](ContextOf::pair).
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, socket::PushPattern};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let push = context.open::<PushPattern>().unwrap();
    /// assert_eq!(context.open_sockets(), 1);
    /// # drop(push);
    /// ```
    pub fn open<P: Pattern>(&self) -> Result<Socket<'_, T, P>, OpenError> {
        let id = self.locked(|hub| {
            if self.is_terminated() {
                return Err(OpenError::Terminated);
            }
            let free = self
                .storage
                .sockets()
                .iter()
                .position(|socket_entry| socket_entry.kind.get().is_none());
            let slot = free.ok_or(OpenError::TooManySockets)?;
            let socket_entry = get_or_panic(self.storage.sockets(), slot);
            let generation = socket_entry.generation.get().wrapping_add(1);
            socket_entry.generation.set(generation);
            socket_entry.kind.set(Some(P::KIND));
            socket_entry.marks.set(HighWaterMarks::UNSET);
            socket_entry
                .identity
                .set(Identity::automatic(slot, generation));
            socket_entry.links.set(0);
            socket_entry.peers.counters().reset();
            socket_entry.ended.set([0, 0]);
            hub.open += 1;
            Ok(PeerId { slot, generation })
        })?;
        Ok(Socket::new(self, id))
    }
}
