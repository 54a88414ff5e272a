//! L6: a socket as a bridge: it has one link, and what is at its other side is no socket but, say, a
//! connection to another machine.
//!
//! A bridge reads its messages in place, and releases them when they have left for good: until then
//! they count as unread, so that credit and lingering mean what they mean between sockets, and a
//! message whose way out has broken is still there. It waits for both directions of its link at once.

#![forbid(unsafe_code)]

use core::task::Poll;

use super::identity::Identity;
use super::pattern::Pattern;
use super::policy::Policy;
use super::socket::Socket;
use super::state::State;
use crate::error::socket::EndpointError;
use crate::wait::{Operation, Phase, Wait, WaitCell};

/// How the one link of a bridge is: a snapshot.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeLink {
    /// How many messages there are to be read.
    pub unread: usize,
    /// Whether a message would be taken now.
    pub has_room: bool,
    /// Nothing more comes, and nothing is left to be read.
    pub is_read_out: bool,
    /// Nothing more is taken.
    pub is_cut: bool,
    /// The other side has ended it. Something may be left to be read.
    pub is_left: bool,
    /// The context has been shut down.
    pub is_terminated: bool,
}

/// What a bridge waits for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct BridgeWants {
    /// More unread messages than this number. `None`: it does not read now.
    pub unread_beyond: Option<usize>,
    /// Room for a message.
    pub room: bool,
    /// The end of the context.
    pub shutdown: bool,
}

/// The operation of waiting for one of [`BridgeWants`], or for the end of the link.
#[doc(hidden)]
pub struct Bridging<'s, 'c, T, P: Pattern> {
    socket: &'s mut Socket<'c, T, P>,
    wants: BridgeWants,
}

impl<T, P: Pattern> Operation for Bridging<'_, '_, T, P> {
    type Output = BridgeLink;

    fn try_once(&mut self, _when: Phase) -> Poll<BridgeLink> {
        let link = self.socket.bridge_link();
        let BridgeWants {
            unread_beyond,
            room,
            shutdown,
        } = self.wants;
        let is_ready = unread_beyond.is_some_and(|most| link.unread > most)
            || room && (link.has_room || link.is_cut)
            || shutdown && link.is_terminated
            || link.is_read_out && link.is_cut;
        match is_ready {
            true => Poll::Ready(link),
            false => Poll::Pending,
        }
    }
}

/// What only bridges use.
#[doc(hidden)]
impl<'c, T, P: Pattern> Socket<'c, T, P> {
    /// Looks at the link.
    pub fn bridge_link(&mut self) -> BridgeLink {
        self.state
            .get_mut()
            .bridge_link(P::Policy::SENDS, P::Policy::RECEIVES)
    }

    /// The wait for a change of the link. A future of it that is dropped has changed nothing.
    pub fn bridging(&mut self, wants: BridgeWants) -> Wait<'c, WaitCell, Bridging<'_, 'c, T, P>> {
        let place = self.state.get_mut().cell();
        let socket = self;
        Wait::new(place, Bridging { socket, wants })
    }

    /// Shows the unread messages from the `skip`th on in their places, until `read` returns
    /// `false`. It receives none of them.
    pub fn read_in_place(&mut self, skip: usize, read: impl FnMut(&T) -> bool) {
        let state = self.state.get_mut();
        let Some((inside, _)) = state.enter() else {
            return;
        };
        if let Some(end) = inside.into.current() {
            end.peek_each(skip, read);
        }
    }

    /// Drops the `n` oldest unread messages, which gives their room back.
    pub fn release(&mut self, n: usize) {
        let state = self.state.get_mut();
        let Some((inside, member)) = state.enter() else {
            return;
        };
        if let Some(end) = inside.into.current() {
            end.release(&member.context, n);
        }
    }

    /// Returns the identity of the socket at the other side of the link.
    pub fn linked_identity(&self) -> Option<Identity> {
        let mut state = self.state.borrow_mut();
        let (inside, _) = state.enter()?;
        let end = inside.out.current()?;
        end.identity()
    }

    /// Returns the identity of this socket, of whatever pattern.
    pub fn own_identity(&self) -> Identity {
        self.state.borrow().identity()
    }

    /// Takes back every subscription of this socket.
    pub fn unsubscribe_all(&self) {
        self.state.borrow_mut().unsubscribe_all();
    }

    /// Returns the slot of the socket at the other side of the link.
    pub fn linked_slot(&self) -> Option<usize> {
        let mut state = self.state.borrow_mut();
        let (inside, _) = state.enter()?;
        let out = inside.out.current().and_then(|end| end.peer());
        out.or_else(|| inside.into.current().and_then(|end| end.peer()))
    }

    /// Cuts every link that was made by this name, whichever side has connected.
    ///
    /// # Errors
    /// `NotConnected` if there is none.
    pub fn cut_each(&self, endpoint: &str) -> Result<(), EndpointError> {
        let mut state = self.state.borrow_mut();
        let mut cut = Err(EndpointError::NotConnected);
        while state.disconnect_where(endpoint, |_| true).is_ok() {
            cut = Ok(());
        }
        cut
    }
}

impl<T> State<'_, T> {
    fn bridge_link(&mut self, sends: bool, receives: bool) -> BridgeLink {
        let is_terminated = self.member.is_terminated();
        let Some((inside, _)) = self.enter() else {
            return BridgeLink {
                unread: 0,
                has_room: false,
                is_read_out: true,
                is_cut: true,
                is_left: true,
                is_terminated,
            };
        };
        let (out, into) = (inside.out.current(), inside.into.current());
        let is_left = out.as_ref().is_none_or(|end| end.pipe().is_closed())
            && into.as_ref().is_none_or(|end| end.pipe().is_closed());
        BridgeLink {
            is_left,
            unread: into.as_ref().map_or(0, |end| end.pipe().len()),
            has_room: out.as_ref().is_some_and(|end| end.has_room()),
            is_read_out: !receives || into.is_none_or(|end| end.pipe().is_over()),
            is_cut: !sends || out.is_none_or(|end| end.pipe().is_closed()),
            is_terminated,
        }
    }
}
