//! [`PollSet`]: a poller whose sources come and go at run time.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::mem;
use std::time::{Duration, Instant};

use gimmal_core::poll::{Readiness, Source, WaitAny};

use super::waits::{Memory, SetGroup};
use crate::block::{Limit, block, block_until};

/// How the source of an object is made.
type AsSource<S> = for<'s> fn(&'s mut S) -> Source<'s>;

/// Waits until at least one of its objects is ready, and tells all that are: a
/// [`Poller`](super::Poller) for a number of sources that is known at run time only.
///
/// It owns the objects (sockets, ends of channels, `Arc`s of events, references), each with a token of
/// your choice, and lends them between two polls. Objects of several types are the variants of an
/// enum, or boxes of a trait of yours.
///
/// A poll is level-triggered and takes nothing: what is ready stays ready, and is reported again,
/// until somebody takes it.
///
/// # Cost
/// A poll looks at each object once, and no more, if one is ready. Adding and removing take the same
/// time however many there are. A poll allocates nothing, unless objects were added or removed since
/// the last one.
///
/// # Fairness
/// Every object that is ready is reported, so none can be starved by the others.
///
/// # Examples
/// Workers that come and go, until none is left:
/// ```
/// use gimmal::Context;
/// use gimmal::poll::PollSet;
/// use gimmal::socket::{RecvError, WhenAlone};
///
/// let context = Context::<u32>::typed();
/// let mut inputs = PollSet::new();
/// let mut senders = Vec::new();
/// for (worker, name) in ["inproc://a", "inproc://b", "inproc://c"].into_iter().enumerate() {
///     let pull = context.pull().unwrap();
///     pull.bind(name).unwrap();
///     pull.set_when_alone(WhenAlone::Disconnect);
///     let push = context.push().unwrap();
///     push.connect(name).unwrap();
///     senders.push(push);
///     inputs.add(worker, pull, |pull| pull.readable());
/// }
/// senders[0].send(10_u32).unwrap();
/// senders[2].send(12_u32).unwrap();
/// drop(senders);
///
/// let (mut received, mut gone) = (Vec::new(), Vec::new());
/// while !inputs.is_empty() {
///     inputs.poll();
///     for (worker, pull, _) in inputs.ready() {
///         match pull.try_recv() {
///             Ok(number) => received.push((*worker, number)),
///             Err(RecvError::Disconnected) => gone.push(*worker),
///             Err(_) => {}
///         }
///     }
///     gone.drain(..).for_each(|worker| drop(inputs.remove(&worker)));
/// }
/// received.sort();
/// assert_eq!(received, [(0, 10), (2, 12)]);
/// ```
#[doc(alias = "epoll")]
#[doc(alias = "FuturesUnordered")]
pub struct PollSet<K, S> {
    entries: Vec<Entry<K, S>>,
    /// Where the entry of each token is.
    places: HashMap<K, usize>,
    /// What the last poll has found, in the order of the entries.
    found: Vec<Readiness>,
    memory: Memory,
}

struct Entry<K, S> {
    token: K,
    object: S,
    source: AsSource<S>,
}

impl<K: Clone + Eq + Hash, S> PollSet<K, S> {
    /// Returns an empty set.
    ///
    /// # Examples
    /// ```
    /// use gimmal::poll::PollSet;
    /// use gimmal::sync::Event;
    ///
    /// let mut events = PollSet::<&str, &Event>::new();
    /// assert_eq!(events.poll(), 0); // there is nothing to wait for
    /// ```
    pub fn new() -> Self {
        PollSet::default()
    }

    /// Adds an object, which `source` makes a source of: with `readable`, `writable`, or
    /// `readable_or_writable`. Returns the object that had this token before.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel;
    /// use gimmal::poll::PollSet;
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let mut inputs = PollSet::new();
    /// assert!(inputs.add("jobs", receiver, |receiver| receiver.readable()).is_none());
    /// sender.send(7).unwrap();
    /// assert_eq!(inputs.poll(), 1);
    /// ```
    #[doc(alias = "register")]
    pub fn add(
        &mut self,
        token: K,
        object: S,
        source: for<'s> fn(&'s mut S) -> Source<'s>,
    ) -> Option<S> {
        if let Some(place) = self.places.get(&token) {
            let entry = &mut self.entries[*place];
            entry.source = source;
            self.found[*place] = Readiness::NONE;
            return Some(mem::replace(&mut entry.object, object));
        }
        self.places.insert(token.clone(), self.entries.len());
        self.found.push(Readiness::NONE);
        self.entries.push(Entry {
            token,
            object,
            source,
        });
        None
    }

    /// Removes the object with this token, and returns it.
    ///
    /// # Examples
    /// ```
    /// use gimmal::poll::PollSet;
    /// use gimmal::sync::Event;
    ///
    /// let stop = Event::new();
    /// let mut events = PollSet::new();
    /// events.add(1, &stop, |event| event.readable());
    /// assert!(events.remove(&1).is_some() && events.is_empty());
    /// ```
    #[doc(alias = "deregister")]
    pub fn remove(&mut self, token: &K) -> Option<S> {
        let place = self.places.remove(token)?;
        let entry = self.entries.swap_remove(place);
        self.found.swap_remove(place);
        if let Some(moved) = self.entries.get(place) {
            self.places.insert(moved.token.clone(), place);
        }
        Some(entry.object)
    }

    /// Returns the object with this token.
    ///
    /// # Examples
    /// ```
    /// use gimmal::poll::PollSet;
    /// use gimmal::sync::Event;
    ///
    /// let mut events = PollSet::new();
    /// events.add("stop", Event::new(), |event| event.readable());
    /// events.get_mut(&"stop").unwrap().set();
    /// assert_eq!(events.try_poll(), 1);
    /// ```
    pub fn get_mut(&mut self, token: &K) -> Option<&mut S> {
        let place = self.places.get(token)?;
        Some(&mut self.entries[*place].object)
    }

    /// Returns the number of objects.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let mut events = PollSet::new();
    /// events.add(1, Event::new(), |event| event.readable());
    /// assert_eq!(events.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns `true` if the set has no objects.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// assert!(PollSet::<u32, Event>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what the last poll has found ready: the token of each, the object, and what it is
    /// ready for. An object that was added since is not among them.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel;
    /// use gimmal::poll::PollSet;
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let mut inputs = PollSet::new();
    /// inputs.add("jobs", receiver, |receiver| receiver.readable());
    /// sender.send(7).unwrap();
    /// inputs.poll();
    /// for (token, receiver, found) in inputs.ready() {
    ///     assert!(*token == "jobs" && found.is_readable());
    ///     assert_eq!(receiver.try_recv(), Ok(7));
    /// }
    /// ```
    #[doc(alias = "events")]
    pub fn ready(&mut self) -> impl Iterator<Item = (&K, &mut S, Readiness)> {
        let all = self.entries.iter_mut().zip(&self.found);
        all.filter(|(_, found)| found.is_ready())
            .map(|(entry, found)| (&entry.token, &mut entry.object, *found))
    }

    fn wait(&mut self) -> WaitAny<SetGroup<'_>> {
        let polled = self.entries.iter_mut();
        let polled = polled.map(|entry| (entry.source)(&mut entry.object));
        WaitAny::new(SetGroup::new(polled, &mut self.found, &mut self.memory))
    }

    /// Looks at all objects once, without waiting. Returns how many are ready.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let mut events = PollSet::new();
    /// events.add(1, Event::new(), |event| event.readable());
    /// assert_eq!(events.try_poll(), 0);
    /// ```
    pub fn try_poll(&mut self) -> usize {
        block_until(self.wait(), Limit::NOW).unwrap_or_default()
    }

    /// Blocks until at least one object is ready, and returns how many are. An empty set returns 0
    /// at once.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let event = Event::new();
    /// let mut events = PollSet::new();
    /// events.add(1, &event, |event| event.readable());
    /// event.set();
    /// assert_eq!(events.poll(), 1);
    /// ```
    pub fn poll(&mut self) -> usize {
        block(self.wait())
    }

    /// Blocks until at least one object is ready, for at most `timeout`, and returns how many are:
    /// 0 if the time was over first. `ZERO` looks once, `MAX` is for ever. An empty set returns 0 at
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let mut events = PollSet::new();
    /// events.add(1, Event::new(), |event| event.readable());
    /// assert_eq!(events.poll_timeout(Duration::from_millis(1)), 0);
    /// ```
    pub fn poll_timeout(&mut self, timeout: Duration) -> usize {
        block_until(self.wait(), Limit::After(timeout)).unwrap_or_default()
    }

    /// Blocks until at least one object is ready, until `deadline` at most, and returns how many
    /// are: 0 if the time was over first. A past deadline looks once. An empty set returns 0 at
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`poll_async`](Self::poll_async) instead.
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let mut events = PollSet::new();
    /// events.add(1, Event::new(), |event| event.readable());
    /// events.get_mut(&1).unwrap().set();
    /// assert_eq!(events.poll_deadline(Instant::now()), 1);
    /// ```
    pub fn poll_deadline(&mut self, deadline: Instant) -> usize {
        block_until(self.wait(), Limit::At(deadline)).unwrap_or_default()
    }

    /// Returns the future of [`poll`](PollSet::poll), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on the objects; a wake-up that it has received goes to the
    /// next waiter there.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use gimmal::{poll::PollSet, sync::Event};
    ///
    /// let event = Event::new();
    /// let mut events = PollSet::new();
    /// events.add(1, &event, |event| event.readable());
    /// event.set();
    /// assert_eq!(events.poll_async().await, 1);
    /// # });
    /// ```
    pub fn poll_async(&mut self) -> WaitAny<SetGroup<'_>> {
        self.wait()
    }
}

/// An empty set.
impl<K, S> Default for PollSet<K, S> {
    fn default() -> Self {
        PollSet {
            entries: Vec::new(),
            places: HashMap::new(),
            found: Vec::new(),
            memory: Memory::default(),
        }
    }
}

impl<K: fmt::Debug, S> fmt::Debug for PollSet<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.entries.iter().zip(&self.found);
        let found = found.map(|(entry, found)| (&entry.token, found));
        f.debug_map().entries(found).finish()
    }
}
