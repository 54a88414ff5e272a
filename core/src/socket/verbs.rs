//! L6: the public verbs of sockets, written once: a pattern is a name and a choice of these.

#![forbid(unsafe_code)]

/// The methods that every socket has, over its `base`.
macro_rules! common {
    ($socket:ident) => {
        impl<'c, T> $socket<'c, T> {
            pub(crate) fn new(base: $crate::socket::Base<'c, T>) -> Self {
                $socket {
                    base: core::cell::RefCell::new(base),
                }
            }

            /// Gives the socket a name, `inproc://` and 1 to 64 bytes; a socket may have many. Connects that wait for the
            /// name are linked at once, with what they have sent.
            ///
            /// # Errors
            /// [`EndpointError`](crate::error::socket::EndpointError); nothing has changed then.
            pub fn bind(&self, endpoint: &str) -> Result<(), crate::error::socket::EndpointError> {
                self.base.borrow_mut().bind(endpoint)
            }

            /// Takes a name from the socket. It is free at once; links made by it live on.
            ///
            /// # Errors
            /// `NotConnected` if this socket does not hold the name.
            pub fn unbind(
                &self,
                endpoint: &str,
            ) -> Result<(), crate::error::socket::EndpointError> {
                self.base.borrow_mut().unbind(endpoint)
            }

            /// Links the socket with the one that has bound the name, or will bind it. A connect is used up when its link
            /// ends; connecting twice makes two links.
            ///
            /// # Errors
            /// [`EndpointError`](crate::error::socket::EndpointError); nothing has changed then.
            pub fn connect(
                &self,
                endpoint: &str,
            ) -> Result<(), crate::error::socket::EndpointError> {
                self.base.borrow_mut().connect(endpoint)
            }

            /// Cuts the oldest link that `connect` with this name has made. What this socket sent can still be read;
            /// what was sent to it by that link and is unread is dropped.
            ///
            /// # Errors
            /// `NotConnected` if there is none.
            pub fn disconnect(
                &self,
                endpoint: &str,
            ) -> Result<(), crate::error::socket::EndpointError> {
                self.base.borrow_mut().disconnect(endpoint)
            }

            /// What the socket does when every peer has gone; the default is told by the module `socket`.
            pub fn set_when_alone(&self, what: $crate::socket::WhenAlone) {
                self.base.borrow_mut().set_when_alone(what);
            }

            /// Do not report `Disconnected` before `peers` peers have connected and gone away.
            pub fn expect_peers(&self, peers: usize) {
                self.base.borrow_mut().expect_peers(peers);
            }

            /// The index of its slot in the context.
            pub fn slot(&self) -> usize {
                self.base.borrow().slot()
            }

            /// What `close` does, for an owner that cannot part with the socket. Afterwards it sends, receives and links
            /// no more.
            pub fn close_now(&mut self) -> $crate::socket::CloseReport {
                self.base.get_mut().close()
            }

            /// Closes the socket: its slot, its names and the links in which nothing is left to read are free when this
            /// returns. What it has sent can still be read, what it has not read is dropped. Dropping the socket does the same.
            pub fn close(mut self) -> $crate::socket::CloseReport {
                self.base.get_mut().close()
            }

            /// The wait until everything is read that the socket has sent, for a caller that lingers in its own way.
            pub fn draining(
                &mut self,
            ) -> crate::wait::Wait<'c, crate::wait::WaitCell, $crate::socket::Draining<'_, 'c, T>>
            {
                self.base.get_mut().draining()
            }
        }

        impl<T> core::fmt::Debug for $socket<'_, T> {
            /// A message that is dropped while its socket is at work may look at that socket: it sees no more than that.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut shown = f.debug_tuple(stringify!($socket));
                match self.base.try_borrow() {
                    Ok(base) => shown.field(&*base),
                    Err(_) => shown.field(&format_args!("<at work>")),
                };
                shown.finish()
            }
        }
    };
}
pub(crate) use common;

/// The methods of a socket that sends.
macro_rules! sends {
    ($socket:ident) => {
        impl<'c, T> $socket<'c, T> {
            /// Sends without waiting.
            ///
            /// # Errors
            /// [`SendError`](crate::error::socket::SendError) gives the message back: `Full`, `Disconnected`, `Terminated`.
            #[inline]
            pub fn try_send(&mut self, value: T) -> Result<(), crate::error::socket::SendError<T>> {
                self.base.get_mut().try_send(value)
            }

            /// Sends, waiting for a peer with room.
            ///
            /// # Errors
            /// [`SendError`](crate::error::socket::SendError) gives the message back: `Disconnected`, `Terminated`.
            ///
            /// # Cancel safety
            /// A future dropped before it is ready has not sent, and drops the message;
            /// [`Until::cancel`](crate::wait::Until::cancel) gives it back.
            pub fn send(
                &mut self,
                value: T,
            ) -> crate::wait::Until<'c, crate::wait::WaitCell, $crate::socket::Sending<'_, 'c, T>>
            {
                core::future::IntoFuture::into_future(self.sending(value))
            }

            /// The wait of `send`, for a caller that blocks in its own way.
            #[inline(always)]
            pub fn sending(
                &mut self,
                value: T,
            ) -> crate::wait::Wait<'c, crate::wait::WaitCell, $crate::socket::Sending<'_, 'c, T>>
            {
                self.base.get_mut().sending(value)
            }

            /// How many messages this side adds to what a link made from now on may hold.
            ///
            /// # Errors
            /// [`HwmError`](crate::error::socket::HwmError); the old mark stays.
            pub fn set_send_hwm(
                &self,
                messages: usize,
            ) -> Result<(), crate::error::socket::HwmError> {
                self.base.borrow_mut().set_send_hwm(messages)
            }
        }
    };
}
pub(crate) use sends;

/// The methods of a socket that receives.
macro_rules! receives {
    ($socket:ident) => {
        impl<'c, T> $socket<'c, T> {
            /// Receives without waiting.
            ///
            /// # Errors
            /// `Empty`, `Disconnected`, or `Terminated`; the last two only when all is read.
            #[inline]
            pub fn try_recv(&mut self) -> Result<T, crate::error::socket::RecvError> {
                self.base.get_mut().try_recv()
            }

            /// Receives, waiting for a message.
            ///
            /// # Errors
            /// `Disconnected` or `Terminated`, when all is read.
            ///
            /// # Cancel safety
            /// A future dropped before it is ready has taken nothing.
            pub fn recv(
                &mut self,
            ) -> crate::wait::Until<'c, crate::wait::WaitCell, $crate::socket::Receiving<'_, 'c, T>>
            {
                core::future::IntoFuture::into_future(self.receiving())
            }

            /// The wait of `recv`, for a caller that blocks in its own way.
            #[inline(always)]
            pub fn receiving(
                &mut self,
            ) -> crate::wait::Wait<'c, crate::wait::WaitCell, $crate::socket::Receiving<'_, 'c, T>>
            {
                self.base.get_mut().receiving()
            }

            /// How many messages this side adds to what a link made from now on may hold.
            ///
            /// # Errors
            /// [`HwmError`](crate::error::socket::HwmError); the old mark stays.
            pub fn set_recv_hwm(
                &self,
                messages: usize,
            ) -> Result<(), crate::error::socket::HwmError> {
                self.base.borrow_mut().set_recv_hwm(messages)
            }
        }
    };
}
pub(crate) use receives;
