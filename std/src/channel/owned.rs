//! Futures that own the end of a channel, for tasks that are spawned.

#![forbid(unsafe_code)]

use gimmal_core::error::{Closed, SendError};

use super::mpmc::{Receiver, Sender};
use super::spsc;
use crate::cooperate::cooperative;

/// The same for the ends of both channels; their pages differ in how an end is made.
macro_rules! owned {
    ($sender:ty, $receiver:ty, $channel:literal) => {
        impl<T: Send + 'static> $sender {
            /// Returns the future of `send`, which owns the end, and returns it with the result: for
            /// `tokio::spawn` and other calls that take a future without borrows.
            ///
            /// # Errors
            /// [`SendError`] returns the value: the channel is closed.
            ///
            /// # Cancel safety
            /// Dropping the future drops the end, and the value with it, unsent, unless the future
            /// has been ready. If the future had been woken, that wakes the next waiting sender.
            ///
            /// # Examples
            /// ```
            /// # let mut runtime = tokio::runtime::Builder::new_current_thread();
            /// # runtime.build().unwrap().block_on(async {
            #[doc = concat!("let (sender, receiver) = gimmal::", $channel, "(1);")]
            /// let sending = tokio::spawn(sender.into_send_async("message"));
            /// let (_receiver, got) = receiver.into_recv_async().await;
            /// assert_eq!(got, Ok("message"));
            /// let (_sender, sent) = sending.await.unwrap();
            /// assert_eq!(sent, Ok(()));
            /// # });
            /// ```
            pub fn into_send_async(
                mut self,
                value: T,
            ) -> impl Future<Output = (Self, Result<(), SendError<T>>)> + Send + 'static {
                cooperative(async move {
                    let end = &mut self;
                    let sent = end.sending(value).await;
                    (self, sent)
                })
            }
        }

        impl<T: Send + 'static> $receiver {
            /// Returns the future of `recv`, which owns the end, and returns it with the result: for
            /// `tokio::spawn` and other calls that take a future without borrows.
            ///
            /// # Errors
            /// [`Closed`]: the channel is closed, and everything that was sent has been received.
            ///
            /// # Cancel safety
            /// Dropping the future before it is ready takes no message, and drops the end. If the
            /// future had been woken, that wakes the next waiting receiver.
            ///
            /// # Examples
            /// ```
            /// # let mut runtime = tokio::runtime::Builder::new_current_thread();
            /// # runtime.build().unwrap().block_on(async {
            #[doc = concat!("let (sender, receiver) = gimmal::", $channel, "(1);")]
            /// let receiving = tokio::spawn(receiver.into_recv_async());
            /// let (_sender, sent) = sender.into_send_async("message").await;
            /// assert_eq!(sent, Ok(()));
            /// let (_receiver, got) = receiving.await.unwrap();
            /// assert_eq!(got, Ok("message"));
            /// # });
            /// ```
            pub fn into_recv_async(
                mut self,
            ) -> impl Future<Output = (Self, Result<T, Closed>)> + Send + 'static {
                cooperative(async move {
                    let end = &mut self;
                    let got = end.receiving().await;
                    (self, got)
                })
            }
        }
    };
}

owned!(Sender<T>, Receiver<T>, "channel::bounded");
owned!(spsc::Sender<T>, spsc::Receiver<T>, "channel::spsc::bounded");
