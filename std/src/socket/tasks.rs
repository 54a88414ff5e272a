//! Futures that own their socket, for tasks that are spawned.

#![forbid(unsafe_code)]

use gimmal_core::error::socket::{RecvError, SendError};
use gimmal_core::socket::{self as core, Identity, Receives, Sends, SendsTo};

use super::socket::Socket;
use crate::cooperate::cooperative;

/// Sending in a task that owns the socket.
impl<T: Send + 'static, P: Sends<T>> Socket<T, P>
where
    for<'c> core::Socket<'c, T, P>: Send,
{
    /// Returns the future of [`send`](Socket::send) without a time-out, which owns the socket, and
    /// returns it with the result: for `tokio::spawn` and other calls that take a future without
    /// borrows.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Disconnected`, `Terminated`.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the message, unsent, and closes the socket.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Context;
    ///
    /// # let mut runtime = tokio::runtime::Builder::new_current_thread();
    /// # runtime.build().unwrap().block_on(async {
    /// let context = Context::<u32>::typed();
    /// let (push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// push.bind("inproc://jobs").unwrap();
    /// pull.connect("inproc://jobs").unwrap();
    /// let sending = tokio::spawn(push.into_send_async(7_u32));
    /// let (_pull, got) = pull.into_recv_async().await;
    /// assert_eq!(got, Ok(7));
    /// let (_push, sent) = sending.await.unwrap();
    /// assert_eq!(sent, Ok(()));
    /// # });
    /// ```
    pub fn into_send_async(
        mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> impl Future<Output = (Self, Result<(), SendError<T>>)> + Send + 'static {
        let message = message.into();
        cooperative(async move {
            let sent = self.inner.sending(message).await;
            (self, sent)
        })
    }
}

/// Sending to a peer in a task that owns the socket.
impl<T: Send + 'static, P: SendsTo<T>> Socket<T, P>
where
    for<'c> core::Socket<'c, T, P>: Send,
{
    /// Returns the future of [`send_to`](Socket::send_to) without a time-out, which owns the
    /// socket, and returns it with the result.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: `Unreachable` if no such peer is there, or when it goes
    /// meanwhile; `Terminated`.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready drops the message, unsent, and closes the socket.
    pub fn into_send_to_async(
        mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> impl Future<Output = (Self, Result<(), SendError<T>>)> + Send + 'static {
        let message = message.into();
        cooperative(async move {
            let sent = self.inner.sending_to(to, message).await;
            (self, sent)
        })
    }
}

/// Receiving in a task that owns the socket.
impl<T: Send + 'static, P: Receives<T>> Socket<T, P>
where
    for<'c> core::Socket<'c, T, P>: Send,
{
    /// Returns the future of [`recv`](Socket::recv) without a time-out, which owns the socket, and
    /// returns it with the result: for `tokio::spawn` and other calls that take a future without
    /// borrows.
    ///
    /// # Errors
    /// `Disconnected` or `Terminated` when all is read.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready takes no message, and closes the socket, which drops
    /// what it has not read.
    ///
    /// # Examples
    /// See [`into_send_async`](Socket::into_send_async).
    #[allow(
        clippy::manual_async_fn,
        reason = "the signature promises `Send` and no borrow"
    )]
    pub fn into_recv_async(
        mut self,
    ) -> impl Future<Output = (Self, Result<P::Received, RecvError>)> + Send + 'static {
        cooperative(async move {
            let got = self.inner.receiving().await;
            (self, got)
        })
    }
}
