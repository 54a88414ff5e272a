//! Opening sockets, one verb for each pattern.

#![forbid(unsafe_code)]

use std::panic::Location;
use std::sync::Arc;
use std::thread;

use gimmal_core::error::socket::OpenError;
use gimmal_core::socket::Pattern;

use super::context::{Context, Opener};
use super::events::What;
use super::owned::OwnedSocket;
use super::patterns::{Dealer, Pair, Publish, Pull, Push, Rep, Req, Router, Subscribe};
use super::socket::Socket;
use crate::panic_guard::locked;

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

    /// Opens a socket of the pattern `P`: what [`pair`](Context::pair), [`push`](Context::push) and
    /// [`pull`](Context::pull) are names for, for code that is generic in the pattern.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, socket::PushPattern};
    ///
    /// let context = Context::new();
    /// let push: gimmal::Push = context.open::<PushPattern>().unwrap();
    /// # drop(push);
    /// assert_eq!(context.open_sockets(), 0);
    /// ```
    #[track_caller]
    pub fn open<P: Pattern>(&self) -> Result<Socket<T, P>, OpenError> {
        let here = Location::caller();
        let socket = OwnedSocket::open(&self.inner.core)?;
        locked(&self.inner.openers)[socket.slot()] = Opener {
            thread: thread::current().name().map(Arc::from),
            at: cfg!(debug_assertions).then_some(here),
        };
        let observers = self.inner.observers.clone();
        if observers.any() {
            observers.tell(socket.slot(), P::KIND, What::Opened);
        }
        Ok(Socket::new(socket, observers))
    }
}
