//! L4: the wait at a [`Barrier`]: how a party arrives, waits and leaves.
//!
//! | role | where the party is |
//! |---|---|
//! | `Coming`, `Blocking` | nowhere; `Blocking` is a thread, which waits beside the queue first |
//! | `Beside` | beside the queue; it looks at the number of the generation |
//! | `Waiting`, `Outside` | in the queue |
//! | `Last` | it runs the action |
//! | `Refused`, `Released` | nowhere; its wait is over |
//!
//! What decides is in `barrier.rs`.

#![forbid(unsafe_code)]

use core::future::IntoFuture;
use core::task::Poll;

use crate::shim::{IfBeside, WAITS_BESIDE, step};

use super::barrier::{Arrival, BROKEN, Barrier, Beginning, Found, Round};
use super::turn::Turn;
use crate::error::BrokenBarrier;
use crate::wait::{Key, Phase, Protocol, Until, Wait, WaitQueue};

impl<F: Fn()> Barrier<F> {
    /// Waits until all parties have arrived.
    ///
    /// # Errors
    /// [`BrokenBarrier`] if the barrier is broken, or was broken or reset while this party waited.
    ///
    /// # Panics
    /// With what the action panics with, in the party that runs it.
    ///
    /// # Cancel safety
    /// Dropping a future that waits breaks the barrier, unless all parties of its generation have
    /// arrived. A future that has not been polled has not arrived.
    ///
    /// # Examples
    /// ```
    /// # gimmal_core::wait::block_on(async {
    /// let barrier = gimmal_core::sync::Barrier::new(1);
    /// let turn = barrier.wait().await.unwrap();
    /// assert!(turn.is_leader());
    /// # });
    /// ```
    pub fn wait(&self) -> Until<'_, WaitQueue, Arriving<'_, F>> {
        Wait::of(&self.queue, self.arrives(Role::Coming)).into_future()
    }

    /// The wait of [`wait`](Barrier::wait), for the crate `gimmal`, which blocks the thread.
    #[doc(hidden)]
    pub fn arriving(&self) -> Wait<'_, WaitQueue, Arriving<'_, F>> {
        let role = if WAITS_BESIDE {
            Role::Blocking
        } else {
            Role::Coming
        };
        Wait::of(&self.queue, self.arrives(role))
    }

    fn arrives(&self, role: Role) -> Arriving<'_, F> {
        Arriving {
            barrier: self,
            role,
            mine: [Round::FIRST; WAITS_BESIDE as usize],
        }
    }
}

/// Progress of one party.
#[derive(Clone, Copy)]
enum Role {
    /// It has not arrived.
    Coming,
    /// It has not arrived, and is a thread.
    Blocking,
    /// It waits beside the queue, with this number.
    Beside(usize),
    /// It waits, with this number.
    Waiting(usize),
    /// It has come while an action runs.
    Outside,
    /// It has come last, in this generation.
    Last(Round),
    /// It has come to a broken barrier, or its generation was broken.
    Refused,
    /// Its generation has tripped; this was its number.
    Released(usize),
}

impl Role {
    /// That of a party beside the queue, with this number, once its generation is over.
    fn over(index: usize, found: Found) -> Option<Self> {
        match found {
            Found::NotOver => None,
            Found::Tripped => Some(Role::Released(index)),
            Found::Broken => Some(Role::Refused),
        }
    }
}

/// The operation of [`Barrier::wait`].
#[doc(hidden)]
pub struct Arriving<'b, F> {
    barrier: &'b Barrier<F>,
    role: Role,
    /// The generation of a party that waits beside the queue.
    mine: IfBeside<Round>,
}

impl<F> Arriving<'_, F> {
    /// Ends a wait whose time is over. Returns its result if its generation has ended in the meantime; else the barrier is broken.
    #[doc(hidden)]
    pub fn give_up(mut self) -> Option<Result<Turn, BrokenBarrier>> {
        self.leave()
    }

    /// Leaves the place beside the queue if the party is there, and breaks the barrier unless its generation is over.
    fn leave(&mut self) -> Option<Result<Turn, BrokenBarrier>> {
        let (Role::Beside(index), Some(&mine)) = (self.role, self.mine.first()) else {
            return None;
        };
        let barrier = self.barrier;
        let mut found = Found::NotOver;
        barrier.queue.wake_all_if(|| {
            found = barrier.look_and_leave(mine);
            if found == Found::NotOver {
                barrier.end(BROKEN);
            }
            found == Found::NotOver
        });
        self.role = Role::over(index, found).unwrap_or(Role::Coming);
        self.result()
    }

    /// The result of a wait that is over.
    fn result(&self) -> Option<Result<Turn, BrokenBarrier>> {
        match self.role {
            Role::Refused => Some(Err(BrokenBarrier)),
            Role::Released(index) => Some(Ok(Turn::of(index, false))),
            _ => None,
        }
    }
}

impl<F: Fn()> Arriving<'_, F> {
    /// A thread arrives.
    fn arrive(&mut self) -> Poll<Result<Turn, BrokenBarrier>> {
        self.role = Role::Coming;
        match self.barrier.arrive_beside() {
            Beginning::InQueue => {}
            Beginning::Beside(index, round) => {
                self.mine = [round; WAITS_BESIDE as usize];
                self.role = Role::Beside(index);
            }
            Beginning::Last(round) => return Poll::Ready(self.barrier.trip(round)),
            Beginning::Over(result) => return Poll::Ready(result),
        }
        Poll::Pending
    }

    /// A party beside the queue, with this number, looks whether its generation is over.
    fn look(&mut self, index: usize) -> Poll<Result<Turn, BrokenBarrier>> {
        if let Some(&mine) = self.mine.first()
            && let Some(role) = Role::over(index, self.barrier.look(mine))
        {
            self.role = role;
        }
        self.result().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<F: Fn()> Protocol for Arriving<'_, F> {
    type Output = Result<Turn, BrokenBarrier>;

    #[inline]
    fn attempt(&mut self, when: Phase, _key: Key) -> Poll<Self::Output> {
        match (when, self.role) {
            (Phase::First, Role::Blocking) if WAITS_BESIDE => self.arrive(),
            (Phase::First, Role::Beside(index)) if WAITS_BESIDE => self.look(index),
            // Nobody can have told it anything that it does not find in the queue.
            (Phase::First | Phase::Enqueued, _) => Poll::Pending,
            (_, Role::Last(round)) => Poll::Ready(self.barrier.trip(round)),
            (_, Role::Released(index)) if WAITS_BESIDE => Poll::Ready(Ok(Turn::of(index, false))),
            (Phase::Released, Role::Waiting(index)) => Poll::Ready(Ok(Turn::of(index, false))),
            // What it has waited for outside is over.
            (_, Role::Outside | Role::Coming) => Poll::Pending,
            // Woken, or not let in.
            _ => Poll::Ready(Err(BrokenBarrier)),
        }
    }

    /// Arrives, or comes from beside the queue.
    fn on_enqueue(&mut self, _others: bool, _key: Key) -> bool {
        let barrier = self.barrier;
        self.role = match (self.role, self.mine.first()) {
            (Role::Beside(index), Some(&mine)) => {
                Role::over(index, barrier.look_and_leave(mine)).unwrap_or(Role::Waiting(index))
            }
            _ => match barrier.arrive() {
                Arrival::Waits(index) => Role::Waiting(index),
                Arrival::Last(round) => Role::Last(round),
                Arrival::Outside => Role::Outside,
                Arrival::Refused => Role::Refused,
            },
        };
        matches!(self.role, Role::Outside | Role::Waiting(_))
    }

    fn on_leave(&mut self, _key: Key) {
        if matches!(self.role, Role::Waiting(_)) {
            step!("leaving-breaks", self.barrier.end(BROKEN));
        }
    }

    fn on_left(&mut self, _key: Key) {
        // If it was reset meanwhile, the others of this generation are told already.
        let barrier = self.barrier;
        step!(
            "leaving-wakes",
            barrier.queue.wake_all_if(|| barrier.is_broken())
        );
    }

    /// Whoever else was to be woken is woken by the party that broke the barrier.
    fn on_unused_wakeup(&mut self, _key: Key) -> bool {
        true
    }

    fn hint(&self, _key: Key) -> usize {
        usize::from(matches!(self.role, Role::Beside(_)))
    }
}

impl<F> Drop for Arriving<'_, F> {
    #[inline]
    fn drop(&mut self) {
        if WAITS_BESIDE {
            self.leave();
        }
    }
}
