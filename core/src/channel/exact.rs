//! A channel for any number of senders and receivers over the [exact ring](crate::ring::exact).
//!
//! It is [`channel::mpmc`](super::mpmc) with another ring: the same methods, the same waiting, the
//! same end. `try_send` and `try_recv` go on whatever another one is stopped in the middle of, and
//! `Full` and `Empty` are exact; `Busy` comes only from `try_send`, while more than `SPARE` other
//! operations are in progress.
//!
//! Only the ring is lock-free. A call that finds somebody waiting on the other side takes the lock
//! of that queue of waiters to wake it, and one that was stopped in the middle of an operation has
//! not woken anybody yet.

#![forbid(unsafe_code)]

use super::mpmc::ChannelOf;
use crate::ring::exact::{Ring, RingView};
use crate::shim::const_fn;

/// A channel of `N` slots over the exact ring, used by `&self`.
///
/// # Examples
/// ```
/// use gimmal_core::channel::exact::Channel;
/// use gimmal_core::error::TrySendError;
/// use gimmal_core::wait::block_on;
///
/// // 2 messages; main, and up to 3 handlers that interrupt each other.
/// static CHANNEL: Channel<u32, 2, 3> = Channel::new();
///
/// block_on(async {
///     CHANNEL.try_send(1).unwrap();
///     CHANNEL.send(2).await.unwrap();
///     assert_eq!(CHANNEL.try_send(3), Err(TrySendError::Full(3)));
///     CHANNEL.close();
///     assert_eq!(CHANNEL.recv().await, Ok(1));
///     assert_eq!(CHANNEL.recv().await, Ok(2));
///     assert!(CHANNEL.recv().await.is_err());
/// });
/// ```
pub type Channel<T, const N: usize, const SPARE: usize = 4> = ChannelOf<Ring<T, N, SPARE>>;

/// A channel whose type does not contain the capacity.
pub type ChannelView<T, const SPARE: usize = 4> = ChannelOf<RingView<T, SPARE>>;

impl<T, const N: usize, const SPARE: usize> Channel<T, N, SPARE> {
    const_fn! {
        /// Creates an open, empty channel.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::channel::exact::Channel;
        ///
        /// static SAMPLES: Channel<u16, 8> = Channel::new();
        /// assert!(SAMPLES.is_empty());
        /// ```
        pub const fn new() -> Self {
            Self::over(Ring::new(), N)
        }
    }
}

impl<T, const N: usize, const SPARE: usize> Default for Channel<T, N, SPARE> {
    fn default() -> Self {
        Self::new()
    }
}
