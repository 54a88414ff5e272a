//! L8: [`Source`], something that a poller looks at and waits for.
//!
//! A source is an object to look at, without its type, and the place where changes of the object
//! wake a waiter. It borrows both for as long as the poller lives.
//!
//! Invariant **I1**: the object of a source may be shared between threads, or it was borrowed
//! exclusively for the life of the source, which is the only one to use it, and never through a
//! shared reference to the source.

#![allow(unsafe_code)]

use core::fmt;

use super::ready::Readiness;
use crate::wait::{Phase, WaitCell, WaitQueue};

/// Something that a [`Poller`](super::Poller) can wait for until it is readable. Channels, events and
/// sockets implement it; implement it for a primitive of your own, and make a [`Source`] of it.
pub trait Readable {
    /// Returns whether a receive would return at once. Takes nothing, changes nothing that others
    /// can see, and does not wait.
    ///
    /// `when` is [`Phase::First`] for a plain look, and [`Phase::Enqueued`] for a look of a waiter
    /// that has just been enqueued. It must then see every change whose notifier has not seen the
    /// waiter, as a try of an [`Operation`](crate::wait::Operation) must.
    fn can_read(&self, when: Phase) -> Readiness;
}

/// Something that a [`Poller`](super::Poller) can wait for until it is writable. Channels and sockets
/// implement it.
pub trait Writable {
    /// Returns whether a send would return at once. The rules are those of [`Readable::can_read`].
    fn can_write(&self, when: Phase) -> Readiness;
}

impl<O: Readable + ?Sized> Readable for &O {
    fn can_read(&self, when: Phase) -> Readiness {
        (**self).can_read(when)
    }
}

impl<O: Writable + ?Sized> Writable for &O {
    fn can_write(&self, when: Phase) -> Readiness {
        (**self).can_write(when)
    }
}

trait ReadWrite: Readable + Writable {}

impl<O: Readable + Writable> ReadWrite for O {}

/// What a source looks at, and what for.
#[derive(Clone, Copy)]
enum Object<'a> {
    Read(&'a (dyn Readable + 'a)),
    Write(&'a (dyn Writable + 'a)),
    Both(&'a (dyn ReadWrite + 'a)),
}

/// The queue or cell in which changes of an object wake its waiters.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A queue.
    Queue(&'a WaitQueue),
    /// A cell, for one waiter.
    Cell(&'a WaitCell),
}

impl<'a> From<&'a WaitQueue> for Place<'a> {
    fn from(queue: &'a WaitQueue) -> Self {
        Place::Queue(queue)
    }
}

impl<'a> From<&'a WaitCell> for Place<'a> {
    fn from(cell: &'a WaitCell) -> Self {
        Place::Cell(cell)
    }
}

/// Something that a [`Poller`](super::Poller) looks at and waits for: made by `readable()` or
/// `writable()` of what is to be polled.
///
/// What is used by one owner only, an end of an SPSC channel or a socket, is borrowed exclusively;
/// all else is shared. So what is polled can neither be closed and dropped meanwhile, nor be polled
/// in a second thread: that does not compile.
///
/// # Examples
/// A primitive of your own:
/// ```
/// use core::sync::atomic::{AtomicBool, Ordering};
/// # use gimmal_core::poll::{Poller, Readable, Readiness, Source};
/// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
///
/// struct Door {
///     open: AtomicBool,
///     waiters: WaitQueue,
/// }
///
/// impl Readable for Door {
///     fn can_read(&self, _when: Phase) -> Readiness {
///         match self.open.load(Ordering::Acquire) {
///             true => Readiness::READABLE,
///             false => Readiness::NONE,
///         }
///     }
/// }
///
/// let door = Door { open: AtomicBool::new(false), waiters: WaitQueue::new() };
/// door.open.store(true, Ordering::Release);
/// door.waiters.wake_all();
///
/// let mut poller = Poller::new([Source::readable(&door, &door.waiters)]);
/// assert!(block_on(poller.poll()).is_ready(0));
/// ```
pub struct Source<'a> {
    object: Object<'a>,
    pub(super) place: Place<'a>,
}

// SAFETY: I1.
unsafe impl Send for Source<'_> {}

impl<'a> Source<'a> {
    /// Returns a source for receiving from `object`, which others may use meanwhile. A change of it
    /// wakes a waiter in `place`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::poll::{Poller, Readable, Readiness, Source};
    /// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
    /// struct Port(WaitQueue);
    /// impl Readable for Port {
    ///     fn can_read(&self, _when: Phase) -> Readiness {
    ///         Readiness::READABLE
    ///     }
    /// }
    /// let port = Port(WaitQueue::new());
    /// let mut poller = Poller::new([Source::readable(&port, &port.0)]);
    /// let ready = block_on(poller.poll());
    /// assert!(ready.is_readable(0));
    /// ```
    #[inline]
    pub fn readable(object: &'a (impl Readable + Sync), place: impl Into<Place<'a>>) -> Self {
        Source {
            object: Object::Read(object),
            place: place.into(),
        }
    }

    /// Returns a source for sending into `object`, which others may use meanwhile. A change of it
    /// wakes a waiter in `place`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::poll::{Poller, Readiness, Source, Writable};
    /// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
    /// struct Port(WaitQueue);
    /// impl Writable for Port {
    ///     fn can_write(&self, _when: Phase) -> Readiness {
    ///         Readiness::WRITABLE
    ///     }
    /// }
    /// let port = Port(WaitQueue::new());
    /// let mut poller = Poller::new([Source::writable(&port, &port.0)]);
    /// let ready = block_on(poller.poll());
    /// assert!(ready.is_writable(0));
    /// ```
    #[inline]
    pub fn writable(object: &'a (impl Writable + Sync), place: impl Into<Place<'a>>) -> Self {
        Source {
            object: Object::Write(object),
            place: place.into(),
        }
    }

    /// Returns a source for receiving from `object`, which nobody else uses meanwhile. A change of
    /// it wakes a waiter in its `place`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::poll::{Place, Poller, Readable, Readiness, Source};
    /// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
    /// struct Port(WaitQueue);
    /// impl Readable for Port {
    ///     fn can_read(&self, _when: Phase) -> Readiness {
    ///         Readiness::READABLE
    ///     }
    /// }
    /// let mut port = Port(WaitQueue::new());
    /// let mut poller = Poller::new([Source::readable_mut(&mut port, |port| Place::Queue(&port.0))]);
    /// let ready = block_on(poller.poll());
    /// assert!(ready.is_readable(0));
    /// ```
    #[inline]
    pub fn readable_mut<O: Readable + Send>(
        object: &'a mut O,
        place: for<'o> fn(&'o O) -> Place<'o>,
    ) -> Self {
        let object = &*object;
        Source {
            object: Object::Read(object),
            place: place(object),
        }
    }

    /// Returns a source for sending into `object`, which nobody else uses meanwhile. A change of it
    /// wakes a waiter in its `place`.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::poll::{Place, Poller, Readiness, Source, Writable};
    /// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
    /// struct Port(WaitQueue);
    /// impl Writable for Port {
    ///     fn can_write(&self, _when: Phase) -> Readiness {
    ///         Readiness::WRITABLE
    ///     }
    /// }
    /// let mut port = Port(WaitQueue::new());
    /// let mut poller = Poller::new([Source::writable_mut(&mut port, |port| Place::Queue(&port.0))]);
    /// let ready = block_on(poller.poll());
    /// assert!(ready.is_writable(0));
    /// ```
    #[inline]
    pub fn writable_mut<O: Writable + Send>(
        object: &'a mut O,
        place: for<'o> fn(&'o O) -> Place<'o>,
    ) -> Self {
        let object = &*object;
        Source {
            object: Object::Write(object),
            place: place(object),
        }
    }

    /// Returns a source for both, where one `place` is for both.
    ///
    /// # Examples
    /// ```
    /// # use gimmal_core::poll::{Place, Poller, Readable, Readiness, Source, Writable};
    /// # use gimmal_core::wait::{Phase, WaitQueue, block_on};
    /// struct Port(WaitQueue);
    /// impl Readable for Port {
    ///     fn can_read(&self, _when: Phase) -> Readiness {
    ///         Readiness::READABLE
    ///     }
    /// }
    /// impl Writable for Port {
    ///     fn can_write(&self, _when: Phase) -> Readiness {
    ///         Readiness::WRITABLE
    ///     }
    /// }
    /// let mut port = Port(WaitQueue::new());
    /// let mut poller = Poller::new([Source::both_mut(&mut port, |port| Place::Queue(&port.0))]);
    /// let ready = block_on(poller.poll());
    /// assert!(ready.is_readable(0) && ready.is_writable(0));
    /// ```
    #[inline]
    pub fn both_mut<O: Readable + Writable + Send>(
        object: &'a mut O,
        place: for<'o> fn(&'o O) -> Place<'o>,
    ) -> Self {
        let object = &*object;
        Source {
            object: Object::Both(object),
            place: place(object),
        }
    }

    /// What is polled for, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self.object {
            Object::Read(_) => "to be received from",
            Object::Write(_) => "to be sent into",
            Object::Both(_) => "to be received from and sent into",
        }
    }

    #[inline]
    pub(super) fn look(&mut self, when: Phase) -> Readiness {
        match self.object {
            Object::Read(object) => object.can_read(when),
            Object::Write(object) => object.can_write(when),
            Object::Both(object) => Readiness::both(object.can_read(when), object.can_write(when)),
        }
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source")
            .field(&format_args!("{}", self.words()))
            .finish()
    }
}
