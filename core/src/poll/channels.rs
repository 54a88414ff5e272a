//! L8: channels and events as sources of a poller.

#![forbid(unsafe_code)]

use super::ready::Readiness;
use super::source::{Place, Readable, Source, Writable};
use crate::channel::{mpmc, spsc};
use crate::ring::{Nothing, Refused, SharedRing, Slot, Storage};
use crate::sync::Event;
use crate::wait::Phase;

impl<R: SharedRing + ?Sized> Readable for mpmc::ChannelOf<R> {
    fn can_read(&self, _when: Phase) -> Readiness {
        match self.ring.can_take() {
            Ok(()) => Readiness::READABLE,
            Err(Nothing::Closed) => Readiness::ENDED,
            Err(Nothing::Empty | Nothing::Busy) => Readiness::NONE,
        }
    }
}

impl<R: SharedRing + ?Sized> Writable for mpmc::ChannelOf<R> {
    fn can_write(&self, _when: Phase) -> Readiness {
        match self.ring.can_put() {
            Ok(()) => Readiness::WRITABLE,
            Err(Refused::Closed) => Readiness::ENDED,
            Err(Refused::Full | Refused::Busy) => Readiness::NONE,
        }
    }
}

impl<R: SharedRing + Sync> mpmc::ChannelOf<R> {
    /// Returns the channel as a source of a [`Poller`](crate::poll::Poller): readable while there
    /// is a message, ended when the channel is closed and read to the end.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    ///
    /// let channel = Channel::<u8, 1>::new();
    /// channel.try_send(7).unwrap();
    /// assert!(Poller::new([channel.readable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn readable(&self) -> Source<'_> {
        Source::readable(self, self.receivers())
    }

    /// Returns the channel as a source of a [`Poller`](crate::poll::Poller): writable while there
    /// is room, ended when the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    ///
    /// let channel = Channel::<u8, 1>::new();
    /// assert!(Poller::new([channel.writable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn writable(&self) -> Source<'_> {
        Source::writable(self, self.senders())
    }
}

impl<T, C: spsc::Hold> Writable for spsc::SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    fn can_write(&self, _when: Phase) -> Readiness {
        match () {
            () if self.is_closed() => Readiness::ENDED,
            () if self.is_full() => Readiness::NONE,
            () => Readiness::WRITABLE,
        }
    }
}

impl<T, C: spsc::Hold> Readable for spsc::ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    fn can_read(&self, _when: Phase) -> Readiness {
        if !self.is_empty() {
            return Readiness::READABLE;
        }
        // What was sent before the close is visible after the look at it.
        match () {
            () if !self.is_closed() => Readiness::NONE,
            () if self.is_empty() => Readiness::ENDED,
            () => Readiness::READABLE,
        }
    }
}

impl<T, C: spsc::Hold + Send> spsc::SenderOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Returns the end as a source of a [`Poller`](crate::poll::Poller): writable while there is
    /// room, ended when the channel is closed.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{channel::spsc::Channel, poll::Poller};
    ///
    /// let mut channel = Channel::<u8, 1>::new();
    /// let (mut sender, _receiver) = channel.split();
    /// assert!(Poller::new([sender.writable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn writable(&mut self) -> Source<'_> {
        Source::writable_mut(self, |end| Place::Cell(&end.channel.held().room))
    }
}

impl<T, C: spsc::Hold + Send> spsc::ReceiverOf<C>
where
    C::Slots: Storage<Slot = Slot<T>>,
{
    /// Returns the end as a source of a [`Poller`](crate::poll::Poller): readable while there is a
    /// message, ended when the channel is closed and read to the end.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{channel::spsc::Channel, poll::Poller};
    ///
    /// let mut channel = Channel::<u8, 1>::new();
    /// let (mut sender, mut receiver) = channel.split();
    /// sender.try_send(7).unwrap();
    /// assert!(Poller::new([receiver.readable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn readable(&mut self) -> Source<'_> {
        Source::readable_mut(self, |end| Place::Cell(&end.channel.held().messages))
    }
}

impl Readable for Event {
    fn can_read(&self, when: Phase) -> Readiness {
        match self.is_set_for(when) {
            true => Readiness::READABLE,
            false => Readiness::NONE,
        }
    }
}

impl Event {
    /// Returns the event as a source of a [`Poller`](crate::poll::Poller): readable while it is
    /// set. A poller sees an event that is set and cleared again only if it looks between the two.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{poll::Poller, sync::Event};
    ///
    /// let event = Event::new();
    /// event.set();
    /// assert!(Poller::new([event.readable()]).try_poll().is_ready(0));
    /// ```
    #[inline]
    pub fn readable(&self) -> Source<'_> {
        Source::readable(self, self.queue())
    }
}
