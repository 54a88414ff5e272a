//! L6: what the holder of a pipe's end does through it: it sends or receives, and wakes the other side.
//!
//! The holder of an end ([`PipeEnd`]) lends it for a call, as a [`PipeEndRef`]. That ends with the loan, before
//! the end can be given up. The invariants are those of `pipe.rs`.

#![allow(unsafe_code)]

use core::marker::PhantomData;

use super::identity::Identity;
use super::pipe::{Direction, In, Out, PipeEnd, PipeEndPointer, PipeView};
use super::slot::SocketSlots;
use crate::error::{TryRecvError, TrySendError};
use crate::ring::to_the_end;
use crate::shim::SETS_ASIDE;

/// An end of a pipe, borrowed from its holder.
pub(crate) struct PipeEndRef<'e, T, D> {
    // Not a reference: an end may be given up, and its pipe freed, in a call that got this as an argument.
    end: PipeEndPointer<T, D>,
    _borrowed: PhantomData<&'e PipeEnd<T, D>>,
}

impl<T, D> PipeEndPointer<T, D> {
    /// Lends the end.
    ///
    /// # Safety
    /// I4: the caller is the list that holds this end, and holds it for `'e`.
    #[inline(always)]
    pub(super) unsafe fn lend<'e>(self) -> PipeEndRef<'e, T, D> {
        PipeEndRef {
            end: self,
            _borrowed: PhantomData,
        }
    }
}

impl<'e, T, D: Direction> PipeEndRef<'e, T, D> {
    /// The pipe.
    #[inline(always)]
    pub(crate) fn pipe(&self) -> &'e PipeView<T> {
        // SAFETY: I1: the end is borrowed for `'e`.
        unsafe { self.end.pipe() }
    }

    /// The slot of the socket at this side, once it has joined.
    pub(crate) fn own_slot(&self) -> Option<usize> {
        D::own_side(self.pipe()).slot()
    }

    /// The socket at the other side, once it has been joined.
    #[inline(always)]
    pub(crate) fn peer(&self) -> Option<usize> {
        D::peer_side(self.pipe()).slot()
    }

    /// The identity of the socket at the other side, once it has been joined.
    #[inline(always)]
    pub(crate) fn identity(&self) -> Option<Identity> {
        D::peer_side(self.pipe()).identity()
    }

    /// Wakes the socket at the other side: after every change.
    #[inline(always)]
    pub(crate) fn wake_peer(&self, context: &impl BringsBack<T>)
    where
        D: WakesPeer,
    {
        let slots = context.slots();
        match slots.get(self.pipe().peer_to_wake::<D>(slots.is_agreed())) {
            Some(slot) => slot.cell.wake_fenced(),
            None if SETS_ASIDE => wake_from_aside::<T, D>(self.pipe(), context),
            // Nobody sits there yet: a socket that joins looks, after a fence, at what is there.
            None => {}
        }
    }
}

/// The context of a pipe, for a socket that has changed it: the peer may have set the link aside.
pub(crate) trait BringsBack<T> {
    /// Where sockets wait.
    fn slots(&self) -> SocketSlots<'_>;
    /// The writer has set the link aside: it is to look at it again.
    fn bring_back_out(&self, pipe: &PipeView<T>);
    /// The reader has set the link aside: it is to look at it again.
    fn bring_back_in(&self, pipe: &PipeView<T>);
}

/// A side of a pipe whose holder wakes the other one.
pub(crate) trait WakesPeer: Direction {
    /// The other side has set the link aside: it is to look at it again.
    fn bring_peer_back<T>(pipe: &PipeView<T>, context: &impl BringsBack<T>);
}

impl WakesPeer for Out {
    fn bring_peer_back<T>(pipe: &PipeView<T>, context: &impl BringsBack<T>) {
        context.bring_back_in(pipe);
    }
}

impl WakesPeer for In {
    fn bring_peer_back<T>(pipe: &PipeView<T>, context: &impl BringsBack<T>) {
        context.bring_back_out(pipe);
    }
}

/// Wakes the socket at the other side, which has set the link aside or is not there yet.
#[cold]
#[inline(never)]
fn wake_from_aside<T, D: WakesPeer>(pipe: &PipeView<T>, context: &impl BringsBack<T>) {
    let side = D::peer_side(pipe);
    if side.is_aside() {
        D::bring_peer_back(pipe, context);
    }
    if let Some(peer) = side.slot() {
        context.slots().cell(peer).wake();
    }
}

impl<T> PipeEndRef<'_, T, Out> {
    /// Sends, and wakes the reader's socket.
    #[inline(always)]
    pub(crate) fn send(
        &self,
        context: &impl BringsBack<T>,
        value: T,
    ) -> Result<(), TrySendError<T>> {
        let pipe = self.pipe();
        let counters = pipe.counters();
        let looked = |full| counters.full.note(full);
        // SAFETY: I2: the writer's end makes the one sender; `wake_peer` begins with a fence.
        unsafe {
            pipe.link
                .send_from(&pipe.out.side.at, value, pipe.mark(), looked, || {
                    counters.sent.count();
                    self.wake_peer(context)
                })
        }
    }

    /// Returns `true` if the reader would take a message now: this side is the only one that takes room away.
    pub(crate) fn has_room(&self) -> bool {
        let pipe = self.pipe();
        // I2: the writer's end has the writer's position.
        let looked = |full| pipe.counters().full.note(full);
        let ring = &pipe.link.ring;
        ring.has_room_from(&pipe.out.side.at, pipe.mark(), looked) && !pipe.is_closed()
    }
}

impl<T> PipeEndRef<'_, T, In> {
    /// Receives, and wakes the writer's socket.
    #[inline(always)]
    pub(crate) fn recv(&self, context: &impl BringsBack<T>) -> Result<T, TryRecvError> {
        let pipe = self.pipe();
        // SAFETY: I2: the reader's end makes the one receiver.
        let value = unsafe { pipe.link.recv_from(&pipe.into.at) }?;
        self.wake_peer(context);
        Ok(value)
    }

    /// Receives what is visible, and wakes the writer's socket. `None` says nothing of what was sent before a close.
    #[inline(always)]
    pub(crate) fn take(&self, context: &impl BringsBack<T>) -> Option<T> {
        let pipe = self.pipe();
        // SAFETY: I2: the reader's end makes the one receiver.
        let value = unsafe { pipe.link.ring.pop_from(&pipe.into.at) }.ok()?;
        self.wake_peer(context);
        Some(value)
    }

    /// Shows the messages from the `skip`th on in their places, until `read` returns `false`.
    pub(crate) fn peek_each(&self, skip: usize, mut read: impl FnMut(&T) -> bool) {
        let pipe = self.pipe();
        let mut index = skip;
        // SAFETY: I2: the reader's end makes the one receiver, and `read` cannot receive: it
        // has no socket of this link.
        while let Some(value) = unsafe { pipe.link.peek_from(&pipe.into.at, index) } {
            if !read(value) {
                break;
            }
            index += 1;
        }
    }

    /// Receives and drops the `n` oldest messages, then wakes the writer's socket once.
    pub(crate) fn release(&self, context: &impl BringsBack<T>, n: usize) {
        let pipe = self.pipe();
        let mut left = n;
        // If a destructor panics the rest is done all the same, and the writer is woken.
        to_the_end(|| {
            let more = left > 0;
            left = left.saturating_sub(1);
            // SAFETY: I2: the reader's end makes the one receiver.
            let received = more && unsafe { pipe.link.recv_from(&pipe.into.at) }.is_ok();
            if !received {
                self.wake_peer(context);
            }
            received
        });
    }
}
