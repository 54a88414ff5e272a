//! L6: what each subscriber wants to hear: the prefixes of topics. A subscriber writes, publishers
//! read at every message; neither waits for the other.
//!
//! A prefix is kept in an entry, with the slot of its subscriber and how often it was subscribed.
//! A writer holds the table's lock. A publisher holds nothing: it reads the owner, then the
//! prefix, then the owner again. Each new owner of an entry has another number, so a publisher that
//! finds the same owner twice has read one prefix and not parts of two; else it reads once more.
//! (The numbers repeat after 65 536 owners of one entry within one look at it.) An entry that is
//! being written has no owner: nobody waits for its writer.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | writer: `owner.store`, when the prefix is written | publisher: `owner.load` | the prefix |
//! | E2 | writer: a fence between `owner.store(nobody)` and the next prefix | publisher: a fence between the prefix and the second `owner.load` | that the owner has changed |

#![forbid(unsafe_code)]

use crate::error::socket::SubscribeError;
use crate::shim::atomic::{Ordering::*, fence};
use crate::shim::plain::{AtomicU32, AtomicUsize};
use crate::shim::{CoreLock, InChild, Process, between_forks, const_fn, filled};

/// The longest prefix, in bytes.
pub(crate) const PREFIX: usize = 32;

const WORD: usize = 4;
const SLOT: u32 = 0xffff;
/// Maximum number of slots that are told apart.
pub(crate) const MOST_SUBSCRIBERS: usize = SLOT as usize;
const NUMBER: u32 = 0x1_0000;

/// What the subscribers of a context want to hear, by the slots of their sockets.
pub trait Subscriptions: Sync {
    /// Notes that the subscriber wants topics with this prefix; once more, if it did already.
    ///
    /// # Errors
    /// `TooMany`, `TooLong`.
    fn add(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError>;

    /// Notes that it wants them once less.
    ///
    /// # Errors
    /// `NotSubscribed`.
    fn remove(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError>;

    /// Notes that it wants nothing any more.
    fn clear(&self, slot: usize);

    /// Returns `true` if the subscriber wants this topic.
    fn wants(&self, slot: usize, topic: &[u8]) -> bool;

    /// Returns `true` if the subscriber wants any topic.
    fn wants_any(&self, slot: usize) -> bool;
}

/// A table of `ENTRIES` prefixes, in place.
pub struct StaticSubscriptions<const ENTRIES: usize> {
    writer: CoreLock<Writer>,
    entries: [Entry; ENTRIES],
}

/// One prefix of one subscriber.
struct Entry {
    /// Its slot, plus one, or 0; and the number of this owner.
    owner: AtomicU32,
    /// How often it was subscribed. Touched under the lock.
    times: AtomicUsize,
    len: AtomicUsize,
    text: [AtomicU32; PREFIX / WORD],
}

impl<const ENTRIES: usize> StaticSubscriptions<ENTRIES> {
    const_fn! {
        /// No subscription.
        pub const fn new() -> Self {
            StaticSubscriptions {
                writer: CoreLock::new(Writer),
                entries: filled!(Entry::new(); ENTRIES),
            }
        }
    }
}

impl<const ENTRIES: usize> StaticSubscriptions<ENTRIES> {
    /// Runs `change` alone. No process forks meanwhile: what a child finds is whole.
    fn changed<R>(&self, change: impl FnOnce() -> R) -> R {
        between_forks(|| self.writer.with(|Writer| change()))
    }
}

/// The turn of the one that changes the table.
struct Writer;

impl InChild for Writer {
    fn begin_in_child(&mut self, _process: Process) {}
}

impl<const ENTRIES: usize> Default for StaticSubscriptions<ENTRIES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const ENTRIES: usize> Subscriptions for StaticSubscriptions<ENTRIES> {
    fn add(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError> {
        if prefix.len() > PREFIX {
            return Err(SubscribeError::TooLong { max: PREFIX });
        }
        self.changed(|| {
            let mut entries = self.entries.iter();
            if let Some(entry) = entries.find(|entry| entry.is(slot, prefix)) {
                let times = entry.times.load(Relaxed); // R: the lock
                let more = times.checked_add(1).ok_or(SubscribeError::TooMany)?;
                entry.times.store(more, Relaxed); // R: the lock
                return Ok(());
            }
            let mut entries = self.entries.iter();
            let free = entries.find(|entry| entry.slot().is_none());
            free.ok_or(SubscribeError::TooMany)?.write(slot, prefix);
            Ok(())
        })
    }

    fn remove(&self, slot: usize, prefix: &[u8]) -> Result<(), SubscribeError> {
        self.changed(|| {
            let mut entries = self.entries.iter();
            let entry = entries
                .find(|entry| entry.is(slot, prefix))
                .ok_or(SubscribeError::NotSubscribed)?;
            let times = entry.times.load(Relaxed) - 1; // R: the lock
            entry.times.store(times, Relaxed); // R: the lock
            if times == 0 {
                entry.leave();
            }
            Ok(())
        })
    }

    fn clear(&self, slot: usize) {
        self.changed(|| {
            let entries = self.entries.iter();
            let own = entries.filter(|entry| entry.slot() == Some(slot));
            own.for_each(Entry::leave);
        });
    }

    fn wants(&self, slot: usize, topic: &[u8]) -> bool {
        self.entries.iter().any(|entry| entry.matches(slot, topic))
    }

    fn wants_any(&self, slot: usize) -> bool {
        self.entries.iter().any(|entry| entry.slot() == Some(slot))
    }
}

impl Entry {
    const_fn! {
        const fn new() -> Self {
            Entry {
                owner: AtomicU32::new(0),
                times: AtomicUsize::new(0),
                len: AtomicUsize::new(0),
                text: filled!(AtomicU32::new(0); PREFIX / WORD),
            }
        }
    }

    /// Whose it is. Without the lock, at some moment of the call.
    fn slot(&self) -> Option<usize> {
        let owner = self.owner.load(Relaxed) & SLOT; // R: the lock; without it, no prefix is read
        owner.checked_sub(1).map(|slot| slot as usize)
    }

    /// Under the lock: is it this prefix of this subscriber?
    fn is(&self, slot: usize, prefix: &[u8]) -> bool {
        self.slot() == Some(slot)
            && self.len.load(Relaxed) == prefix.len() // R: the lock
            && self.begins(prefix)
    }

    /// Under the lock, of an entry without an owner.
    fn write(&self, slot: usize, prefix: &[u8]) {
        fence(Release); // E2
        self.times.store(1, Relaxed); // R: the lock
        self.len.store(prefix.len(), Relaxed); // R: E1
        for (word, bytes) in self.text.iter().zip(prefix.chunks(WORD)) {
            let mut all = [0; WORD];
            all.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            word.store(u32::from_le_bytes(all), Relaxed); // R: E1
        }
        let number = self.owner.load(Relaxed) & !SLOT; // R: the lock
        self.owner.store(number | (slot as u32 + 1), Release); // E1
    }

    /// Under the lock: nobody owns it, and who owns it next has another number.
    fn leave(&self) {
        let number = self.owner.load(Relaxed) & !SLOT; // R: the lock
        self.owner.store(number.wrapping_add(NUMBER), Relaxed); // R: E2
    }

    /// For a publisher: is it a prefix of this topic that this subscriber wants?
    fn matches(&self, slot: usize, topic: &[u8]) -> bool {
        loop {
            let owner = self.owner.load(Acquire); // E1
            if owner & SLOT != slot as u32 + 1 {
                return false;
            }
            let len = self.len.load(Relaxed); // R: E1
            let found = topic.get(..len).is_some_and(|head| self.begins(head));
            fence(Acquire); // E2
            // R: E2
            if self.owner.load(Relaxed) == owner {
                return found;
            }
        }
    }

    /// Returns `true` if its first bytes are these.
    fn begins(&self, bytes: &[u8]) -> bool {
        self.text
            .iter()
            .zip(bytes.chunks(WORD))
            .all(|(word, bytes)| {
                let word = word.load(Relaxed).to_le_bytes(); // R: E1
                word.iter().zip(bytes).all(|(mine, theirs)| mine == theirs)
            })
    }
}
