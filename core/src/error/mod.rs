//! The errors of the library.
//!
//! An operation that fails has changed nothing, and gives back the value that it was given. Every error that carries a value
//! has `into_inner()`.

#![forbid(unsafe_code)]

use core::fmt;

/// Writes `Debug` (without asking anything of the value), `Display` and `Error` for errors that carry a value.
macro_rules! carries {
    ($name:ident { $($variant:ident => $says:literal),+ $(,)? }) => {
        impl<T> $name<T> {
            /// The value that could not be passed on.
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
            /// The value that could not be passed on.
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

/// There was no room at a moment of the call; here is the value back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<T>(pub T);
carries_one!(Full => "no room");

/// There was nothing to take at a moment of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Empty;
says!(Empty { Empty => "nothing to take"; });

/// Another context is in the middle of its own operation on the slot that is next; here is the value back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Busy<T>(pub T);
carries_one!(Busy => "another context is in the middle of its operation on the next slot");

/// Why [`ring::mpmc::Ring::push`](crate::ring::mpmc::Ring) did not push.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PushError<T> {
    /// The ring was full at a moment of the call.
    Full(T),
    /// The next slot is being emptied by a context that has claimed it and not finished.
    Busy(T),
}
carries!(PushError { Full => "the ring is full", Busy => "the next slot is being emptied by another context" });

/// Why [`ring::mpmc::Ring::pop`](crate::ring::mpmc::Ring) did not pop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopError {
    /// The ring was empty at a moment of the call.
    Empty,
    /// The next slot is being filled by a context that has claimed it and not finished.
    Busy,
}
says!(PopError {
    PopError::Empty => "the ring is empty";
    PopError::Busy => "the next slot is being filled by another context";
});

/// Why `reserve(n)` gave no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReserveError {
    /// Only `free` slots are free now; a later try may succeed.
    TooFew {
        /// Slots free at a moment of the call.
        free: usize,
    },
    /// More than the ring can ever hold was asked for; no later try can succeed.
    TooLong {
        /// Slots of the ring.
        capacity: usize,
    },
}
says!(ReserveError {
    ReserveError::TooFew { free } => "only {} slots are free", free;
    ReserveError::TooLong { capacity } => "the ring has {} slots in all", capacity;
});

/// Why [`read_chunk`](crate::ring::spsc::ConsumerOf::read_chunk) returned no items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// Only `available` items are there now; a later try may succeed.
    TooFew {
        /// Items there at a moment of the call.
        available: usize,
    },
    /// More than the ring can ever hold was asked for; no later try can succeed.
    TooLong {
        /// Slots of the ring.
        capacity: usize,
    },
}
says!(ReadError {
    ReadError::TooFew { available } => "only {} items are there", available;
    ReadError::TooLong { capacity } => "the ring has {} slots in all", capacity;
});

// --- channels and queues ---

/// Why `try_send` did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// No room at a moment of the call.
    Full(T),
    /// The next slot is being emptied by a context that has not finished.
    Busy(T),
    /// The channel or queue is closed.
    Closed(T),
}
carries!(TrySendError {
    Full => "the channel or queue is full",
    Busy => "the next slot is being emptied by another context",
    Closed => "the channel or queue is closed",
});

/// Why `try_recv` did not receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing there at a moment of the call.
    Empty,
    /// The next slot is being filled by a context that has not finished; of a priority queue: another thread compares the
    /// items.
    Busy,
    /// The channel or queue is closed, and everything that was sent has been received.
    Closed,
}
says!(TryRecvError {
    TryRecvError::Empty => "the channel or queue is empty";
    TryRecvError::Busy => "another context is in the middle of its operation on the next item";
    TryRecvError::Closed => "the channel or queue is closed and drained";
});

/// The channel or queue is closed; here is the value back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);
carries_one!(SendError => "the channel or queue is closed");

/// It is closed, and what it held has been taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;
says!(Closed { Closed => "closed"; });

/// The time was over before it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;
says!(TimedOut { TimedOut => "timed out"; });

/// Why a timed send did not send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// The time was over before there was room.
    TimedOut(T),
    /// The channel or queue is closed.
    Closed(T),
}
carries!(SendTimeoutError { TimedOut => "timed out waiting for room", Closed => "the channel or queue is closed" });

/// Why a timed receive did not receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The time was over before something came.
    TimedOut,
    /// The channel or queue is closed, and everything that was sent has been received.
    Closed,
}
says!(RecvTimeoutError {
    RecvTimeoutError::TimedOut => "timed out waiting for a message";
    RecvTimeoutError::Closed => "the channel or queue is closed and drained";
});

// --- primitives ---

/// More permits than a semaphore can ever have; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;
says!(Overflow { Overflow => "more permits than a semaphore can have"; });

/// More permits than the semaphore began with; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverRelease;
says!(OverRelease { OverRelease => "more permits released than were taken"; });

/// More permits than the semaphore will ever have at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// The most that can be asked for.
    pub bound: usize,
}
says!(TooMany { TooMany { bound } => "the semaphore never has more than {} permits", bound; });

/// Why a timed acquire gave no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcquireTimeoutError {
    /// The time was over before there were permits.
    TimedOut,
    /// The semaphore is closed.
    Closed,
}
says!(AcquireTimeoutError {
    AcquireTimeoutError::TimedOut => "timed out waiting for permits";
    AcquireTimeoutError::Closed => "the semaphore is closed";
});

/// Why a wait for a [`Condition`](crate::sync::Condition) ended without a notification; here is the guard back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError<G> {
    /// Others wait for the condition with another lock. This one was not released.
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

/// Why a timed wait for a barrier gave no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarrierTimeoutError {
    /// The time was over before all parties had arrived: the barrier is broken now. (Not by a party that came while the
    /// action of the generation before was running, and was still waiting outside.)
    TimedOut,
    /// The barrier is broken, or was broken or reset while this party waited.
    Broken,
}
says!(BarrierTimeoutError {
    BarrierTimeoutError::TimedOut => "timed out waiting for the other parties";
    BarrierTimeoutError::Broken => "the barrier is broken";
});

/// Why several permits of a bounded semaphore were not acquired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcquireManyError {
    /// There will never be so many.
    TooMany {
        /// The most that can be asked for.
        bound: usize,
    },
    /// The time was over before there were permits.
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
