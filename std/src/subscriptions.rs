//! What the subscribers of a context want to hear: a set of prefixes for each socket.
//!
//! A publisher reads the set of each subscriber at every message, and holds its lock only for that
//! look. Subscribing and unsubscribing hold it for one insertion.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{RwLock, RwLockReadGuard};

use gimmal_core::error::socket::SubscribeError;
use gimmal_core::facade::{Subscriptions, between_forks};

use crate::panic_guard::{read_locked, try_read_locked, write_locked};
use crate::per_process::PerProcess;
use crate::table::table;

/// The prefixes of one socket, and how often each was subscribed. A prefix that begins with another
/// one comes directly behind that one and its like, so a look walks over few of them.
#[derive(Clone, Default)]
struct Prefixes(BTreeMap<Box<[u8]>, usize>);

impl Prefixes {
    fn fit(&self, topic: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        // Each length that a prefix of the topic can have is looked up once at most, from the
        // longest one: the nearest smaller key either is a prefix, or tells how far the next can
        // reach.
        let mut upto = topic;
        loop {
            let upto_it = (Bound::Unbounded, Bound::Included(upto));
            let nearest = self.0.range::<[u8], _>(upto_it).next_back();
            let Some((prefix, _)) = nearest else {
                return false;
            };
            if topic.starts_with(prefix) {
                return true;
            }
            let shared = prefix.iter().zip(upto).take_while(|(a, b)| a == b);
            upto = &topic[..shared.count()];
        }
    }
}

/// What one socket wants.
struct Wanted {
    /// The empty prefix is one of them: it wants every topic. Then nobody looks further.
    everything: AtomicBool,
    prefixes: PerProcess<RwLock<Prefixes>>,
}

impl Wanted {
    fn nothing() -> Self {
        Wanted {
            everything: AtomicBool::new(false),
            prefixes: PerProcess::new(),
        }
    }

    /// The prefixes of this process. A child begins with a copy: in what its parent has, one of the
    /// parent's threads may look for good. None changes it at a fork.
    fn prefixes(&self) -> &RwLock<Prefixes> {
        self.prefixes.get(|ancestor| {
            let copy = ancestor.and_then(|theirs| Some(try_read_locked(theirs)?.clone()));
            RwLock::new(copy.unwrap_or_default())
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, Prefixes> {
        read_locked(self.prefixes())
    }

    /// Changes the prefixes.
    fn change<R>(&self, change: impl FnOnce(&mut Prefixes) -> R) -> R {
        let prefixes = self.prefixes();
        between_forks(|| {
            let mut prefixes = write_locked(prefixes);
            let done = change(&mut prefixes);
            let everything = prefixes.0.contains_key(&[][..]);
            // R: nothing is published by it; who is told that `subscribe` has returned sees it.
            self.everything.store(everything, Relaxed);
            done
        })
    }
}

/// The subscriptions of a context of the facade: as many as there is memory for.
pub(crate) struct HeapSubscriptions(Box<[Wanted]>);

impl HeapSubscriptions {
    /// For so many sockets; `None` if there is no memory for them.
    pub(crate) fn new(sockets: usize) -> Option<Self> {
        table(sockets, Wanted::nothing).map(HeapSubscriptions)
    }
}

impl Subscriptions for HeapSubscriptions {
    fn add(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError> {
        self.0[slot].change(|prefixes| *prefixes.0.entry(prefix.into()).or_default() += 1);
        Ok(())
    }

    fn remove(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError> {
        self.0[slot].change(|prefixes| {
            let times = prefixes.0.get_mut(prefix);
            let times = times.ok_or(SubscribeError::NotSubscribed)?;
            *times -= 1;
            if *times == 0 {
                prefixes.0.remove(prefix);
            }
            Ok(())
        })
    }

    fn clear(&self, slot: usize) {
        self.0[slot].change(|prefixes| prefixes.0.clear());
    }

    fn wants(&self, slot: usize, topic: &[u8]) -> bool {
        let wanted = &self.0[slot];
        // R: see `change`
        wanted.everything.load(Relaxed) || wanted.read().fit(topic)
    }

    fn wants_any(&self, slot: usize) -> bool {
        !self.0[slot].read().0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of up to three prefixes over two letters, against every topic: `fit` says what
    /// looking at each prefix says.
    #[test]
    fn fit_is_starts_with_of_any() {
        let words: Vec<Vec<u8>> = (0..4)
            .flat_map(|len| {
                (0..1_usize << len)
                    .map(move |bits| (0..len).map(|at| b'a' + (bits >> at & 1) as u8).collect())
            })
            .collect();
        let sets = words.iter().flat_map(|a| {
            let words = &words;
            words
                .iter()
                .flat_map(move |b| words.iter().map(move |c| [a, b, c]))
        });
        for set in sets {
            let prefixes = Prefixes(set.iter().map(|word| (word[..].into(), 1)).collect());
            for topic in &words {
                let expected = set.iter().any(|prefix| topic.starts_with(prefix));
                assert_eq!(prefixes.fit(topic), expected, "{set:?} {topic:?}");
            }
        }
        assert!(!Prefixes::default().fit(b"a"));
    }
}
