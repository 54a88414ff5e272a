//! L6: what every socket has: its ends, when it is alone, how it is closed. A pattern is this with some verbs left out.
//!
//! **Being alone.** A socket without any end has nobody to talk to. Whether that is a reason to wait or an answer:
//!
//! | the socket | alone means |
//! |---|---|
//! | holds a bound name, or never had a peer | wait |
//! | has had a peer | `Disconnected`, once all is read |
//! | `set_when_alone`, `expect_peers(n)` | what they say; with `n`: not before n links were made and have ended |
//!
//! **Order of answers.** Receiving: a message, then `Terminated`, then `Disconnected`, then wait. Sending: `Terminated`, then
//! a peer with room, then `Disconnected`, then wait.
//!
//! **News.** Links made by others are fetched from the context, under its lock, when the slot's `news` flag says so. The
//! flag is Relaxed: it is set before a fenced wake of the slot's cell, and looked at again by a waiter after its own fence.

#![forbid(unsafe_code)]

use core::fmt;

use crate::shim::atomic::Ordering::*;

use super::ends::Ends;
use super::pipe::{In, Out};
use super::slot::SocketSlot;
use super::{Draining, Links, Marks, Receiving, Sending, balance, fair};
use crate::error::socket::{EndpointError, HwmError, RecvError, SendError, SendReason};
use crate::must::inside;
use crate::ring::to_the_end;
use crate::wait::{Wait, WaitCell};

/// What a socket does when every peer has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenAlone {
    /// It waits for a new one.
    Wait,
    /// It says `Disconnected`, once it has had a peer and all is read.
    Disconnect,
}

/// What was left when a socket closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseReport {
    /// Messages it had sent that living peers have not read yet; they still can.
    pub unread: usize,
    /// Messages sent to it that it never read, and that were dropped.
    pub discarded: usize,
}

pub(crate) struct Base<'c, T> {
    links: &'c dyn Links<T>,
    slots: &'c [SocketSlot],
    pub(crate) index: usize,
    out: Ends<T, Out>,
    into: Ends<T, In>,
    /// Links that were made and have ended, as seen in each direction.
    ended_out: usize,
    ended_into: usize,
    expected: Option<usize>,
    when_alone: Option<WhenAlone>,
    names: usize,
    marks: Marks,
    closed: bool,
}

impl<'c, T> Base<'c, T> {
    pub(crate) fn new(links: &'c dyn Links<T>, index: usize) -> Self {
        Base {
            links,
            slots: links.slots(),
            index,
            out: Ends::new(),
            into: Ends::new(),
            ended_out: 0,
            ended_into: 0,
            expected: None,
            when_alone: None,
            names: 0,
            marks: Marks::default(),
            closed: false,
        }
    }

    /// A socket that was closed in place has no slot any more: it makes and ends no links.
    fn open(&self) -> Result<(), EndpointError> {
        if self.closed {
            Err(EndpointError::Terminated)
        } else {
            Ok(())
        }
    }

    pub(crate) fn bind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.links.bind(self.index, endpoint)?;
        self.names += 1;
        self.fetch_news();
        // Who had connected before has more room now, and a peer.
        let outs = self.out.iter().map(|end| end.wake_peer(self.slots));
        let intos = self.into.iter().map(|end| end.wake_peer(self.slots));
        let mut wakes = outs.chain(intos);
        to_the_end(|| wakes.next().is_some());
        Ok(())
    }

    pub(crate) fn unbind(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.links.unbind(self.index, endpoint)?;
        self.names -= 1;
        Ok(())
    }

    pub(crate) fn connect(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        self.links.connect(self.index, endpoint)?;
        self.fetch_news();
        Ok(())
    }

    pub(crate) fn disconnect(&mut self, endpoint: &str) -> Result<(), EndpointError> {
        self.open()?;
        let mark = self.links.name_mark(endpoint)?;
        self.fetch_news();
        let mine = |name: usize, connecter: usize| name == mark && connecter == self.index;
        let out = self.out.iter().filter(|end| {
            let pipe = end.pipe();
            mine(pipe.book.name.get(), pipe.book.connecter.get()) && !pipe.is_closed()
        });
        let out = out.min_by_key(|end| end.pipe().book.age.get());
        let into = self.into.iter().filter(|end| {
            let pipe = end.pipe();
            mine(pipe.book.name.get(), pipe.book.connecter.get()) && !pipe.is_closed()
        });
        let into = into.min_by_key(|end| end.pipe().book.age.get());
        if out.is_none() && into.is_none() {
            return Err(EndpointError::NotConnected);
        }
        let (mut out, mut into) = (out, into);
        to_the_end(|| {
            if let Some(end) = out.take() {
                self.out.remove_this(end);
                self.ended_out += usize::from(end.pipe().is_joined());
                end.part(self.links);
            } else if let Some(end) = into.take() {
                self.into.remove_this(end);
                self.ended_into += usize::from(end.pipe().is_joined());
                end.part(self.links);
            } else {
                return false;
            }
            true
        });
        Ok(())
    }

    pub(crate) fn set_send_hwm(&mut self, messages: usize) -> Result<(), HwmError> {
        self.marks.send = Some(self.checked(messages)?);
        self.tell_marks();
        Ok(())
    }

    pub(crate) fn set_recv_hwm(&mut self, messages: usize) -> Result<(), HwmError> {
        self.marks.recv = Some(self.checked(messages)?);
        self.tell_marks();
        Ok(())
    }

    fn tell_marks(&self) {
        if !self.closed {
            self.links.set_marks(self.index, self.marks);
        }
    }

    fn checked(&self, messages: usize) -> Result<usize, HwmError> {
        let max = self.links.ceiling();
        match messages {
            0 => Err(HwmError::InvalidHwm),
            _ if messages > max => Err(HwmError::HwmTooLarge { max }),
            _ => Ok(messages),
        }
    }

    pub(crate) fn set_when_alone(&mut self, what: WhenAlone) {
        self.when_alone = Some(what);
    }

    pub(crate) fn expect_peers(&mut self, peers: usize) {
        self.expected = Some(peers);
    }

    /// How many links there are now, pending connects included.
    pub(crate) fn links(&self) -> usize {
        self.out.len().max(self.into.len())
    }

    /// Nobody is left, and that is an answer.
    fn is_disconnected(&self, ended: usize) -> bool {
        let default = if self.names > 0 && self.expected.is_none() {
            WhenAlone::Wait
        } else {
            WhenAlone::Disconnect
        };
        self.when_alone.unwrap_or(default) == WhenAlone::Disconnect
            && ended >= self.expected.unwrap_or(1).max(1)
    }

    #[inline]
    fn fetch_news(&mut self) {
        let news = inside(self.slots, self.index).news.load(Relaxed); // R: see *News* above
        if news {
            self.fetch_news_slow();
        }
    }

    #[cold]
    fn fetch_news_slow(&mut self) {
        if self.closed {
            return;
        }
        let (out, into) = (&mut self.out, &mut self.into);
        self.links
            .news(self.index, &mut |end| out.insert(end), &mut |end| {
                into.insert(end)
            });
    }

    #[inline]
    pub(crate) fn try_send(&mut self, value: T) -> Result<(), SendError<T>> {
        if self.links.is_terminated() {
            return Err(SendError {
                reason: SendReason::Terminated,
                value,
            });
        }
        self.fetch_news();
        self.send_one(value)
            .or_else(|value| self.why_not_sent(value))
    }

    #[inline]
    fn send_one(&mut self, value: T) -> Result<(), T> {
        let (links, ended) = (self.links, &mut self.ended_out);
        balance::send(&mut self.out, self.slots, value, |end| {
            *ended += usize::from(end.pipe().is_joined());
            links.part_out(end);
        })
    }

    /// Nobody has taken the message.
    #[cold]
    fn why_not_sent(&mut self, value: T) -> Result<(), SendError<T>> {
        let refused = |reason, value| Err(SendError { reason, value });
        if self.closed {
            return refused(SendReason::Closed, value);
        }
        if !self.out.is_empty() || !self.is_disconnected(self.ended_out) {
            return refused(SendReason::Full, value);
        }
        // The last peer has gone; who came before it went is known now.
        self.fetch_news();
        let reason = if self.out.is_empty() {
            SendReason::Disconnected
        } else {
            SendReason::Full
        };
        self.send_one(value).or_else(|value| refused(reason, value))
    }

    #[inline]
    pub(crate) fn try_recv(&mut self) -> Result<T, RecvError> {
        self.fetch_news();
        if let Some(value) = self.recv_one() {
            return Ok(value);
        }
        if self.links.is_terminated() {
            // What was sent before the shutdown is visible now.
            self.fetch_news();
            return self.recv_one().ok_or(RecvError::Terminated);
        }
        if self.closed {
            return Err(RecvError::Disconnected);
        }
        if !self.into.is_empty() || !self.is_disconnected(self.ended_into) {
            return Err(RecvError::Empty);
        }
        // The last peer has gone; who came before it went is known now.
        self.fetch_news();
        let reason = if self.into.is_empty() {
            RecvError::Disconnected
        } else {
            RecvError::Empty
        };
        self.recv_one().ok_or(reason)
    }

    #[inline]
    fn recv_one(&mut self) -> Option<T> {
        let (links, ended) = (self.links, &mut self.ended_into);
        fair::recv(&mut self.into, self.slots, |end| {
            *ended += usize::from(end.pipe().is_joined());
            links.part_in(end, 0);
        })
    }

    #[inline(always)]
    pub(crate) fn sending(&mut self, value: T) -> Wait<'c, WaitCell, Sending<'_, 'c, T>> {
        Wait::new(self.cell(), Sending::new(self, value))
    }

    #[inline(always)]
    pub(crate) fn receiving(&mut self) -> Wait<'c, WaitCell, Receiving<'_, 'c, T>> {
        Wait::new(self.cell(), Receiving::new(self))
    }

    pub(crate) fn draining(&mut self) -> Wait<'c, WaitCell, Draining<'_, 'c, T>> {
        Wait::new(self.cell(), Draining::new(self))
    }

    pub(crate) fn slot(&self) -> usize {
        self.index
    }

    /// Where it waits.
    fn cell(&self) -> &'c WaitCell {
        &inside(self.slots, self.index).cell
    }

    /// How much fits into the link whose turn it is to be sent to.
    pub(crate) fn patience_out(&self) -> usize {
        self.out.current().map_or(1, |end| end.pipe().mark())
    }

    /// The same for the link that is to be received from.
    pub(crate) fn patience_into(&self) -> usize {
        self.into.current().map_or(1, |end| end.pipe().mark())
    }

    /// Has everything been read that anybody will read?
    pub(crate) fn is_drained(&mut self) -> bool {
        self.fetch_news();
        self.unread() == 0
    }

    /// Messages that living peers have not read yet.
    fn unread(&self) -> usize {
        let living = self
            .out
            .iter()
            .filter(|end| end.pipe().is_joined() && !end.pipe().is_closed());
        living.map(|end| end.pipe().len()).sum()
    }

    /// Ends every link and gives the slot back. Once.
    pub(crate) fn close(&mut self) -> CloseReport {
        if self.closed {
            return CloseReport::default();
        }
        // Nobody links to it any more; what was linked until now ends here.
        self.links.leave_names(self.index);
        self.fetch_news();
        self.closed = true;
        let mut report = CloseReport {
            unread: self.unread(),
            discarded: 0,
        };
        let leaving = Leaving {
            links: self.links,
            index: self.index,
        };
        to_the_end(|| {
            if let Some(end) = self.into.remove() {
                report.discarded += end.part(self.links);
            } else if let Some(end) = self.out.remove() {
                end.part(self.links);
            } else {
                return false;
            }
            true
        });
        drop(leaving);
        report
    }
}

/// Frees the slot, whatever has happened before.
struct Leaving<'c, T> {
    links: &'c dyn Links<T>,
    index: usize,
}

impl<T> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        self.links.leave(self.index);
    }
}

impl<T> Drop for Base<'_, T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T> fmt::Debug for Base<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("slot", &self.index)
            .field("links", &self.links())
            .finish()
    }
}
