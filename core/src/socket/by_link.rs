//! L6: the links of a socket one by one, for who chooses among them itself: the broker of the facade.
//!
//! A link is named by its number, which is the same in both its ways and no other link's. The policy
//! of the pattern is not asked, so this is for patterns whose policy remembers nothing between two
//! messages. A closure that is shown links must not use the same socket: that panics.

#![forbid(unsafe_code)]

use super::detach::detach;
use super::pattern::Pattern;
use super::patterns::markers::{DealerPattern, RouterPattern};
use super::peer::Candidates;
use super::pipe::PipeView;
use super::socket::Socket;
use super::state::State;
use crate::error::socket::{SendError, SendReason};
use crate::error::{TryRecvError, TrySendError};
use crate::ring::to_the_end;

/// A pattern whose links can be chosen one by one.
#[doc(hidden)]
pub trait ByLink: Pattern {}

impl ByLink for DealerPattern {}
impl ByLink for RouterPattern {}

/// What the broker of the facade needs; no promise.
#[doc(hidden)]
impl<T, P: ByLink> Socket<'_, T, P> {
    /// Shows each link that a peer has joined and that can still be sent by, and whether it has room.
    pub fn each_link_out(&self, show: impl FnMut(usize, bool)) {
        self.state.borrow_mut().each_link_out(show);
    }

    /// Shows each link that a peer has joined and that is not read to its end, and how many messages
    /// are there to be read.
    pub fn each_link_in(&self, show: impl FnMut(usize, usize)) {
        self.state.borrow_mut().each_link_in(show);
    }

    /// Returns whether a link has room for a message; `None` if its peer has gone.
    pub fn has_room_by(&self, link: usize) -> Option<bool> {
        let mut room = None;
        self.each_link_out(|one, has_room| {
            if one == link {
                room = Some(has_room);
            }
        });
        room
    }

    /// Sends by a link.
    ///
    /// # Errors
    /// The message, and `Full`, `Unreachable` if the peer has gone, or `Terminated`.
    pub fn try_send_by(&mut self, link: usize, value: T) -> Result<(), SendError<T>> {
        self.state.get_mut().try_send_by(link, value)
    }

    /// Receives by a link; `None` if it has nothing.
    pub fn try_recv_by(&mut self, link: usize) -> Option<T> {
        self.state.get_mut().try_recv_by(link)
    }

    /// Receives a message of each peer in turn, and the link that it has come by; `None` if there is
    /// none.
    pub fn try_recv_any(&mut self) -> Option<(usize, T)> {
        self.state.get_mut().try_recv_any()
    }

    /// Ends a link, as its peer would see this socket close: what was sent by it can still be read.
    /// Returns how many messages had come by it and are dropped. Does nothing if there is no such
    /// link.
    pub fn end_link(&mut self, link: usize) -> usize {
        self.state.get_mut().end_link(link)
    }

    /// Returns `true` if the context has been shut down.
    pub fn is_terminated(&self) -> bool {
        self.state.borrow().member.is_terminated()
    }
}

impl<T> State<'_, T> {
    fn each_link_out(&mut self, mut show: impl FnMut(usize, bool)) {
        let Some((mut inside, member)) = self.enter_to_all() else {
            return;
        };
        let mut peers = Candidates::new(&mut inside.out, &member.context);
        peers.remove_closed();
        let joined = peers.iter().filter(|peer| peer.identity().is_some());
        joined
            .filter(|peer| !peer.is_closed())
            .for_each(|peer| show(peer.link(), peer.has_room()));
    }

    fn each_link_in(&mut self, mut show: impl FnMut(usize, usize)) {
        let Some((mut inside, member)) = self.enter_to_all() else {
            return;
        };
        let mut peers = Candidates::new(&mut inside.into, &member.context);
        peers.remove_over();
        let joined = peers.iter().filter(|peer| peer.identity().is_some());
        joined
            .filter(|peer| !peer.is_over())
            .for_each(|peer| show(peer.link(), peer.unread()));
    }

    fn try_send_by(&mut self, link: usize, value: T) -> Result<(), SendError<T>> {
        let refused = |reason, value| Err(SendError { reason, value });
        if self.member.is_terminated() {
            return refused(SendReason::Terminated, value);
        }
        let Some((mut inside, member)) = self.enter_to_all() else {
            return refused(SendReason::Closed, value);
        };
        let mut peers = Candidates::new(&mut inside.out, &member.context);
        if peers.find(|peer| peer.link() == link).is_none() {
            // It may have been set aside, before links were chosen one by one.
            member.fetch_all(&mut inside);
        }
        let mut peers = Candidates::new(&mut inside.out, &member.context);
        let Some(current) = peers.find(|peer| peer.link() == link) else {
            return refused(SendReason::Unreachable, value);
        };
        match current.peer().send(value) {
            Ok(()) => {
                member.peers.counters().sent.count();
                Ok(())
            }
            Err(TrySendError::Full(value) | TrySendError::Busy(value)) => {
                member.peers.counters().full.count();
                refused(SendReason::Full, value)
            }
            Err(TrySendError::Closed(value)) => {
                current.remove();
                refused(SendReason::Unreachable, value)
            }
        }
    }

    fn try_recv_by(&mut self, link: usize) -> Option<T> {
        let (mut inside, member) = self.enter()?;
        let mut peers = Candidates::new(&mut inside.into, &member.context);
        let current = peers.find(|peer| peer.link() == link)?;
        let received = current.peer().recv();
        // A link that is read to its end is taken out with its last message.
        if matches!(received, Err(TryRecvError::Closed)) || current.peer().is_over() {
            current.remove();
        }
        let value = received.ok()?;
        member.peers.counters().received.count();
        Some(value)
    }

    fn try_recv_any(&mut self) -> Option<(usize, T)> {
        let (mut inside, member) = self.enter()?;
        // Not as a socket receives: that sets links aside, which are asked for one by one here.
        let mut peers = Candidates::new(&mut inside.into, &member.context);
        for _ in 0..peers.len() {
            let current = peers.current()?;
            let received = current
                .peer()
                .take()
                .map(|value| (current.peer().link(), value));
            match current.peer().is_over() {
                true => current.remove(),
                false => current.advance(),
            }
            if received.is_some() {
                member.peers.counters().received.count();
                return received;
            }
        }
        None
    }

    fn end_link(&mut self, link: usize) -> usize {
        let Some((mut inside, member)) = self.enter_to_all() else {
            return 0;
        };
        let mut dropped = 0;
        let of_link = |pipe: &PipeView<T>| pipe.record.link.get() == link;
        // A link of the socket with itself has two ends in each list.
        to_the_end(|| {
            if let Some(end) = inside.out.remove_first(of_link) {
                detach(end, member.context.registry);
            } else if let Some(end) = inside.into.remove_first(of_link) {
                dropped += detach(end, member.context.registry);
            } else {
                return false;
            }
            true
        });
        dropped
    }
}
