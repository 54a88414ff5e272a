//! The verbs of the facade's sockets, written once: a pattern is a name and a choice of these.

#![forbid(unsafe_code)]

/// What every socket offers, over its `held` and `linger`.
macro_rules! common {
    ($socket:ident) => {
        impl<T: Send + 'static> $socket<T> {
            /// Gives the socket a name, `inproc://` and 1 to 64 bytes; a socket may have many. Connects that wait for the
            /// name are linked at once, with what they have sent.
            ///
            /// # Errors
            /// [`EndpointError`](crate::socket::EndpointError); nothing has changed then.
            pub fn bind(&self, endpoint: &str) -> Result<(), crate::socket::EndpointError> {
                self.held.bind(endpoint)
            }

            /// Takes a name from the socket. It is free at once; links made by it live on.
            ///
            /// # Errors
            /// `NotConnected` if this socket does not hold the name.
            pub fn unbind(&self, endpoint: &str) -> Result<(), crate::socket::EndpointError> {
                self.held.unbind(endpoint)
            }

            /// Links the socket with the one that has bound the name, or will bind it. A connect is used up when its link
            /// ends; connecting twice makes two links.
            ///
            /// # Errors
            /// [`EndpointError`](crate::socket::EndpointError); nothing has changed then.
            pub fn connect(&self, endpoint: &str) -> Result<(), crate::socket::EndpointError> {
                self.held.connect(endpoint)
            }

            /// Cuts the oldest link that `connect` with this name has made. What this socket sent can still be read; what
            /// was sent to it by that link and is unread is dropped.
            ///
            /// # Errors
            /// `NotConnected` if there is none.
            pub fn disconnect(&self, endpoint: &str) -> Result<(), crate::socket::EndpointError> {
                self.held.disconnect(endpoint)
            }

            /// What the socket does when every peer has gone. The default: a socket that holds a bound name waits for new
            /// ones, any other says `Disconnected` once it has had a peer and all is read.
            pub fn set_when_alone(&self, what: crate::socket::WhenAlone) {
                self.held.set_when_alone(what);
            }

            /// Do not report `Disconnected` before `peers` peers have connected and gone away.
            pub fn expect_peers(&self, peers: usize) {
                self.held.expect_peers(peers);
            }

            /// How long closing waits for peers to read what was sent: `None` for ever, `ZERO` (the default) not at all.
            /// A socket that is dropped lingers as long, but never for ever: `None` counts as `ZERO` there. The wait is over
            /// as soon as all is read, no peer is left, or the context is shut down.
            pub fn set_linger(&self, linger: Option<std::time::Duration>) {
                self.linger.set(linger);
            }

            /// Closes the socket, after its linger. Its slot, its names and the links in which nothing is left to read are
            /// free when this returns. What it has sent can still be read, by its peers or by whoever binds the name that it
            /// was sent to; what it has not read is dropped. The report counts both.
            pub fn close(mut self) -> crate::socket::CloseReport {
                self.wait_for_readers(true);
                self.held.close_now()
            }

            /// Lingers; in a drop only for a bounded time.
            fn wait_for_readers(&mut self, for_ever: bool) {
                let limit = match self.linger.get() {
                    Some(std::time::Duration::ZERO) => return,
                    Some(linger) => crate::block::Limit::After(linger),
                    None if for_ever => crate::block::Limit::None,
                    None => return,
                };
                // Ready or not: the report says what was left.
                let _ = crate::block::block_until(self.held.draining(), limit);
                self.linger.set(Some(std::time::Duration::ZERO));
            }
        }

        impl<T: Send + 'static> Drop for $socket<T> {
            fn drop(&mut self) {
                self.wait_for_readers(false);
            }
        }

        impl<T: Send + 'static> std::fmt::Debug for $socket<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&*self.held, f)
            }
        }
    };
}
pub(super) use common;

/// What a socket that sends offers, over its `held` and `send_timeout`.
macro_rules! sends {
    ($socket:ident, $pattern:ident) => {
        impl<T: Send + 'static> $socket<T> {
            /// Sends without waiting.
            ///
            /// # Errors
            /// [`SendError`](crate::socket::SendError) gives the message back: `Full`, `Disconnected`, `Terminated`.
            pub fn try_send(
                &mut self,
                message: impl Into<T>,
            ) -> Result<(), crate::socket::SendError<T>> {
                self.held.try_send(message.into())
            }

            /// Sends, blocking until a peer has room, or for the socket's send time-out.
            ///
            /// # Errors
            /// [`SendError`](crate::socket::SendError) gives the message back: `Disconnected`, `Terminated`; with a
            /// time-out set `TimedOut`, or `Full` if it is `ZERO`.
            pub fn send(
                &mut self,
                message: impl Into<T>,
            ) -> Result<(), crate::socket::SendError<T>> {
                match self.send_timeout.get() {
                    None => crate::block::block(self.held.sending(message.into())),
                    Some(std::time::Duration::ZERO) => self.try_send(message),
                    Some(time) => {
                        self.send_within(message.into(), crate::block::Limit::After(time))
                    }
                }
            }

            /// Sends, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
            ///
            /// # Errors
            /// [`SendError`](crate::socket::SendError) gives the message back, with `TimedOut` when the time is over.
            pub fn send_timeout(
                &mut self,
                message: impl Into<T>,
                timeout: std::time::Duration,
            ) -> Result<(), crate::socket::SendError<T>> {
                self.send_within(message.into(), crate::block::Limit::After(timeout))
            }

            /// Sends, blocking until `deadline` at most: a past one tries once.
            ///
            /// # Errors
            /// [`SendError`](crate::socket::SendError) gives the message back, with `TimedOut` when the time is over.
            pub fn send_deadline(
                &mut self,
                message: impl Into<T>,
                deadline: std::time::Instant,
            ) -> Result<(), crate::socket::SendError<T>> {
                self.send_within(message.into(), crate::block::Limit::At(deadline))
            }

            fn send_within(
                &mut self,
                message: T,
                limit: crate::block::Limit,
            ) -> Result<(), crate::socket::SendError<T>> {
                match crate::block::block_until(self.held.sending(message), limit) {
                    Ok(sent) => sent,
                    Err(attempt) => Err(crate::socket::SendError {
                        reason: crate::socket::SendReason::TimedOut,
                        value: attempt.into_inner(),
                    }),
                }
            }

            /// The future of `send` without a time-out, for an executor. Dropping it before it is ready drops the
            /// message, unsent.
            pub fn send_async(
                &mut self,
                message: impl Into<T>,
            ) -> gimmal_core::wait::Until<
                '_,
                gimmal_core::wait::WaitCell,
                gimmal_core::socket::Sending<'_, 'static, T, gimmal_core::socket::$pattern>,
            > {
                self.held.send(message.into())
            }

            /// How long `send` blocks: `None` (the default) for ever, `ZERO` not at all.
            pub fn set_send_timeout(&self, timeout: Option<std::time::Duration>) {
                self.send_timeout.set(timeout);
            }

            /// How many messages this side adds to what a link made from now on may hold.
            ///
            /// # Errors
            /// [`HwmError`](crate::socket::HwmError); the old mark stays.
            pub fn set_send_hwm(&self, messages: usize) -> Result<(), crate::socket::HwmError> {
                self.held.set_send_hwm(messages)
            }
        }
    };
}
pub(super) use sends;

/// What a socket that receives offers, over its `held` and `recv_timeout`.
macro_rules! receives {
    ($socket:ident, $pattern:ident) => {
        impl<T: Send + 'static> $socket<T> {
            /// Receives without waiting.
            ///
            /// # Errors
            /// `Empty`, `Disconnected`, or `Terminated`; the last two only when all is read.
            pub fn try_recv(&mut self) -> Result<T, crate::socket::RecvError> {
                self.held.try_recv()
            }

            /// Receives, blocking until a message comes, or for the socket's receive time-out.
            ///
            /// # Errors
            /// `Disconnected` or `Terminated` when all is read; with a time-out set `TimedOut`, or `Empty` if it is
            /// `ZERO`.
            pub fn recv(&mut self) -> Result<T, crate::socket::RecvError> {
                match self.recv_timeout.get() {
                    None => crate::block::block(self.held.receiving()),
                    Some(std::time::Duration::ZERO) => self.try_recv(),
                    Some(time) => self.recv_within(crate::block::Limit::After(time)),
                }
            }

            /// Receives, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever. A message that is there is
            /// received although the time is over.
            ///
            /// # Errors
            /// `TimedOut`, `Disconnected`, `Terminated`.
            pub fn recv_timeout(
                &mut self,
                timeout: std::time::Duration,
            ) -> Result<T, crate::socket::RecvError> {
                self.recv_within(crate::block::Limit::After(timeout))
            }

            /// Receives, blocking until `deadline` at most: a past one tries once.
            ///
            /// # Errors
            /// `TimedOut`, `Disconnected`, `Terminated`.
            pub fn recv_deadline(
                &mut self,
                deadline: std::time::Instant,
            ) -> Result<T, crate::socket::RecvError> {
                self.recv_within(crate::block::Limit::At(deadline))
            }

            fn recv_within(
                &mut self,
                limit: crate::block::Limit,
            ) -> Result<T, crate::socket::RecvError> {
                match crate::block::block_until(self.held.receiving(), limit) {
                    Ok(received) => received,
                    Err(_) => Err(crate::socket::RecvError::TimedOut),
                }
            }

            /// The future of `recv` without a time-out, for an executor. Dropping it before it is ready takes nothing.
            pub fn recv_async(
                &mut self,
            ) -> gimmal_core::wait::Until<
                '_,
                gimmal_core::wait::WaitCell,
                gimmal_core::socket::Receiving<'_, 'static, T, gimmal_core::socket::$pattern>,
            > {
                self.held.recv()
            }

            /// How long `recv` blocks: `None` (the default) for ever, `ZERO` not at all.
            pub fn set_recv_timeout(&self, timeout: Option<std::time::Duration>) {
                self.recv_timeout.set(timeout);
            }

            /// How many messages this side adds to what a link made from now on may hold.
            ///
            /// # Errors
            /// [`HwmError`](crate::socket::HwmError); the old mark stays.
            pub fn set_recv_hwm(&self, messages: usize) -> Result<(), crate::socket::HwmError> {
                self.held.set_recv_hwm(messages)
            }
        }
    };
}
pub(super) use receives;
