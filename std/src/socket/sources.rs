//! Sockets in a poller and in a select.

#![forbid(unsafe_code)]

use gimmal_core::poll::Source;
use gimmal_core::socket::{
    self as core, CanSend, Identity, Receives, Receiving, Sending, Sends, SendsTo,
};
use gimmal_core::wait::{Wait, WaitCell};

use super::socket::Socket;

/// Sending in a [`Poller`](crate::poll::Poller).
impl<T: Send + 'static, P: CanSend<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): writable while a peer
    /// has room for a message, ended when a send would fail at once. A socket that takes turns is
    /// neither while it is the turn to receive.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::Poller};
    ///
    /// let context = Context::<u32>::typed();
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// push.bind("inproc://jobs").unwrap();
    /// assert!(Poller::new([push.writable()]).try_poll().is_empty()); // there is no peer
    /// pull.connect("inproc://jobs").unwrap();
    /// assert!(Poller::new([push.writable()]).poll().is_writable(0));
    /// # drop(pull);
    /// ```
    pub fn writable(&mut self) -> Source<'_> {
        self.inner.writable()
    }
}

/// Sending to the peer that is named, in a [`Poller`](crate::poll::Poller) and in a
/// [`select`](crate::poll::select()).
impl<T: Send + 'static, P: SendsTo<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): writable while the peer
    /// with this identity has room for a message, ended when a send to it would fail at once, as when it
    /// is not there. ([`writable`](Socket::writable) of a Router is so while any peer has room, so that
    /// [`try_send_to`](Socket::try_send_to) may still say `Full`.)
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::Poller};
    ///
    /// let context = Context::builder().hwm(1, 1).build();
    /// let (mut router, dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// let worker = dealer.identity();
    /// while Poller::new([router.writable_to(worker)]).try_poll().is_writable(0) {
    ///     router.try_send_to(worker, "a job").unwrap(); // never full
    /// }
    /// assert_eq!(router.can_send_to(worker), Ok(false));
    /// ```
    pub fn writable_to(&mut self, to: Identity) -> Source<'_> {
        self.inner.writable_to(to)
    }

    /// Returns the wait of [`send_to`](Socket::send_to) without a time-out, which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::select, sync::Event};
    ///
    /// let (context, stop) = (Context::new(), Event::new());
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// select((router.sending_to(dealer.identity(), "job"), stop.waiting())).wait();
    /// assert_eq!(dealer.recv().unwrap(), "job");
    /// ```
    pub fn sending_to(
        &mut self,
        to: Identity,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Wait<'_, WaitCell, Sending<'_, 'static, T, P>> {
        self.inner.sending_to(to, message.into())
    }
}

/// Receiving, and sending to the peer that is named, in a [`Poller`](crate::poll::Poller).
impl<T: Send + 'static, P: SendsTo<T> + Receives<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller) for receiving and for sending to the
    /// peer with this identity. When that peer goes, it has ended, whether others are there or not.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::Poller};
    ///
    /// let context = Context::new();
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// dealer.send("ready").unwrap();
    /// let ready = Poller::new([router.readable_or_writable_to(dealer.identity())]).poll();
    /// assert!(ready.is_readable(0) && ready.is_writable(0));
    /// ```
    pub fn readable_or_writable_to(&mut self, to: Identity) -> Source<'_> {
        self.inner.readable_or_writable_to(to)
    }
}

/// Sending in a [`select`](crate::poll::select()).
impl<T: Send + 'static, P: Sends<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the wait of [`send`](Socket::send) without a time-out, which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::select, sync::Event};
    ///
    /// let (context, stop) = (Context::new(), Event::new());
    /// let (mut push, mut pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// select((push.sending("job"), stop.waiting())).wait();
    /// assert_eq!(pull.recv().unwrap(), "job");
    /// ```
    pub fn sending(
        &mut self,
        message: impl Into<T>, // borrowed bytes are copied first: `Message::copy_of(&bytes)`
    ) -> Wait<'_, WaitCell, Sending<'_, 'static, T, P>> {
        self.inner.sending(message.into())
    }
}

/// Receiving in a [`Poller`](crate::poll::Poller), and in a [`select`](crate::poll::select()).
impl<T: Send + 'static, P: Receives<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): readable while a
    /// message is there, ended when a receive would fail at once. A socket that takes turns is
    /// neither while it is the turn to send.
    pub fn readable(&mut self) -> Source<'_> {
        self.inner.readable()
    }

    /// Returns the wait of [`recv`](Socket::recv) without a time-out, which has not begun: for
    /// [`select`](crate::poll::select()) and for [`wait`](crate::wait).
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::select, sync::Event};
    ///
    /// let (context, stop) = (Context::new(), Event::new());
    /// let mut pull = context.pull().unwrap();
    /// pull.bind("inproc://jobs").unwrap();
    /// stop.set();
    /// assert_eq!(select((pull.receiving(), stop.waiting())).wait().index(), 1);
    /// ```
    pub fn receiving(&mut self) -> Wait<'_, WaitCell, Receiving<'_, 'static, T, P>> {
        self.inner.receiving()
    }
}

/// Both directions in a [`Poller`](crate::poll::Poller).
impl<T: Send + 'static, P: Sends<T> + Receives<T>> Socket<T, P>
where
    core::Socket<'static, T, P>: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller) for both directions:
    /// [`is_readable`](crate::poll::Readiness::is_readable) and
    /// [`is_writable`](crate::poll::Readiness::is_writable) tell them apart. It has ended when one of
    /// them has; what is left is readable all the same.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{Context, poll::Poller};
    ///
    /// let context = Context::new();
    /// let (mut left, right) = (context.pair().unwrap(), context.pair().unwrap());
    /// left.bind("inproc://pair").unwrap();
    /// right.connect("inproc://pair").unwrap();
    /// let ready = Poller::new([left.readable_or_writable()]).poll();
    /// assert!(ready.is_writable(0) && !ready.is_readable(0));
    /// ```
    pub fn readable_or_writable(&mut self) -> Source<'_> {
        self.inner.readable_or_writable()
    }
}
