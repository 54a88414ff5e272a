//! [`Socket`]: the one type of all sockets of the facade: the core's socket with blocking and timed verbs.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gimmal_core::error::socket::{EndpointError, HwmError, RecvError, SendError, SendReason};
use gimmal_core::socket::{CanSend, CloseReport, Pattern, Receives, Sends, Traffic, WhenAlone};

use super::events::What;
use super::observers::Observers;
use super::users::Users;
use super::wires::{Net, Wires};
use crate::block::{Limit, block, block_until};
use crate::cooperate::cooperative;
use crate::owned_socket::OwnedSocket;
use crate::sync::thread_id::{NOBODY, me};

/// A socket of the pattern `P`, for messages of type `T`. Use it as [`Pair`](super::Pair), [`Push`](super::Push) or
/// [`Pull`](super::Pull), where the examples are. It sends if `P` [`Sends`], and receives if `P` [`Receives`]; everything else
/// every socket does.
///
/// # Fairness
/// One caller at a time waits in a socket. How it treats its peers is the pattern's: [`Push`](super::Push) and
/// [`Pull`](super::Pull) give each of them its turn.
pub struct Socket<T: Send + 'static, P: Pattern + 'static> {
    pub(super) inner: OwnedSocket<T, P>,
    pub(super) send_timeout: Cell<Option<Duration>>,
    recv_timeout: Cell<Option<Duration>>,
    linger: Cell<Option<Duration>>,
    pub(super) observers: Arc<Observers>,
    users: Arc<Users>,
    /// The number of the thread whose blocking call has waited in it last.
    waiter: Cell<u64>,
    pub(super) is_closed: bool,
    pub(super) wires: Wires,
}

impl<T: Send + 'static, P: Pattern> Socket<T, P> {
    pub(super) fn new(
        inner: OwnedSocket<T, P>,
        observers: Arc<Observers>,
        users: Arc<Users>,
        net: &Net,
    ) -> Self {
        Socket {
            wires: Wires::new(net),
            inner,
            observers,
            users,
            waiter: Cell::new(NOBODY),
            is_closed: false,
            send_timeout: Cell::new(None),
            recv_timeout: Cell::new(None),
            linger: Cell::new(Some(Duration::ZERO)),
        }
    }

    /// The calling thread may be about to wait: notes that, for whoever looks on.
    pub(super) fn note_waiter(&self) {
        let me = me();
        if self.waiter.replace(me) != me {
            self.users.waits(self.inner.slot());
        }
    }

    /// Gives the socket a name, `inproc://` and 1 to 64 bytes; a socket may have many. Connects that wait for the
    /// name are linked at once, with what they have sent.
    ///
    /// # Errors
    /// [`EndpointError`]; nothing has changed then.
    ///
    #[doc = include_str!("examples/bind.md")]
    pub fn bind(&self, endpoint: &str) -> Result<(), EndpointError> {
        let bound = |asked| What::Bound(self.wires.bound_as(asked));
        self.observed(endpoint, bound, || {
            let beyond = self.wires.bind(&self.inner, endpoint);
            beyond.unwrap_or_else(|| self.inner.bind(endpoint))
        })
    }

    /// Takes a name from the socket. It is free at once; links made by it live on.
    ///
    /// # Errors
    /// `NotConnected` if this socket does not hold the name.
    ///
    #[doc = include_str!("examples/unbind.md")]
    pub fn unbind(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.observed(endpoint, What::Unbound, || {
            let beyond = self.wires.unbind(&self.inner, endpoint);
            beyond.unwrap_or_else(|| self.inner.unbind(endpoint))
        })
    }

    /// Links the socket with the one that has bound the name, or will bind it. A connect is used up when its link
    /// ends; connecting twice makes two links.
    ///
    /// # Errors
    /// [`EndpointError`]; nothing has changed then.
    ///
    #[doc = include_str!("examples/connect.md")]
    pub fn connect(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.observed(endpoint, What::Connecting, || {
            let beyond = self.wires.connect(&self.inner, endpoint);
            beyond.unwrap_or_else(|| self.inner.connect(endpoint))
        })
    }

    /// Cuts the oldest link that `connect` with this name has made. What this socket sent can still be read; what
    /// was sent to it by that link and is unread is dropped.
    ///
    /// # Errors
    /// `NotConnected` if there is none.
    ///
    #[doc = include_str!("examples/disconnect.md")]
    pub fn disconnect(&self, endpoint: &str) -> Result<(), EndpointError> {
        self.observed(endpoint, What::Left, || {
            let beyond = self.wires.disconnect(&self.inner, endpoint);
            beyond.unwrap_or_else(|| self.inner.disconnect(endpoint))
        })
    }

    /// Chooses what the socket does when every peer has gone. The default: a socket that holds a
    /// bound name waits for new ones, any other says `Disconnected` once it has had a peer and all
    /// is read.
    ///
    #[doc = include_str!("examples/set_when_alone.md")]
    pub fn set_when_alone(&self, what: WhenAlone) {
        self.inner.set_when_alone(what);
    }

    /// Makes the socket report `Disconnected` when `peers` peers have connected and gone away, and not
    /// before; also a socket that holds a bound name, which else waits for new ones.
    ///
    #[doc = include_str!("examples/expect_peers.md")]
    pub fn expect_peers(&self, peers: usize) {
        self.inner.expect_peers(peers);
    }

    /// Sets how long closing waits for peers to read what was sent: `None` for ever, `ZERO` (the
    /// default) not at all. A socket that is dropped lingers as long, but never for ever: `None`
    /// counts as `ZERO` there. The wait is over as soon as all is read, no peer is left, or the
    /// context is shut down.
    ///
    /// On a wire, what is not written when the context is shut down may be written for as long after that; a close that has
    /// waited in vain leaves no more time.
    ///
    #[doc = include_str!("examples/set_linger.md")]
    pub fn set_linger(&self, linger: Option<Duration>) {
        self.linger.set(linger);
        self.wires.set_linger(&self.inner, linger);
    }

    /// Closes the socket, after its linger. Its slot, its names and the links in which nothing is left to read are
    /// free when this returns. What it has sent can still be read, by its peers or by a socket that binds the name that it
    /// was sent to; what it has not read is dropped. The report counts both.
    ///
    #[doc = include_str!("examples/close.md")]
    pub fn close(mut self) -> CloseReport {
        self.wait_for_readers(true);
        self.wires.close();
        self.closing(|socket| socket.inner.close_now())
    }

    /// Returns the socket's slot in its context: no two sockets that are open have the same.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let push = context.push().unwrap();
    /// assert_eq!(context.sockets()[0].slot, push.slot());
    /// ```
    pub fn slot(&self) -> usize {
        self.inner.slot()
    }

    /// Returns what the socket has done since it was opened. Others ask
    /// [`Context::traffic`](super::Context::traffic).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.send("a job").unwrap();
    /// assert_eq!(push.traffic().sent, 1);
    /// ```
    pub fn traffic(&self) -> Traffic {
        self.inner.traffic()
    }

    /// Lingers; in a drop only for a bounded time.
    fn wait_for_readers(&mut self, for_ever: bool) {
        let limit = match self.linger.get() {
            Some(Duration::ZERO) => return,
            Some(linger) => Some(Limit::After(linger)),
            None if for_ever => Some(Limit::None),
            None => None,
        };
        self.note_waiter();
        // Ready or not: the report says what was left.
        let drained = limit.is_some_and(|limit| block_until(self.inner.draining(), limit).is_ok());
        self.linger.set(Some(Duration::ZERO));
        if !drained {
            self.wires.set_linger(&self.inner, Some(Duration::ZERO));
        }
    }
}

/// The verbs of a socket that sends.
impl<T: Send + 'static, P: Sends<T>> Socket<T, P> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Full`, `Disconnected`, `Terminated`.
    ///
    #[doc = include_str!("examples/try_send.md")]
    pub fn try_send(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Result<(), SendError<T>> {
        self.inner.try_send(message.into())
    }

    /// Sends, blocking until a peer has room, or for the socket's send time-out.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// Everything that converts into a message is sent without copying its bytes. Borrowed bytes
    /// are copied first, and say so: `send(Message::copy_of(&bytes))`.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Disconnected`, `Terminated`; with a
    /// time-out set `TimedOut`, or `Full` if it is `ZERO`.
    ///
    #[doc = include_str!("examples/send.md")]
    pub fn send(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Result<(), SendError<T>> {
        // Tried before a wait is made of it: see `channel/first_try.rs`.
        match self.inner.try_send(message.into()) {
            Err(SendError {
                reason: SendReason::Full,
                value,
            }) => self.send_slow(value),
            done => done,
        }
    }

    /// There was no room.
    #[cold]
    fn send_slow(&mut self, message: T) -> Result<(), SendError<T>> {
        self.note_waiter();
        match self.send_timeout.get() {
            None => block(self.inner.sending(message)),
            Some(Duration::ZERO) => Err(SendError {
                reason: SendReason::Full,
                value: message,
            }),
            Some(time) => self.send_within(message, Limit::After(time)),
        }
    }

    /// Sends, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`SendError`] gives the message back, with `TimedOut` when the time is over.
    ///
    #[doc = include_str!("examples/send_timeout.md")]
    pub fn send_timeout(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        timeout: Duration,
    ) -> Result<(), SendError<T>> {
        self.send_within(message.into(), Limit::After(timeout))
    }

    /// Sends, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`send_async`](Self::send_async) instead.
    ///
    /// # Errors
    /// [`SendError`] gives the message back, with `TimedOut` when the time is over.
    ///
    #[doc = include_str!("examples/send_deadline.md")]
    pub fn send_deadline(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
        deadline: Instant,
    ) -> Result<(), SendError<T>> {
        self.send_within(message.into(), Limit::At(deadline))
    }

    fn send_within(&mut self, message: T, limit: Limit) -> Result<(), SendError<T>> {
        self.note_waiter();
        match block_until(self.inner.sending(message), limit) {
            Ok(sent) => sent,
            Err(attempt) => Err(SendError {
                reason: SendReason::TimedOut,
                value: attempt.into_inner(),
            }),
        }
    }

    /// Returns the future of `send` without a time-out, for an executor. Dropping it before it is
    /// ready drops the message, unsent.
    ///
    #[doc = include_str!("examples/send_async.md")]
    pub fn send_async(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        cooperative(self.inner.send(message.into()))
    }
}

/// What sockets that send have in common, whether they choose the peer or are told.
impl<T: Send + 'static, P: CanSend<T>> Socket<T, P> {
    /// Returns `true` if a message can be sent now: `try_send` would not be refused. Moves nothing.
    ///
    /// # Errors
    /// Why none can be sent, however long one waits.
    ///
    #[doc = include_str!("examples/can_send.md")]
    pub fn can_send(&mut self) -> Result<bool, SendReason> {
        self.inner.can_send()
    }

    /// Sets how long `send` and `send_to` block: `None` (the default) for ever, `ZERO` not at all.
    ///
    #[doc = include_str!("examples/set_send_timeout.md")]
    pub fn set_send_timeout(&self, timeout: Option<Duration>) {
        self.send_timeout.set(timeout);
    }

    /// Sets how many messages this side adds to what a link made from now on may hold.
    ///
    /// # Errors
    /// [`HwmError`]; the old mark stays.
    ///
    #[doc = include_str!("examples/set_send_hwm.md")]
    pub fn set_send_hwm(&self, messages: usize) -> Result<(), HwmError> {
        self.inner.set_send_hwm(messages)
    }
}

/// The verbs of a socket that receives.
impl<T: Send + 'static, P: Receives<T>> Socket<T, P> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// `Empty`, `Disconnected`, or `Terminated`; the last two only when all is read.
    ///
    #[doc = include_str!("examples/try_recv.md")]
    pub fn try_recv(&mut self) -> Result<P::Received, RecvError> {
        self.inner.try_recv()
    }

    /// Receives, blocking until a message comes, or for the socket's receive time-out.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// `Disconnected` or `Terminated` when all is read; with a time-out set `TimedOut`, or `Empty` if it is
    /// `ZERO`.
    ///
    #[doc = include_str!("examples/recv.md")]
    pub fn recv(&mut self) -> Result<P::Received, RecvError> {
        match self.inner.take() {
            Some(message) => Ok(message),
            None => self.recv_slow(),
        }
    }

    /// There was nothing.
    #[cold]
    fn recv_slow(&mut self) -> Result<P::Received, RecvError> {
        match self.recv_timeout.get() {
            None => {
                self.note_waiter();
                block(self.inner.receiving())
            }
            Some(Duration::ZERO) => self.inner.try_recv(),
            Some(time) => self.wait_within(Limit::After(time)),
        }
    }

    /// Receives, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever. A message that is there is
    /// received although the time is over.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// `TimedOut`, `Disconnected`, `Terminated`.
    ///
    #[doc = include_str!("examples/recv_timeout.md")]
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<P::Received, RecvError> {
        self.recv_within(Limit::After(timeout))
    }

    /// Receives, blocking until `deadline` at most: a past one tries once.
    ///
    /// It blocks the calling thread; in a task, await [`recv_async`](Self::recv_async) instead.
    ///
    /// # Errors
    /// `TimedOut`, `Disconnected`, `Terminated`.
    ///
    #[doc = include_str!("examples/recv_deadline.md")]
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<P::Received, RecvError> {
        self.recv_within(Limit::At(deadline))
    }

    fn recv_within(&mut self, limit: Limit) -> Result<P::Received, RecvError> {
        match self.inner.take() {
            Some(message) => Ok(message),
            None => self.wait_within(limit),
        }
    }

    #[cold]
    fn wait_within(&mut self, limit: Limit) -> Result<P::Received, RecvError> {
        self.note_waiter();
        match block_until(self.inner.receiving(), limit) {
            Ok(received) => received,
            Err(_) => Err(RecvError::TimedOut),
        }
    }

    /// Returns the future of `recv` without a time-out, for an executor. Dropping it before it is
    /// ready takes nothing. In a loop it [yields](crate::channel#in-tasks).
    ///
    #[doc = include_str!("examples/recv_async.md")]
    pub fn recv_async(&mut self) -> impl Future<Output = Result<P::Received, RecvError>> + '_ {
        cooperative(self.inner.recv())
    }

    /// Returns `true` if a message can be received now: `try_recv` would return one. Moves nothing.
    ///
    /// # Errors
    /// Why none can be received, however long one waits.
    ///
    #[doc = include_str!("examples/can_recv.md")]
    pub fn can_recv(&mut self) -> Result<bool, RecvError> {
        self.inner.can_recv()
    }

    /// Sets how long `recv` blocks: `None` (the default) for ever, `ZERO` not at all.
    ///
    #[doc = include_str!("examples/set_recv_timeout.md")]
    pub fn set_recv_timeout(&self, timeout: Option<Duration>) {
        self.recv_timeout.set(timeout);
    }

    /// Sets how many messages this side adds to what a link made from now on may hold.
    ///
    /// # Errors
    /// [`HwmError`]; the old mark stays.
    ///
    #[doc = include_str!("examples/set_recv_hwm.md")]
    pub fn set_recv_hwm(&self, messages: usize) -> Result<(), HwmError> {
        self.inner.set_recv_hwm(messages)
    }
}

impl<T: Send + 'static, P: Pattern> Drop for Socket<T, P> {
    fn drop(&mut self) {
        self.wait_for_readers(false);
        self.wires.close();
        if !self.is_closed && self.observers.any() {
            self.closing(|socket| socket.inner.close_now());
        }
    }
}

impl<T: Send + 'static, P: Pattern> fmt::Debug for Socket<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
