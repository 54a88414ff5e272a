//! L8: sockets as sources of a poller. A look is that of the socket's owner, which the source
//! borrows for that; it waits in the socket's cell, as the owner does.

#![forbid(unsafe_code)]

use super::ready::Readiness;
use super::source::{Place, Readable, Source, Writable};
use crate::error::socket::{RecvError, SendReason};
use crate::socket::{Collect, Distribute, Identity, Pattern, Receives, SendsTo, Socket, WaitsTo};
use crate::wait::Phase;

impl<T, P: Pattern<Policy: Collect<T>>> Readable for Socket<'_, T, P> {
    fn can_read(&self, when: Phase) -> Readiness {
        let mut state = self.state.borrow_mut();
        state.note_wait(when, WaitsTo::Poll);
        match state.can_recv(&self.policy) {
            Ok(true) => Readiness::READABLE,
            Ok(false) | Err(RecvError::Empty | RecvError::TimedOut) => Readiness::NONE,
            Err(_) => Readiness::ENDED,
        }
    }
}

impl<T, P: Pattern<Policy: Distribute<T>>> Writable for Socket<'_, T, P> {
    fn can_write(&self, when: Phase) -> Readiness {
        let mut state = self.state.borrow_mut();
        state.note_wait(when, WaitsTo::Poll);
        match state.can_send(&self.policy) {
            Ok(true) => Readiness::WRITABLE,
            Ok(false) | Err(SendReason::Full | SendReason::TimedOut) => Readiness::NONE,
            Err(_) => Readiness::ENDED,
        }
    }
}

/// Sockets in a [`Poller`](crate::poll::Poller).
impl<T, P: Pattern> Socket<'_, T, P>
where
    Self: Send,
{
    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): readable while a
    /// message is there, ended when a receive would fail at once. A socket that takes turns is
    /// neither while it is the turn to send.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::Context;
    /// use gimmal_core::poll::Poller;
    /// use gimmal_core::wait::block_on;
    ///
    /// static CONTEXT: Context<u32, 4, 2, 4> = Context::new();
    ///
    /// let (mut jobs, mut answers) = (CONTEXT.pull().unwrap(), CONTEXT.push().unwrap());
    /// jobs.bind("inproc://jobs").unwrap();
    /// answers.bind("inproc://answers").unwrap();
    /// let (mut boss, _reader) = (CONTEXT.push().unwrap(), CONTEXT.pull().unwrap());
    /// boss.connect("inproc://jobs").unwrap();
    /// boss.try_send(1).unwrap();
    ///
    /// // Nobody reads the answers yet: a send would be refused.
    /// let ready = block_on(Poller::new([jobs.readable(), answers.writable()]).poll());
    /// assert!(ready.is_readable(0) && !ready.is_ready(1));
    /// ```
    #[inline]
    pub fn readable(&mut self) -> Source<'_>
    where
        P::Policy: Collect<T>,
    {
        Source::readable_mut(self, Self::place)
    }

    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): writable while a peer
    /// has room for a message, ended when a send would fail at once. A socket that takes turns is
    /// neither while it is the turn to receive.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, poll::Poller};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let (mut push, pull) = (context.push().unwrap(), context.pull().unwrap());
    /// pull.bind("inproc://jobs").unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// assert!(Poller::new([push.writable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn writable(&mut self) -> Source<'_>
    where
        P::Policy: Distribute<T>,
    {
        self.policy.look_for(None);
        Source::writable_mut(self, Self::place)
    }

    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller): writable while the peer
    /// with this identity has room for a message, ended when a send to it would fail at once, as when it
    /// is not there. ([`writable`](Socket::writable) of a Router is so while any peer has room.)
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, poll::Poller};
    ///
    /// let context = Context::<u32, 4, 4, 1>::new();
    /// let (mut router, dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// assert!(Poller::new([router.writable_to(dealer.identity())]).try_poll().is_writable(0));
    /// router.try_send_to(dealer.identity(), 7).unwrap();
    /// assert!(Poller::new([router.writable_to(dealer.identity())]).try_poll().is_empty());
    /// ```
    #[inline]
    pub fn writable_to(&mut self, to: Identity) -> Source<'_>
    where
        P: SendsTo<T>,
    {
        self.policy.look_for(Some(to));
        Source::writable_mut(self, Self::place)
    }

    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller) for both directions:
    /// [`is_readable`](crate::poll::Readiness::is_readable) and
    /// [`is_writable`](crate::poll::Readiness::is_writable) tell them apart. It has ended when one of
    /// them has; what is left is readable all the same.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, poll::Poller};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let (mut left, right) = (context.pair().unwrap(), context.pair().unwrap());
    /// left.bind("inproc://pair").unwrap();
    /// right.connect("inproc://pair").unwrap();
    /// let ready = Poller::new([left.readable_or_writable()]).try_poll();
    /// assert!(ready.is_writable(0) && !ready.is_readable(0));
    /// ```
    #[inline]
    pub fn readable_or_writable(&mut self) -> Source<'_>
    where
        P::Policy: Collect<T> + Distribute<T>,
    {
        self.policy.look_for(None);
        Source::both_mut(self, Self::place)
    }

    /// Returns the socket as a source of a [`Poller`](crate::poll::Poller) for receiving and for sending to the peer
    /// with this identity. When that peer goes, it has ended, whether others are there or not.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, poll::Poller};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let (mut router, mut dealer) = (context.router().unwrap(), context.dealer().unwrap());
    /// router.bind("inproc://router").unwrap();
    /// dealer.connect("inproc://router").unwrap();
    /// dealer.try_send(1).unwrap();
    /// let ready = Poller::new([router.readable_or_writable_to(dealer.identity())]).try_poll();
    /// assert!(ready.is_readable(0) && ready.is_writable(0));
    /// ```
    #[inline]
    pub fn readable_or_writable_to(&mut self, to: Identity) -> Source<'_>
    where
        P: SendsTo<T> + Receives<T>,
    {
        self.policy.look_for(Some(to));
        Source::both_mut(self, Self::place)
    }
}

impl<T, P: Pattern> Socket<'_, T, P> {
    /// Returns where changes of the socket and of its peers wake its owner: for a
    /// [`Source`] of your own that has the socket in it.
    pub fn place(&self) -> Place<'_> {
        Place::Cell(self.state.borrow().cell())
    }
}
