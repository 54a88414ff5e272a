//! L7: what a connect or bind may do: who speaks with whom, and how much a link may hold. Decides, changes nothing.

#![forbid(unsafe_code)]

use super::{ContextOf, ContextStorage, EndpointEntry, Waiting};
use crate::error::socket::EndpointError;
use crate::panic_without_fmt::get_or_panic;
use crate::socket::{Direction, EndQueue, HighWaterMarks, Kind, Kinds, PeerId, PipeView};

/// What a connect finds, and must find again when it has its pipes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) binder: Option<PeerId>,
    /// Of the pipe that the connecter writes.
    pub(super) out: Option<Room>,
    /// Of the pipe that the connecter reads.
    pub(super) into: Option<Room>,
}

/// The marks of sockets that set none.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub(super) send: usize,
    pub(super) recv: usize,
}

/// How large a pipe is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) capacity: usize,
    pub(super) mark: usize,
    /// Whether the mark was set, by each side that is there.
    pub(super) marked: bool,
}

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    /// What a link may hold.
    pub(super) fn sum(
        &self,
        send: Option<usize>,
        recv: Option<usize>,
    ) -> Result<usize, EndpointError> {
        let max = self.storage.ceiling();
        let (send, recv) = match self.storage.defaults() {
            Some((s, r)) => (send.unwrap_or(s), recv.unwrap_or(r)),
            None => match (send, recv) {
                (Some(s), Some(r)) => (s, r),
                _ => return Ok(max),
            },
        };
        let sum = send.checked_add(recv).filter(|sum| *sum <= max);
        sum.ok_or(EndpointError::HwmTooLarge { max })
    }

    /// What a link may hold while only one side is there, and room for the other side's default.
    pub(super) fn half(
        &self,
        mine: Option<usize>,
        other: fn((usize, usize)) -> (usize, usize),
    ) -> Room {
        let max = self.storage.ceiling();
        match self.storage.defaults().map(other) {
            None => Room {
                capacity: max,
                mark: mine.unwrap_or(max),
                marked: mine.is_some(),
            },
            Some((my_default, others)) => {
                let mark = mine.unwrap_or(my_default).min(max);
                Room {
                    capacity: mark.saturating_add(others).min(max),
                    mark,
                    marked: mine.is_some(),
                }
            }
        }
    }

    /// What a pending connect's link may hold once the binder has joined it.
    fn raised(
        &self,
        pipe: &PipeView<T>,
        mine: Option<usize>,
        default: usize,
    ) -> Result<usize, EndpointError> {
        if pipe.is_closed() {
            // What a connecter has left needs no more room.
            return Ok(pipe.mark());
        }
        let (max, mark) = (pipe.capacity(), pipe.mark());
        let mine = match (self.storage.defaults(), mine) {
            (None, None) => return Ok(max),
            (None, Some(_)) if !pipe.record.marked.get() => return Ok(max),
            (_, mine) => mine.unwrap_or(default),
        };
        let sum = mark.checked_add(mine).filter(|sum| *sum <= max);
        sum.ok_or(EndpointError::HwmTooLarge { max })
    }

    /// The marks of a socket that sets none.
    pub(super) fn default_marks(&self) -> Defaults {
        let (send, recv) = self.storage.defaults().unwrap_or((0, 0));
        Defaults { send, recv }
    }

    /// Under the lock: whether each link that waits at the name has room for the marks of the socket that binds it.
    pub(super) fn has_room(
        &self,
        entry: &EndpointEntry<T>,
        marks: HighWaterMarks,
    ) -> Result<(), EndpointError> {
        let defaults = self.default_marks();
        let written = |pipe: &PipeView<T>| self.raised(pipe, marks.send(), defaults.send).err();
        let read = |pipe: &PipeView<T>| {
            let why = self.raised(pipe, marks.recv(), defaults.recv).err();
            let twin = || pipe.record.with_partner(|twin| written(twin.pipe()));
            why.or_else(|| twin().flatten())
        };
        let why = entry.into.find(read).or_else(|| entry.out.find(written));
        why.map_or(Ok(()), Err)
    }

    /// Under the lock, after [`has_room`](Self::has_room): adds the binder's mark to that of a link. It cannot fail any more: a
    /// link that was closed meanwhile keeps its mark.
    pub(super) fn raise(&self, pipe: &PipeView<T>, mine: Option<usize>, default: usize) {
        if let Ok(mark) = self.raised(pipe, mine, default) {
            pipe.set_mark(mark);
        }
    }

    /// Under the lock: what a connect has to do.
    pub(super) fn plan(&self, socket: PeerId, name: &str) -> Result<Plan, EndpointError> {
        if self.is_terminated() {
            return Err(EndpointError::Terminated);
        }
        let socket_entry = self.socket_entry(socket);
        let Some(kind) = socket_entry.kind.get() else {
            return Err(EndpointError::Terminated);
        };
        let only_one = kind.has_one_peer();
        if only_one && socket_entry.links.get() > 0 {
            return Err(EndpointError::PeerTaken);
        }
        let entry = self
            .find(name)
            .map(|index| get_or_panic(self.storage.endpoints(), index));
        let marks = socket_entry.marks.get();
        let (send, recv) = (marks.send(), marks.recv());
        let Some(binder) = entry.and_then(|entry| entry.binder.get()) else {
            let pending = entry.map_or(Kinds::NONE, EndpointEntry::pending);
            if !pending.with(kind).have_a_partner() {
                return Err(EndpointError::PatternMismatch);
            }
            if entry.is_some_and(EndpointEntry::awaits_one_peer) {
                return Err(EndpointError::PeerTaken);
            }
            let full = entry.filter(|entry| entry.left_pipes() >= self.storage.most_left());
            if let Some(left) = full.and_then(EndpointEntry::left) {
                return Err(EndpointError::LeftBehind(left));
            }
            let out = kind.sends().then(|| self.half(send, |(s, r)| (s, r)));
            let into = kind.receives().then(|| self.half(recv, |(s, r)| (r, s)));
            return Ok(Plan {
                kind,
                binder: None,
                out,
                into,
            });
        };
        let other = self.socket_entry(binder);
        if !other.kind.get().is_some_and(|theirs| kind.talks_to(theirs)) {
            return Err(EndpointError::PatternMismatch);
        }
        if only_one && (other.links.get() > 0 || binder == socket) {
            return Err(EndpointError::PeerTaken);
        }
        let theirs = other.marks.get();
        let room = |mark| Room {
            capacity: mark,
            mark,
            marked: true,
        };
        let out = kind
            .sends()
            .then(|| self.sum(send, theirs.recv()).map(room))
            .transpose()?;
        let into = kind
            .receives()
            .then(|| self.sum(theirs.send(), recv).map(room))
            .transpose()?;
        Ok(Plan {
            kind,
            binder: Some(binder),
            out,
            into,
        })
    }
}

impl<T> EndpointEntry<T> {
    fn waiting(&self) -> Waiting {
        if self.waiting.get().unknown {
            let mut counted = Waiting::NOBODY;
            self.into
                .each(|pipe| counted.left += u32::from(!pipe.record.live.get()));
            counted.kinds = kinds(&self.out, kinds(&self.into, Kinds::NONE));
            self.waiting.set(counted);
        }
        self.waiting.get()
    }

    /// The kinds of the connects that wait for this name, and of those that have left something there.
    pub(super) fn pending(&self) -> Kinds {
        self.waiting().kinds
    }

    /// How many pipes closed connecters have left here.
    fn left_pipes(&self) -> usize {
        self.waiting().left as usize
    }

    /// A socket of this kind waits for this name from now on.
    pub(super) fn add_pending(&self, kind: Kind) {
        let waiting = self.waiting();
        let kinds = waiting.kinds.with(kind);
        self.waiting.set(Waiting { kinds, ..waiting });
    }

    /// Something has gone from here, or was left: what waits is counted anew by the next look.
    pub(super) fn count_anew(&self) {
        let waiting = self.waiting.get();
        self.waiting.set(Waiting {
            unknown: true,
            ..waiting
        });
    }

    /// Returns `true` if a socket that has one peer only waits for this name. One that has closed does not: only what it sent is
    /// left.
    pub(super) fn awaits_one_peer(&self) -> bool {
        self.pending().have_one_peer() && (any_live(&self.into) || any_live(&self.out))
    }
}

/// Adds the kinds of the sockets that have connected these links.
fn kinds<T, D: Direction>(ends: &EndQueue<T, D>, before: Kinds) -> Kinds {
    let mut all = before;
    ends.each(|pipe| {
        let kind = pipe.record.kind.get();
        all = kind.map_or(all, |kind| all.with(kind));
    });
    all
}

/// Returns `true` if neither side has ended the link of one of these ends.
fn any_live<T, D: Direction>(ends: &EndQueue<T, D>) -> bool {
    let live = ends.find(|pipe| pipe.record.live.get().then_some(()));
    live.is_some()
}
