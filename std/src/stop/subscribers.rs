//! [`Subscribers`]: what is to be told, in the order in which it subscribed; and [`Subscription`],
//! the right to be told.
//!
//! The publisher owns its subscribers and guards them with its own lock, together with the fact
//! that it publishes: a subscriber is either told by the thread that publishes, or finds out when
//! it subscribes. Subscribers are user code, so they are called and dropped without that lock.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use crate::generation::Generation;

/// Subscribers in the order in which they came.
pub(crate) struct Subscribers<F> {
    /// By the number of the subscription, from 1 on.
    by_number: BTreeMap<u64, F>,
    subscriptions: u64,
}

impl<F> Default for Subscribers<F> {
    fn default() -> Self {
        Subscribers {
            by_number: BTreeMap::new(),
            subscriptions: 0,
        }
    }
}

impl<F> Subscribers<F> {
    /// Adds a subscriber behind all others, and returns its number.
    fn add(&mut self, subscriber: F) -> u64 {
        self.subscriptions += 1;
        self.by_number.insert(self.subscriptions, subscriber);
        self.subscriptions
    }

    /// Puts a subscriber before all others. It has no subscription. Called at most once.
    #[cfg(any(unix, windows))]
    pub(crate) fn put_first(&mut self, subscriber: F) {
        self.by_number.insert(0, subscriber);
    }

    /// Takes the first subscriber, which is about to be told.
    pub(crate) fn pop_first(&mut self) -> Option<F> {
        self.by_number.pop_first().map(|(_, subscriber)| subscriber)
    }

    /// Takes the subscriber with this number, if it has not been taken.
    pub(crate) fn remove(&mut self, number: u64) -> Option<F> {
        self.by_number.remove(&number)
    }
}

/// The owner of [`Subscribers`].
pub(crate) trait Publisher: Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Takes the lock, removes the subscriber, gives the lock back, and drops the subscriber.
    fn unsubscribe(&self, number: u64);
}

/// The right to be told by a [`StopToken`](crate::runtime::StopToken) or, on Unix and Windows, by a
/// `Termination`.
///
/// Dropping it removes the subscriber, unless the subscriber has been told or is being told at this
/// moment; the drop does not wait for that.
///
/// In a forked child, dropping one of the parent's does nothing.
#[must_use = "dropping the subscription removes the subscriber"]
pub struct Subscription {
    /// `None`: it was told when it subscribed.
    to: Option<Weak<dyn Publisher>>,
    number: u64,
    generation: Generation,
}

impl Subscription {
    /// Adds `subscriber` to the subscribers of `publisher`, which the caller has locked.
    pub(crate) fn new<F>(
        publisher: &Arc<impl Publisher + 'static>,
        subscribers: &mut Subscribers<F>,
        subscriber: F,
    ) -> Self {
        let publisher: Arc<dyn Publisher> = publisher.clone();
        Subscription {
            to: Some(Arc::downgrade(&publisher)),
            number: subscribers.add(subscriber),
            generation: Generation::current(),
        }
    }

    /// The subscription of a subscriber that was told when it subscribed.
    pub(crate) fn told() -> Self {
        Subscription {
            to: None,
            number: 0,
            generation: Generation::current(),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if !self.generation.is_current() {
            // The parent's: neither the lock nor the subscriber is this process's.
            return;
        }
        if let Some(publisher) = self.to.as_ref().and_then(Weak::upgrade) {
            publisher.unsubscribe(self.number);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
