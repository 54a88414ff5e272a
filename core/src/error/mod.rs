//! The errors of the library.
//!
//! An operation that fails has changed nothing, and gives back the value that it was given. Every
//! error that carries a value has `into_inner()`.

#![forbid(unsafe_code)]

use core::fmt;
use core::task::Poll;

/// Writes `Debug` (without asking anything of the value), `Display` and `Error` for errors that
/// carry a value.
macro_rules! carries {
    ($name:ident { $($variant:ident => $says:literal),+ $(,)? }) => {
        impl<T> $name<T> {
            /// Returns the value that could not be passed on.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("# use gimmal_core::error::", stringify!($name), ";")]
            #[doc = concat!($("assert_eq!(", stringify!($name), "::", stringify!($variant), "(7).into_inner(), 7);\n"),+)]
            /// ```
            pub fn into_inner(self) -> T {
                match self { $($name::$variant(value) => value),+ }
            }
        }
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant(_) => concat!(stringify!($variant), "(..)")),+ })
            }
        }
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant(_) => $says),+ })
            }
        }
        impl<T> core::error::Error for $name<T> {}
    };
}

/// The same for tuple structs that carry a value.
macro_rules! carries_one {
    ($name:ident => $says:literal) => {
        impl<T> $name<T> {
            /// Returns the value that could not be passed on.
            ///
            /// # Examples
            /// ```
            #[doc = concat!("# use gimmal_core::error::", stringify!($name), ";")]
            #[doc = concat!("let error = ", stringify!($name), "(7);")]
            /// assert_eq!(error.into_inner(), 7);
            /// ```
            pub fn into_inner(self) -> T {
                self.0
            }
        }
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
        impl<T> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($says)
            }
        }
        impl<T> core::error::Error for $name<T> {}
    };
}

/// Writes `Display` and `Error` for errors that carry no value.
macro_rules! says {
    ($name:ident { $($variant:pat => $says:literal $(, $part:expr)*;)+ }) => {
        impl fmt::Display for $name {
            #[allow(unused_imports, clippy::enum_glob_use)]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $($variant => write!(f, $says $(, $part)*)),+ }
            }
        }
        impl core::error::Error for $name {}
    };
}

// Below the macros, which it uses.
pub mod socket;

// --- rings ---

/// The ring (or pool) was full at a moment of the call. Carries the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<T>(pub T);
carries_one!(Full => "no room");

/// The ring was empty at a moment of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Empty;
says!(Empty { Empty => "nothing to take"; });

/// Somebody else is in the middle of an operation on the next slot. Carries the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Busy<T>(pub T);
carries_one!(Busy => "another caller is in the middle of its operation on the next slot");

/// The reason why [`ring::mpmc::Ring::push`](crate::ring::mpmc::Ring) did not push.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    /// The ring was full at a moment of the call.
    Full(T),
    /// Somebody else has begun to empty the next slot and has not finished.
    Busy(T),
}
carries!(PushError { Full => "the ring is full", Busy => "the next slot is being emptied by another caller" });

/// The reason why [`ring::mpmc::Ring::pop`](crate::ring::mpmc::Ring) did not pop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopError {
    /// The ring was empty at a moment of the call.
    Empty,
    /// Somebody else has begun to fill the next slot and has not finished.
    Busy,
}
says!(PopError {
    PopError::Empty => "the ring is empty";
    PopError::Busy => "the next slot is being filled by another caller";
});

/// The reason why [`reserve`](crate::ring::spsc::ProducerOf::reserve) returned no slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReserveError {
    /// Only `free` slots are free now; a later try may succeed.
    TooFew {
        /// Number of slots that were free at a moment of the call.
        free: usize,
    },
    /// The request exceeds the capacity; no later try can succeed.
    TooLong {
        /// Number of slots of the ring.
        capacity: usize,
    },
}
says!(ReserveError {
    ReserveError::TooFew { free } => "only {} slots are free", free;
    ReserveError::TooLong { capacity } => "the ring has {} slots in all", capacity;
});

/// The reason why [`read_chunk`](crate::ring::spsc::ConsumerOf::read_chunk) returned no items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The ring holds only `available` items now; a later try may succeed.
    TooFew {
        /// Number of items in the ring at a moment of the call.
        available: usize,
    },
    /// The request exceeds the capacity; no later try can succeed.
    TooLong {
        /// Number of slots of the ring.
        capacity: usize,
    },
}
says!(ReadError {
    ReadError::TooFew { available } => "only {} items are there", available;
    ReadError::TooLong { capacity } => "the ring has {} slots in all", capacity;
});

// --- channels and queues ---

/// The reason why `try_send` did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// The channel or queue was full at a moment of the call.
    Full(T),
    /// Somebody else has begun to empty the next slot and has not finished.
    Busy(T),
    /// The channel or queue is closed.
    Closed(T),
}
carries!(TrySendError {
    Full => "the channel or queue is full",
    Busy => "the next slot is being emptied by another caller",
    Closed => "the channel or queue is closed",
});

impl<T> TrySendError<T> {
    /// What it is to a call that waits: a value for which there was no room is kept for the next try.
    #[inline(always)]
    pub(crate) fn or_wait(self, kept: &mut Option<T>) -> Poll<Result<(), SendError<T>>> {
        match self {
            TrySendError::Closed(value) => Poll::Ready(Err(SendError(value))),
            TrySendError::Full(value) | TrySendError::Busy(value) => {
                *kept = Some(value);
                Poll::Pending
            }
        }
    }
}

/// The reason why `try_recv` did not receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// The channel or queue was empty at a moment of the call.
    Empty,
    /// Somebody else has begun to fill the next slot and has not finished. Of a priority queue:
    /// another thread is comparing its items.
    Busy,
    /// The channel or queue is closed, and everything that was sent has been received.
    Closed,
}
says!(TryRecvError {
    TryRecvError::Empty => "the channel or queue is empty";
    TryRecvError::Busy => "another caller is in the middle of its operation on the next item";
    TryRecvError::Closed => "the channel or queue is closed and drained";
});

impl TryRecvError {
    /// What it is to a call that waits.
    #[inline(always)]
    pub(crate) fn or_wait<V>(self) -> Poll<Result<V, Closed>> {
        match self {
            TryRecvError::Closed => Poll::Ready(Err(Closed)),
            TryRecvError::Empty | TryRecvError::Busy => Poll::Pending,
        }
    }
}

/// The channel or queue is closed. Carries the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);
carries_one!(SendError => "the channel or queue is closed");

/// The object is closed; a channel or queue is also drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;
says!(Closed { Closed => "closed"; });

/// The time-out passed before the operation was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;
says!(TimedOut { TimedOut => "timed out"; });

/// The reason why a timed send did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// The time-out passed before there was a free slot.
    TimedOut(T),
    /// The channel or queue is closed.
    Closed(T),
}
carries!(SendTimeoutError { TimedOut => "timed out waiting for room", Closed => "the channel or queue is closed" });

/// The reason why a timed receive did not receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The time-out passed before a message came.
    TimedOut,
    /// The channel or queue is closed, and everything that was sent has been received.
    Closed,
}
says!(RecvTimeoutError {
    RecvTimeoutError::TimedOut => "timed out waiting for a message";
    RecvTimeoutError::Closed => "the channel or queue is closed and drained";
});

// --- messages ---

/// The reason why [`Frames::push_frame`](crate::Frames::push_frame) added no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFrameError {
    /// The message has as many frames as it may have.
    TooManyFrames {
        /// Maximum number of frames.
        max: usize,
    },
    /// The frame has more bytes than there is room for.
    TooLong {
        /// Number of bytes for which there is room.
        free: usize,
    },
}
says!(PushFrameError {
    PushFrameError::TooManyFrames { max } => "the message has {} frames, and may have no more", max;
    PushFrameError::TooLong { free } => "the message has room for only {} more bytes", free;
});

// --- primitives ---

/// A release would exceed the maximum number of permits of a semaphore; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;
says!(Overflow { Overflow => "more permits than a semaphore can have"; });

/// A release would exceed the number of permits that the semaphore began with; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverRelease;
says!(OverRelease { OverRelease => "more permits released than were taken"; });

/// A request for more permits than the semaphore began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// The maximum number of permits of a request.
    pub bound: usize,
}
says!(TooMany { TooMany { bound } => "the semaphore never has more than {} permits", bound; });

/// The reason why a timed acquire returned no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireTimeoutError {
    /// The time-out passed before enough permits were available.
    TimedOut,
    /// The semaphore is closed.
    Closed,
}
says!(AcquireTimeoutError {
    AcquireTimeoutError::TimedOut => "timed out waiting for permits";
    AcquireTimeoutError::Closed => "the semaphore is closed";
});

/// The reason why a wait for a [`Condition`](crate::sync::Condition) ended without a notification.
/// Carries the guard.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError<G> {
    /// Others wait for the condition with another lock. The lock of this guard was not released.
    WrongLock(G),
    /// The condition is closed.
    Closed(G),
}
carries!(WaitError {
    WrongLock => "others wait for the condition with another lock",
    Closed => "the condition is closed",
});

/// The barrier is broken, or was broken or reset while this party waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;
says!(BrokenBarrier { BrokenBarrier => "the barrier is broken"; });

/// The reason why a timed wait for a barrier returned no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierTimeoutError {
    /// The time-out passed before all parties had arrived. This breaks the barrier, unless the
    /// party was still waiting for the action of the previous generation to end.
    TimedOut,
    /// The barrier is broken, or was broken or reset while this party waited.
    Broken,
}
says!(BarrierTimeoutError {
    BarrierTimeoutError::TimedOut => "timed out waiting for the other parties";
    BarrierTimeoutError::Broken => "the barrier is broken";
});

/// The reason why several permits of a bounded semaphore were not acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireManyError {
    /// The request is for more permits than the semaphore began with.
    TooMany {
        /// The maximum number of permits of a request.
        bound: usize,
    },
    /// The time-out passed before enough permits were available.
    TimedOut,
    /// The semaphore is closed.
    Closed,
}
says!(AcquireManyError {
    AcquireManyError::TooMany { bound } => "the semaphore never has more than {} permits", bound;
    AcquireManyError::TimedOut => "timed out waiting for permits";
    AcquireManyError::Closed => "the semaphore is closed";
});

impl From<TooMany> for AcquireManyError {
    fn from(TooMany { bound }: TooMany) -> Self {
        AcquireManyError::TooMany { bound }
    }
}

impl From<Closed> for AcquireManyError {
    fn from(Closed: Closed) -> Self {
        AcquireManyError::Closed
    }
}

impl From<AcquireTimeoutError> for AcquireManyError {
    fn from(why: AcquireTimeoutError) -> Self {
        match why {
            AcquireTimeoutError::TimedOut => AcquireManyError::TimedOut,
            AcquireTimeoutError::Closed => AcquireManyError::Closed,
        }
    }
}
