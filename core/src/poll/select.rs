//! L8: [`select`], which does exactly one of several operations.
//!
//! **Exactly one.** Each branch is an [`Until`](crate::wait::Until), and a select polls them in
//! parts: it tries all of them in order; if none succeeds, it enqueues all of them, makes one fence,
//! and tries all of them again, in the same order. It stops at the first that succeeds. The others
//! are *withdrawn*: they leave their queues without a last try, so that none of them can succeed as
//! well. What they had received goes on: a wake-up to the next waiter of that queue, a grant back
//! to who made it. What they were to send comes back in their operations.
//!
//! A select that is cancelled (a time-out) gives each branch one last try, in order, and again
//! stops at the first that succeeds.

#![forbid(unsafe_code)]

use core::pin::Pin;
use core::task::{Context, Poll};

use super::pinned::{Group, WaitAny};
use super::selected::Branches;
use crate::panic_without_fmt::some_or_panic;

/// The operations that a select waits for.
#[doc(hidden)]
pub struct SelectGroup<B: Branches> {
    /// Until the first poll.
    branches: Option<B>,
    first: usize,
}

/// Does exactly one of two to eight operations: the first that can be done. `branches` is a tuple of
/// futures of this library that have not been polled: of `send`, `recv`, `acquire`, `lock`,
/// `Event::wait`, or of an [`Operation`](crate::wait::Operation) of your own.
///
/// The result tells which one was done, by its variant, and has the result of that one first. Then
/// come the operations that were not done, in the order of the tuple; what they were to send is in
/// them.
///
/// # Cancel safety
/// As of [`WaitAny`]: dropping the future before it is ready has done none of the operations.
///
/// # Fairness
/// If several operations can be done, the first in the order of the tuple is. So order them by
/// importance; a branch that is always ready starves those behind it. To give each its turn, begin
/// with another one each time: [`starting_at`](WaitAny::starting_at).
///
/// **A channel that is closed is always ready**, with `Err(Closed)`. A loop that goes on without it makes its branch `None`, which
/// is never ready: `open.then(|| jobs.receiving())`.
///
/// # Examples
/// ```
/// use gimmal_core::channel::mpmc::Channel;
/// use gimmal_core::poll::{Selected2, select};
/// use gimmal_core::wait::block_on;
///
/// static JOBS: Channel<u32, 4> = Channel::new();
/// static ANSWERS: Channel<&str, 1> = Channel::new();
///
/// ANSWERS.try_send("no room for another").unwrap();
/// JOBS.try_send(7).unwrap();
///
/// match block_on(select((JOBS.recv(), ANSWERS.send("answer")))) {
///     Selected2::First(job, unsent) => {
///         assert_eq!(job, Ok(7));
///         assert_eq!(unsent.into_inner(), "answer");
///     }
///     Selected2::Second(sent, _) => assert!(sent.is_ok()),
/// }
/// ```
pub fn select<B: Branches>(branches: B) -> WaitAny<SelectGroup<B>> {
    WaitAny::new(SelectGroup {
        branches: Some(branches),
        first: 0,
    })
}

impl<B: Branches> WaitAny<SelectGroup<B>> {
    /// Begins with branch `turn`, modulo their number, and goes round. A loop that counts its turns
    /// gives each branch the first place in turn.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::channel::mpmc::Channel;
    /// use gimmal_core::poll::{Selected2, select};
    /// use gimmal_core::wait::block_on;
    ///
    /// static LEFT: Channel<&str, 4> = Channel::new();
    /// static RIGHT: Channel<&str, 4> = Channel::new();
    ///
    /// for _ in 0..2 {
    ///     LEFT.try_send("left").unwrap();
    ///     RIGHT.try_send("right").unwrap();
    /// }
    /// let mut seen = [""; 4];
    /// for (turn, seen) in seen.iter_mut().enumerate() {
    ///     let next = select((LEFT.recv(), RIGHT.recv())).starting_at(turn);
    ///     *seen = match block_on(next) {
    ///         Selected2::First(word, ..) | Selected2::Second(word, ..) => word.unwrap(),
    ///     };
    /// }
    /// assert_eq!(seen, ["left", "right", "left", "right"]);
    /// ```
    pub fn starting_at(mut self, turn: usize) -> Self {
        self.group().first = turn % B::COUNT;
        self
    }
}

impl<B: Branches> Group for SelectGroup<B> {
    type Output = B::Selected;
    type Left = B::Left;
    type Parts = B::Futures;

    #[inline]
    fn try_now(&mut self) -> Poll<B::Selected> {
        B::try_each(&mut self.branches, self.first)
    }

    fn poll_parts(
        &mut self,
        mut parts: Pin<&mut Option<B::Futures>>,
        cx: &mut Context<'_>,
    ) -> Poll<B::Selected> {
        let is_new = parts.is_none();
        if is_new {
            let branches = some_or_panic!(self.branches.take(), "the future has been ready before");
            parts.set(Some(branches.start()));
        }
        let futures = some_or_panic!(parts.as_mut().as_pin_mut(), "they have just been made");
        let done = B::poll_each(futures, cx, self.first, is_new);
        if done.is_ready() {
            parts.set(None);
        }
        done
    }

    fn into_left(self) -> B::Left {
        some_or_panic!(self.branches, "the future has been ready before").into_left()
    }

    fn cancel_parts(
        &mut self,
        mut parts: Pin<&mut Option<B::Futures>>,
    ) -> Result<B::Selected, B::Left> {
        if let Some(branches) = self.branches.take() {
            parts.set(Some(branches.start()));
        }
        let futures = some_or_panic!(
            parts.as_mut().as_pin_mut(),
            "the future has been ready before"
        );
        let ended = B::cancel_each(futures, self.first);
        parts.set(None);
        ended
    }
}
