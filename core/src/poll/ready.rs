//! L8: [`Readiness`], what a look at one source has found, and [`Ready`], what a look at all of
//! them has found.

#![forbid(unsafe_code)]

use core::fmt;

const READABLE: u8 = 1;
const WRITABLE: u8 = 2;
const ENDED: u8 = 4;

/// The result of one look at a source: a snapshot.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness(u8);

impl Readiness {
    /// A try would have to wait.
    pub const NONE: Readiness = Readiness(0);
    /// A receive would succeed.
    pub const READABLE: Readiness = Readiness(READABLE);
    /// A send would succeed.
    pub const WRITABLE: Readiness = Readiness(WRITABLE);
    /// A try would fail at once, and waiting does not change that: the source is closed,
    /// disconnected or terminated, and what was left in it has been read.
    pub const ENDED: Readiness = Readiness(ENDED);

    /// What a look in both directions has found.
    pub(super) const fn both(read: Readiness, write: Readiness) -> Readiness {
        Readiness(read.0 | write.0)
    }

    /// Returns `true` if a try would return at once, with a success or an error.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let event = Event::new();
    /// assert!(!Poller::new([event.readable()]).try_poll().of(0).is_ready());
    /// ```
    pub const fn is_ready(self) -> bool {
        self.0 != 0
    }

    /// Returns `true` if a receive would succeed.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let event = Event::new();
    /// event.set();
    /// assert!(Poller::new([event.readable()]).try_poll().of(0).is_readable());
    /// ```
    pub const fn is_readable(self) -> bool {
        self.0 & READABLE != 0
    }

    /// Returns `true` if a send would succeed.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    /// let channel = Channel::<u8, 1>::new();
    /// assert!(Poller::new([channel.writable()]).try_poll().of(0).is_writable());
    /// ```
    pub const fn is_writable(self) -> bool {
        self.0 & WRITABLE != 0
    }

    /// Returns `true` if a try would fail at once, however long one waits.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    /// let channel = Channel::<u8, 1>::new();
    /// channel.close();
    /// assert!(Poller::new([channel.readable()]).try_poll().of(0).has_ended());
    /// ```
    #[doc(alias = "hangup")]
    pub const fn has_ended(self) -> bool {
        self.0 & ENDED != 0
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness")
            .field("readable", &self.is_readable())
            .field("writable", &self.is_writable())
            .field("ended", &self.has_ended())
            .finish()
    }
}

/// The result of a poll: the [`Readiness`] of each source, in the order in which the poller has
/// them. It borrows nothing.
///
/// It is a snapshot. What only this thread takes from, such as an end of an SPSC channel or a
/// socket, stays ready until this thread takes from it. From a channel with other receivers, one of
/// them may have taken the message meanwhile: use the `try_` forms.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use = "a poll does nothing but tell what is ready"]
pub struct Ready<const N: usize> {
    pub(crate) sources: [Readiness; N],
}

impl<const N: usize> Ready<N> {
    pub(super) const fn new(sources: [Readiness; N]) -> Self {
        Ready { sources }
    }

    /// Returns what was found at source `index`.
    ///
    /// # Panics
    /// If there are only `index` sources or fewer.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let event = Event::new();
    /// event.set();
    /// let ready = Poller::new([event.readable()]).try_poll();
    /// assert!(ready.of(0).is_readable());
    /// ```
    #[track_caller]
    pub fn of(&self, index: usize) -> Readiness {
        match self.sources.get(index) {
            Some(found) => *found,
            None => panic!("the poller has no source with this index"),
        }
    }

    /// Returns `true` if an operation on source `index` would return at once: with a success, or
    /// with an error if the source [has ended](Ready::has_ended).
    ///
    /// # Panics
    /// If there are only `index` sources or fewer.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let (left, right) = (Event::new(), Event::new());
    /// right.set();
    /// let ready = Poller::new([left.readable(), right.readable()]).try_poll();
    /// assert!(!ready.is_ready(0) && ready.is_ready(1));
    /// ```
    #[track_caller]
    pub fn is_ready(&self, index: usize) -> bool {
        self.of(index).is_ready()
    }

    /// Returns `true` if a receive from source `index` would succeed.
    ///
    /// # Panics
    /// If there are only `index` sources or fewer.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    /// let channel = Channel::<u8, 1>::new();
    /// channel.try_send(7).unwrap();
    /// assert!(Poller::new([channel.readable()]).try_poll().is_readable(0));
    /// ```
    #[track_caller]
    pub fn is_readable(&self, index: usize) -> bool {
        self.of(index).is_readable()
    }

    /// Returns `true` if a send into source `index` would succeed.
    ///
    /// # Panics
    /// If there are only `index` sources or fewer.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    /// let channel = Channel::<u8, 1>::new();
    /// assert!(Poller::new([channel.writable()]).try_poll().is_writable(0));
    /// ```
    #[track_caller]
    pub fn is_writable(&self, index: usize) -> bool {
        self.of(index).is_writable()
    }

    /// Returns `true` if an operation on source `index` would fail at once, however long one waits.
    ///
    /// # Panics
    /// If there are only `index` sources or fewer.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{channel::mpmc::Channel, poll::Poller};
    /// let channel = Channel::<u8, 1>::new();
    /// channel.close();
    /// assert!(Poller::new([channel.readable()]).try_poll().has_ended(0));
    /// ```
    #[track_caller]
    pub fn has_ended(&self, index: usize) -> bool {
        self.of(index).has_ended()
    }

    /// Returns the number of sources that are ready.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let (left, right) = (Event::new(), Event::new());
    /// right.set();
    /// assert_eq!(Poller::new([left.readable(), right.readable()]).try_poll().count(), 1);
    /// ```
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// Returns `true` if no source is ready: the time was over first.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let event = Event::new();
    /// assert!(Poller::new([event.readable()]).try_poll().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        !self.sources.iter().any(|found| found.is_ready())
    }

    /// Returns the sources that are ready, each as its index and what was found there.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::{poll::Poller, sync::Event};
    /// let (left, right) = (Event::new(), Event::new());
    /// right.set();
    /// let ready = Poller::new([left.readable(), right.readable()]).try_poll();
    /// assert_eq!(ready.iter().map(|(index, _)| index).collect::<Vec<_>>(), [1]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (usize, Readiness)> + '_ {
        let all = self.sources.iter().copied().enumerate();
        all.filter(|(_, found)| found.is_ready())
    }
}

/// Nothing is ready.
impl<const N: usize> Default for Ready<N> {
    fn default() -> Self {
        Ready::new([Readiness::NONE; N])
    }
}

impl<const N: usize> fmt::Debug for Ready<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ready").field(&self.sources).finish()
    }
}
