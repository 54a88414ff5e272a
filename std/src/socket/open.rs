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
    #[track_caller]
    pub fn pair(&self) -> Result<Pair<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hands messages out.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn push(&self) -> Result<Push<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that takes messages in.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn pull(&self) -> Result<Pull<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that asks, and hears the answer before it asks again.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn req(&self) -> Result<Req<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that hears questions, and answers each before it hears the next.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn rep(&self) -> Result<Rep<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends to each of its peers in turn, and receives from each in turn.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn dealer(&self) -> Result<Dealer<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that says whom each message is from, and sends to the peer that is named.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn router(&self) -> Result<Router<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that sends a copy of each message to every subscriber that wants its topic.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn publish(&self) -> Result<Publish<T>, OpenError> {
        self.open()
    }

    /// Opens a socket that receives the messages whose topics it has subscribed to.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
    #[track_caller]
    pub fn subscribe(&self) -> Result<Subscribe<T>, OpenError> {
        self.open()
    }

    /// Opens a socket of the pattern `P`: what [`pair`](Context::pair), [`push`](Context::push) and
    /// [`pull`](Context::pull) are names for, for code that is generic in the pattern.
    ///
    /// # Errors
    /// As for [`pair`](Context::pair).
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
