//! L7: links that a socket has set aside, so that a message costs the same whether it has ten peers or ten thousand.
//!
//! A socket that has passed over many links in succession, without a message there (or room for one), sets the last of them
//! aside: they leave its list, and their occupant says so. The peer that changes such a link finds no slot to wake, learns why, and
//! puts the end on the incoming list: the socket fetches it with its next operation, as it does with a new link. A few links always
//! stay in the list; so a socket with few peers sets none aside, and one whose list is empty has lost peers (`socket/member.rs`
//! fetches all then).
//!
//! | a link is | its end lies | its occupant says |
//! |---|---|---|
//! | in turn | among the socket's peers, or on the incoming list | the slot |
//! | aside | in the queue of those set aside | the slot, and that it is aside |
//!
//! It goes from one state to the other under the lock only: a call that holds it and is told "aside" finds the end in the queue.
//!
//! In a forked child nobody brings a link back for a thread of the parent that had changed it and was about to: that send had not
//! returned. The child's socket finds the message when it fetches all, at the latest when its list is empty.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | the socket: `set_aside(true)`, heavy fence, the look at the link | the peer: the change of the link, fence (E2 of `socket/pipe.rs`), the look at the occupant | the socket sees the change, or the peer sees that the link is aside |
//!
//! The idea of pipes that leave the turn until their peer has acted is that of ZeroMQ's fair queue, which is told by a command
//! to the socket; here the peer moves the end itself.

#![allow(unsafe_code)]

use super::{ContextOf, ContextStorage, SocketEntry};
use crate::panic_without_fmt::get_or_panic;
use crate::shim::atomic::Ordering::*;
use crate::shim::{SETS_ASIDE, heavy, step};
use crate::socket::{Direction, EndList, EndQueue, In, Out, PeerList, PipeEnd, PipeView};

/// A direction, as the context keeps its ends.
pub(super) trait Queues: Direction {
    /// The ends that the socket has not fetched.
    fn incoming<T>(socket_entry: &SocketEntry<T>) -> &EndQueue<T, Self>;
    /// The ends that it has set aside.
    fn aside<T>(socket_entry: &SocketEntry<T>) -> Option<&EndQueue<T, Self>>;
}

impl Queues for Out {
    fn incoming<T>(socket_entry: &SocketEntry<T>) -> &EndQueue<T, Out> {
        &socket_entry.out
    }

    fn aside<T>(socket_entry: &SocketEntry<T>) -> Option<&EndQueue<T, Out>> {
        socket_entry.aside.first().map(|(out, _)| out)
    }
}

impl Queues for In {
    fn incoming<T>(socket_entry: &SocketEntry<T>) -> &EndQueue<T, In> {
        &socket_entry.into
    }

    fn aside<T>(socket_entry: &SocketEntry<T>) -> Option<&EndQueue<T, In>> {
        socket_entry.aside.first().map(|(_, into)| into)
    }
}

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// The entry of the socket at the side of such an end.
    fn entry_of<D: Direction>(&self, pipe: &PipeView<T>) -> Option<&SocketEntry<T>> {
        let slot = D::own_side(pipe).slot()?;
        Some(get_or_panic(self.storage.sockets(), slot))
    }

    /// For the owner of these ends, inside: sets the last `n` aside, which it has just passed over. One that has changed meanwhile
    /// is put behind all others once more.
    pub(super) fn set_last_aside<D: Queues>(&self, ends: &mut PeerList<T, D>, n: usize) {
        self.locked(|_| {
            let mut passed = EndList::new();
            for _ in 0..n {
                let Some(end) = ends.remove_last() else { break };
                D::own_side(end.pipe()).set_aside(true);
                passed.push(end);
            }
            let cell = &get_or_panic(self.storage.slots(), 0).cell;
            heavy::fence(SeqCst, cell.is_asymmetric()); // E1
            while let Some(end) = passed.pop_last() {
                let ready = step!("look-aside", D::is_ready(end.pipe()), else false);
                match self
                    .entry_of::<D>(end.pipe())
                    .filter(|_| !ready)
                    .and_then(D::aside)
                {
                    Some(aside) => aside.push(end),
                    None => {
                        D::own_side(end.pipe()).set_aside(false);
                        ends.insert(end);
                    }
                }
            }
        });
    }

    /// Under the lock: takes the end of this side off those that its socket has set aside, if it is there.
    pub(super) fn take_aside<D: Queues>(&self, pipe: &PipeView<T>) -> Option<PipeEnd<T, D>> {
        let side = D::own_side(pipe);
        let aside = SETS_ASIDE && side.is_aside();
        let socket_entry = self.entry_of::<D>(pipe).filter(|_| aside)?;
        side.set_aside(false);
        // SAFETY: I1 of `end_list.rs`: it is there, see above.
        unsafe { D::aside(socket_entry)?.remove(pipe) }
    }

    /// Under the lock, for the peer of this side, which has changed the link: its socket is to look at it again.
    pub(super) fn bring_back<D: Queues>(&self, pipe: &PipeView<T>) {
        let end = self.take_aside::<D>(pipe);
        if let Some((end, socket_entry)) = end.zip(self.entry_of::<D>(pipe)) {
            D::incoming(socket_entry).push(end);
            step!("bring-back-notice", socket_entry.peers.notify_new_links());
        }
    }
}

impl<T> SocketEntry<T> {
    /// Under the lock, for the owner: nothing is set aside any more. It all lies on the incoming lists.
    pub(super) fn recall(&self) {
        self.recall_way::<Out>();
        self.recall_way::<In>();
    }

    fn recall_way<D: Queues>(&self) {
        while let Some(end) = D::aside(self).and_then(EndQueue::pop) {
            D::own_side(end.pipe()).set_aside(false);
            D::incoming(self).push(end);
        }
    }
}
