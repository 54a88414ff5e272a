//! [`select`]: the core's select with blocking and timed waits.

#![forbid(unsafe_code)]

use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, Instant};

use gimmal_core::poll as core;
use gimmal_core::poll::{Branches, SelectGroup, WaitAny};

use crate::block::{Limit, block, block_until};

/// Does exactly one of two to eight operations: the first that can be done. `branches` is a tuple of
/// waits: what [`Sender::sending`](crate::channel::Sender::sending),
/// [`Receiver::receiving`](crate::channel::Receiver::receiving),
/// [`Event::waiting`](crate::sync::Event::waiting) and the like return. Nothing is done before one
/// of the methods of [`Select`] is called.
///
/// The result tells which one was done, by its variant, and has the result of that one first. Then
/// come the operations that were not done, in the order of the tuple; what they were to send is in
/// them.
///
/// # Examples
/// ```
/// use gimmal::channel;
/// use gimmal::poll::{Selected2, select};
///
/// let (jobs, worker) = channel::bounded(1);
/// let (answers, reader) = channel::bounded(1);
/// jobs.send(7).unwrap();
/// answers.send("no room for another").unwrap();
///
/// match select((worker.receiving(), answers.sending("answer"))).wait() {
///     Selected2::First(job, unsent) => {
///         assert_eq!(job, Ok(7));
///         assert_eq!(unsent.into_inner(), "answer");
///     }
///     Selected2::Second(sent, _) => assert!(sent.is_ok()),
/// }
/// # drop(reader);
/// ```
pub fn select<B: Branches>(branches: B) -> Select<B> {
    Select(core::select(branches))
}

/// Several operations, of which exactly one is to be done: see [`select`].
///
/// # Fairness
/// If several operations can be done, the first in the order of the tuple is. So order them by
/// importance; a branch that is always ready starves those behind it. To give each its turn, begin
/// with another one each time: [`starting_at`](Select::starting_at).
///
/// **A channel that is closed is always ready**, with `Err(Closed)`. A loop that goes on without it makes its branch `None`, which
/// is never ready (a select of nothing else waits for ever):
/// ```
/// use gimmal::channel;
/// use gimmal::poll::{Selected2, select};
///
/// let (left, from_left) = channel::bounded(4);
/// let (right, from_right) = channel::bounded(4);
/// left.send(1).unwrap();
/// right.send("two").unwrap();
/// drop((left, right));
///
/// let (mut one, mut other, mut came) = (true, true, 0);
/// while one || other {
///     let branches = (
///         one.then(|| from_left.receiving()),
///         other.then(|| from_right.receiving()),
///     );
///     match select(branches).wait() {
///         Selected2::First(Ok(_), _) => came += 1,
///         Selected2::First(Err(_), _) => one = false,
///         Selected2::Second(Ok(_), _) => came += 1,
///         Selected2::Second(Err(_), _) => other = false,
///     }
/// }
/// assert_eq!(came, 2);
/// ```
#[must_use = "a select does nothing until it is waited for"]
pub struct Select<B: Branches>(WaitAny<SelectGroup<B>>);

impl<B: Branches> Select<B> {
    /// Begins with branch `turn`, modulo their number, and goes round. A loop that counts its turns
    /// gives each branch the first place in turn.
    ///
    /// # Examples
    /// ```
    /// use gimmal::{channel, poll::select};
    ///
    /// let (left, right) = (channel::bounded(4), channel::bounded(4));
    /// (0..2).for_each(|n| { left.0.send(n).unwrap(); right.0.send(n).unwrap() });
    /// // Both have messages all the time, and both have their turn.
    /// let turns = (0..4).map(|turn| {
    ///     let both = (left.1.receiving(), right.1.receiving());
    ///     select(both).starting_at(turn).wait().index()
    /// });
    /// assert_eq!(turns.collect::<Vec<_>>(), [0, 1, 0, 1]);
    /// ```
    pub fn starting_at(self, turn: usize) -> Self {
        Select(self.0.starting_at(turn))
    }

    /// Does the first operation that can be done without waiting.
    ///
    /// # Errors
    /// The operations, if none can be done; what they were to send is in them.
    ///
    /// # Examples
    /// ```
    /// use gimmal::channel;
    /// use gimmal::poll::select;
    /// use gimmal::sync::Event;
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let stop = Event::new();
    /// sender.send("full").unwrap();
    /// let (unsent, _) = select((sender.sending("late"), stop.waiting())).try_now().unwrap_err();
    /// assert_eq!(unsent.into_inner(), "late");
    /// # drop(receiver);
    /// ```
    pub fn try_now(self) -> Result<B::Selected, B::Left> {
        block_until(self.0, Limit::NOW)
    }

    /// Blocks until one of the operations is done.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Examples
    /// ```
    /// use gimmal::poll::{Selected2, select};
    /// use gimmal::{channel, sync::Event};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let stop = Event::new();
    /// sender.send("message").unwrap();
    /// match select((receiver.receiving(), stop.waiting())).wait() {
    ///     Selected2::First(message, _) => assert_eq!(message, Ok("message")),
    ///     Selected2::Second(..) => unreachable!("nobody has set it"),
    /// }
    /// ```
    pub fn wait(self) -> B::Selected {
        block(self.0)
    }

    /// Blocks until one of the operations is done, for at most `timeout`: `ZERO` tries each once,
    /// `MAX` is for ever. An operation that can be done is done although the time is over.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// The operations, if the time was over first; what they were to send is in them.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use gimmal::channel;
    /// use gimmal::poll::select;
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let (other, _receiver) = channel::bounded::<u32>(1);
    /// sender.send("full").unwrap();
    /// let both = select((sender.sending("late"), _receiver.receiving()));
    /// let (unsent, _) = both.wait_timeout(Duration::from_millis(1)).unwrap_err();
    /// assert_eq!(unsent.into_inner(), "late");
    /// # drop((receiver, other));
    /// ```
    pub fn wait_timeout(self, timeout: Duration) -> Result<B::Selected, B::Left> {
        block_until(self.0, Limit::After(timeout))
    }

    /// Blocks until one of the operations is done, until `deadline` at most: a past one tries each
    /// once.
    ///
    /// It blocks the calling thread; in a task, await [`wait_async`](Self::wait_async) instead.
    ///
    /// # Errors
    /// As for [`wait_timeout`](Select::wait_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::Instant;
    /// use gimmal::{channel, poll::select, sync::Event};
    ///
    /// let (_sender, receiver) = channel::bounded::<u32>(1);
    /// let stop = Event::new();
    /// let both = select((receiver.receiving(), stop.waiting()));
    /// assert!(both.wait_deadline(Instant::now()).is_err());
    /// ```
    pub fn wait_deadline(self, deadline: Instant) -> Result<B::Selected, B::Left> {
        block_until(self.0, Limit::At(deadline))
    }

    /// Returns the future of [`wait`](Select::wait), for an executor.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready has done none of the operations, and drops what they
    /// were to send. [`cancel`](WaitAny::cancel) returns it.
    ///
    /// # Examples
    /// ```
    /// # gimmal::wait::block_on(async {
    /// use gimmal::channel;
    /// use gimmal::poll::select;
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// let done = select((sender.sending(1), receiver.receiving())).wait_async().await;
    /// assert_eq!(done.index(), 0);
    /// # });
    /// ```
    pub fn wait_async(self) -> WaitAny<SelectGroup<B>> {
        self.0
    }
}

impl<B: Branches> IntoFuture for Select<B> {
    type Output = B::Selected;
    type IntoFuture = WaitAny<SelectGroup<B>>;

    fn into_future(self) -> WaitAny<SelectGroup<B>> {
        self.0
    }
}

impl<B: Branches> fmt::Debug for Select<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("branches", &B::COUNT)
            .finish_non_exhaustive()
    }
}
