//! L6: the waits of a socket, as operations, and the verbs that wait. Each waits in the socket's cell.

#![forbid(unsafe_code)]

use core::future::IntoFuture;
use core::task::Poll;

use super::identity::Identity;
use super::pattern::{Pattern, Receives, Sends, SendsTo};
use super::policy::{Collect, Distribute};
use super::socket::Socket;
use super::state::State;
use super::traffic::WaitsTo;
use crate::error::socket::{RecvError, SendError, SendReason};
use crate::panic_without_fmt::some_or_panic;
use crate::wait::{Operation, Phase, Until, Wait, WaitCell};

/// The operation of a socket's `send`.
pub struct Sending<'s, 'c, T, P: Pattern<Policy: Distribute<T>>> {
    socket: &'s mut Socket<'c, T, P>,
    item: Option<<P::Policy as Distribute<T>>::Item>,
}

impl<'s, 'c, T, P: Pattern<Policy: Distribute<T>>> Sending<'s, 'c, T, P> {
    #[inline(always)]
    pub(crate) fn new(
        socket: &'s mut Socket<'c, T, P>,
        item: <P::Policy as Distribute<T>>::Item,
    ) -> Self {
        Sending {
            socket,
            item: Some(item),
        }
    }

    /// Returns the message that was not sent.
    ///
    /// # Panics
    /// If it was sent.
    ///
    /// # Examples
    /// ```
    /// use core::pin::pin;
    ///
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let mut push = context.push().unwrap();
    /// push.bind("inproc://jobs").unwrap();
    /// let sending = pin!(push.send(7)); // nobody is there
    /// assert_eq!(sending.cancel().map(drop).unwrap_err().into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        P::Policy::message(some_or_panic!(self.item, "the message was sent"))
    }
}

impl<T, P: Pattern<Policy: Distribute<T>>> Operation for Sending<'_, '_, T, P> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn try_once(&mut self, when: Phase) -> Poll<Self::Output> {
        self.socket.state.get_mut().note_wait(when, WaitsTo::Send);
        let item = some_or_panic!(self.item.take(), "sent once");
        match self.socket.try_send_item(item) {
            Err(SendError {
                reason: SendReason::Full,
                value,
            }) => {
                self.item = Some(value);
                Poll::Pending
            }
            done => Poll::Ready(done.map_err(|error| error.map(P::Policy::message))),
        }
    }

    fn spin_hint(&self) -> usize {
        self.socket.state.borrow_mut().spin_hint_out()
    }

    fn passed(&self) -> Option<usize> {
        self.socket.state.borrow_mut().passed_out()
    }
}

/// The operation of a socket's `recv`.
#[doc(hidden)]
pub struct Receiving<'s, 'c, T, P: Pattern> {
    socket: &'s mut Socket<'c, T, P>,
}

impl<'s, 'c, T, P: Pattern> Receiving<'s, 'c, T, P> {
    pub(crate) fn new(socket: &'s mut Socket<'c, T, P>) -> Self {
        Receiving { socket }
    }
}

impl<T, P: Pattern<Policy: Collect<T>>> Operation for Receiving<'_, '_, T, P> {
    type Output = Result<<P::Policy as Collect<T>>::Item, RecvError>;

    #[inline]
    fn try_once(&mut self, when: Phase) -> Poll<Self::Output> {
        self.socket
            .state
            .get_mut()
            .note_wait(when, WaitsTo::Receive);
        match self.socket.try_recv_item() {
            Err(RecvError::Empty) => Poll::Pending,
            done => Poll::Ready(done),
        }
    }

    fn spin_hint(&self) -> usize {
        self.socket.state.borrow_mut().spin_hint_in()
    }

    fn passed(&self) -> Option<usize> {
        self.socket.state.borrow_mut().passed_in()
    }
}

/// The operation of seeing everything read that a socket has sent: what lingering waits for. It is ready also when no peer is left
/// to read it, and when the context is shut down.
#[doc(hidden)]
pub struct Draining<'s, 'c, T> {
    state: &'s mut State<'c, T>,
}

impl<'s, 'c, T> Draining<'s, 'c, T> {
    pub(crate) fn new(state: &'s mut State<'c, T>) -> Self {
        Draining { state }
    }
}

impl<T> Operation for Draining<'_, '_, T> {
    type Output = ();

    fn try_once(&mut self, when: Phase) -> Poll<()> {
        self.state.note_wait(when, WaitsTo::Close);
        if self.state.is_drained() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl<'c, T, P: Pattern> Socket<'c, T, P> {
    /// Sends, waiting for a peer with room.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Disconnected`, `Terminated`.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has not sent, and drops the message; [`Until::cancel`] gives it back.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.send(7).await.unwrap();
    /// assert_eq!(pull.recv().await, Ok(7));
    /// # });
    /// ```
    pub fn send(&mut self, value: T) -> Until<'c, WaitCell, Sending<'_, 'c, T, P>>
    where
        P: Sends<T>,
    {
        self.sending(value).into_future()
    }

    /// Returns the wait of `send`, for a caller that blocks in its own way.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::{Context, poll::select, sync::Event};
    ///
    /// let (context, stop) = (Context::<u32, 4, 4, 8>::new(), Event::new());
    /// let mut push = context.push().unwrap();
    /// push.bind("inproc://jobs").unwrap();
    /// stop.set();
    /// assert_eq!(select((push.sending(7), stop.waiting())).await.index(), 1);
    /// # });
    /// ```
    #[inline(always)]
    pub fn sending(&mut self, value: T) -> Wait<'c, WaitCell, Sending<'_, 'c, T, P>>
    where
        P: Sends<T>,
    {
        Wait::new(self.state.get_mut().cell(), Sending::new(self, value))
    }

    /// Sends to the peer with this identity, waiting while it has no room.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Unreachable` if no such peer is there, or when it goes
    /// while this waits; `Terminated`.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has not sent, and drops the message; [`Until::cancel`]
    /// gives it back.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// router.send_to(dealer.identity(), 7).await.unwrap();
    /// assert_eq!(dealer.recv().await, Ok(7));
    /// # });
    /// ```
    pub fn send_to(&mut self, to: Identity, value: T) -> Until<'c, WaitCell, Sending<'_, 'c, T, P>>
    where
        P: SendsTo<T>,
    {
        self.sending_to(to, value).into_future()
    }

    /// Returns the wait of `send_to`, for a caller that blocks in its own way.
    #[inline(always)]
    pub fn sending_to(
        &mut self,
        to: Identity,
        value: T,
    ) -> Wait<'c, WaitCell, Sending<'_, 'c, T, P>>
    where
        P: SendsTo<T>,
    {
        Wait::new(self.state.get_mut().cell(), Sending::new(self, (to, value)))
    }

    /// Receives, waiting for a message.
    ///
    /// # Errors
    /// `Disconnected` or `Terminated`, when all is read.
    ///
    /// # Cancel safety
    /// A future dropped before it is ready has taken nothing.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.try_send(7).unwrap();
    /// assert_eq!(pull.recv().await, Ok(7));
    /// # });
    /// ```
    pub fn recv(&mut self) -> Until<'c, WaitCell, Receiving<'_, 'c, T, P>>
    where
        P: Receives<T>,
    {
        self.receiving().into_future()
    }

    /// Returns the wait of `recv`, for a caller that blocks in its own way.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// use gimmal_core::{Context, poll::select, sync::Event};
    ///
    /// let (context, stop) = (Context::<u32, 4, 4, 8>::new(), Event::new());
    /// let mut pull = context.pull().unwrap();
    /// stop.set();
    /// assert_eq!(select((pull.receiving(), stop.waiting())).await.index(), 1);
    /// # });
    /// ```
    #[inline(always)]
    pub fn receiving(&mut self) -> Wait<'c, WaitCell, Receiving<'_, 'c, T, P>>
    where
        P: Receives<T>,
    {
        Wait::new(self.state.get_mut().cell(), Receiving::new(self))
    }

    /// Returns the wait until everything is read that the socket has sent, for a caller that
    /// lingers in its own way.
    pub fn draining(&mut self) -> Wait<'c, WaitCell, Draining<'_, 'c, T>> {
        let state = self.state.get_mut();
        Wait::new(state.cell(), Draining::new(state))
    }
}
