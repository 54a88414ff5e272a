//! The MPMC channel: ends that are cloned and counted, over the core's channel in memory of its own.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | each end's drop: `fetch_sub` | the last one's: the same | what the other ends did, to who closes |

#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::time::{Duration, Instant};

use gimmal_core::channel::mpmc::ChannelView;
use gimmal_core::error::{
    Closed, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

use crate::block::{Limit, block, block_until};
use crate::zeroed::Zeroed;

struct Shared<T> {
    /// Ends that live. A count reaches zero once: an end is only cloned from one that lives.
    senders: AtomicUsize,
    receivers: AtomicUsize,
    channel: Zeroed<ChannelView<T>>,
}

/// The capacity is 0, or there is not so much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityError;

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the capacity must be at least 1, and there must be memory for all of it")
    }
}

impl std::error::Error for CapacityError {}

/// A channel that holds `capacity` messages, for any number of threads on both sides.
///
/// # Memory
/// The channel has an allocation for all its messages. On Linux one of more than 8 KB is in memory only as far as it has been
/// used: it begins with one page of 4 KB (two for messages of 4 KB), and grows until `capacity` messages have gone through it.
///
/// # Panics
/// If `capacity` is 0 or does not fit the address space; [`try_bounded`] says it instead.
///
/// # Examples
/// ```
/// use std::thread;
///
/// let (sender, receiver) = gimmal::channel::bounded(4);
/// thread::scope(|scope| {
///     for start in [0, 100] {
///         let sender = sender.clone();
///         scope.spawn(move || (start..start + 3).for_each(|i| sender.send(i).unwrap()));
///     }
///     drop(sender);
///     assert_eq!(receiver.iter().sum::<i32>(), 306);
/// });
/// ```
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    match try_bounded(capacity) {
        Ok(ends) => ends,
        Err(why) => panic!("{why}"),
    }
}

/// A channel that holds `capacity` messages, for any number of threads on both sides.
///
/// # Errors
/// [`CapacityError`] if `capacity` is 0 or does not fit the address space.
pub fn try_bounded<T>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), CapacityError> {
    let channel = Zeroed::new(capacity).ok_or(CapacityError)?;
    let (senders, receivers) = (AtomicUsize::new(1), AtomicUsize::new(1));
    let shared = Arc::new(Shared {
        senders,
        receivers,
        channel,
    });
    Ok((
        Sender {
            shared: shared.clone(),
        },
        Receiver { shared },
    ))
}

/// The sending end. Clones send into the same channel; dropping the last one closes it.
///
/// # Fairness
/// Waiting senders are woken in arrival order. A running one may take the place first; the loser keeps its turn at the
/// front.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// The receiving end. Clones receive from the same channel, each message goes to one of them; dropping the last one
/// closes it and drops what is unread.
///
/// # Fairness
/// Waiting receivers are woken in arrival order. A running one may take the message first; the loser keeps its turn at the
/// front.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends without waiting.
    ///
    /// # Errors
    /// Each gives the value back. `Closed` wins over `Full`.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.shared.channel.try_send(value)
    }

    /// Sends, blocking while there is no room.
    ///
    /// # Errors
    /// [`SendError`] gives the value back: the channel is closed.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        block(self.shared.channel.sending(value))
    }

    /// Sends, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever.
    ///
    /// # Errors
    /// Each gives the value back.
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::After(timeout))
    }

    /// Sends, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// Each gives the value back.
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_within(value, Limit::At(deadline))
    }

    fn send_within(&self, value: T, limit: Limit) -> Result<(), SendTimeoutError<T>> {
        match block_until(self.shared.channel.sending(value), limit) {
            Ok(sent) => sent.map_err(|SendError(value)| SendTimeoutError::Closed(value)),
            Err(attempt) => Err(SendTimeoutError::TimedOut(attempt.into_inner())),
        }
    }

    /// The future of `send`, for an executor. Dropping it before it is ready drops the value, unsent.
    ///
    /// # Cancel safety
    /// If it had been woken, dropping it wakes the next sender that waits. While it is woken and neither polled nor dropped,
    /// senders that already wait, threads included, are not woken for that room; `try_send` and later calls take it.
    pub fn send_async(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> + '_ {
        self.shared.channel.send(value)
    }
}

impl<T> Receiver<T> {
    /// Receives without waiting.
    ///
    /// # Errors
    /// `Closed` only after everything that was sent has been received.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.shared.channel.try_recv()
    }

    /// Receives, blocking while there is nothing.
    ///
    /// # Errors
    /// [`Closed`]: closed, and everything that was sent has been received.
    pub fn recv(&self) -> Result<T, Closed> {
        block(self.shared.channel.receiving())
    }

    /// Receives, blocking for `timeout` at most: `ZERO` tries once, `MAX` is for ever. A message that is there is
    /// received although the time is over.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::After(timeout))
    }

    /// Receives, blocking until `deadline` at most: a past one tries once.
    ///
    /// # Errors
    /// `TimedOut`, or `Closed` as for [`recv`](Receiver::recv).
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_within(Limit::At(deadline))
    }

    fn recv_within(&self, limit: Limit) -> Result<T, RecvTimeoutError> {
        match block_until(self.shared.channel.receiving(), limit) {
            Ok(received) => received.map_err(|Closed| RecvTimeoutError::Closed),
            Err(_) => Err(RecvTimeoutError::TimedOut),
        }
    }

    /// The future of `recv`, for an executor. Dropping it before it is ready takes nothing.
    ///
    /// # Cancel safety
    /// If it had been woken, dropping it wakes the next receiver that waits. While it is woken and neither polled nor dropped,
    /// receivers that already wait, threads included, are not woken for that message; `try_recv` and later calls take it.
    pub fn recv_async(&self) -> impl Future<Output = Result<T, Closed>> + '_ {
        self.shared.channel.recv()
    }

    /// Receives until the channel is closed and drained.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// Receives what is there, without waiting.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

/// What both ends offer.
macro_rules! end {
    ($end:ident, $count:ident, $last:expr) => {
        impl<T> $end<T> {
            /// Closes: sends fail from now on, receivers drain what was sent. False if it was closed before.
            pub fn close(&self) -> bool {
                self.shared.channel.close()
            }

            /// Is it closed? A snapshot that, once true, stays true.
            pub fn is_closed(&self) -> bool {
                self.shared.channel.is_closed()
            }

            /// How many messages are in it: a snapshot, in `0..=capacity`.
            pub fn len(&self) -> usize {
                self.shared.channel.len()
            }

            /// Is nothing in it? A snapshot.
            pub fn is_empty(&self) -> bool {
                self.shared.channel.is_empty()
            }

            /// Is there no room? A snapshot.
            pub fn is_full(&self) -> bool {
                self.shared.channel.is_full()
            }

            /// How many messages it holds at most.
            pub fn capacity(&self) -> usize {
                self.shared.channel.capacity()
            }
        }

        impl<T> Clone for $end<T> {
            fn clone(&self) -> Self {
                let before = self.shared.$count.fetch_add(1, Relaxed); // R: a count; the clone is handed on
                if before > usize::MAX / 2 {
                    // Only leaked clones get here; going on would end in a count of zero.
                    std::process::abort();
                }
                $end {
                    shared: self.shared.clone(),
                }
            }
        }

        impl<T> Drop for $end<T> {
            fn drop(&mut self) {
                let before = self.shared.$count.fetch_sub(1, AcqRel); // E1
                if before == 1 {
                    let last: fn(&ChannelView<T>) = $last;
                    last(&self.shared.channel);
                }
            }
        }

        impl<T> fmt::Debug for $end<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($end))
                    .field(&&*self.shared.channel)
                    .finish()
            }
        }
    };
}

end!(Sender, senders, |channel| {
    channel.close();
});
end!(Receiver, receivers, |channel| {
    channel.close_and_drain();
});

/// Receives until the channel is closed and drained.
#[derive(Debug)]
pub struct Iter<'r, T> {
    receiver: &'r Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

/// Receives what is there, without waiting.
#[derive(Debug)]
pub struct TryIter<'r, T> {
    receiver: &'r Receiver<T>,
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

/// Receives until the channel is closed and drained, and owns the end.
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<'r, T> IntoIterator for &'r Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'r, T>;

    fn into_iter(self) -> Iter<'r, T> {
        self.iter()
    }
}
