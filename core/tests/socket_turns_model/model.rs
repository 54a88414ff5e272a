//! The model: links, pipes and turns in plain vectors. One thread, so whatever ends is given back at once.

use std::collections::VecDeque;

use gimmal_core::error::socket::EndpointError::{self, *};
use gimmal_core::error::socket::{IdentityError, RecvError, SendReason};
use gimmal_core::socket::{CloseReport, Identity};

pub(crate) const SOCKETS: usize = 5;
pub(crate) const PIPES: usize = 8;
pub(crate) const HWM: usize = 2;
pub(crate) const NAMES: [&str; 2] = ["inproc://a", "inproc://b"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Req,
    Rep,
    Dealer,
    Router,
}

impl Kind {
    fn partners(self) -> &'static [Kind] {
        match self {
            Kind::Req => &[Kind::Rep, Kind::Router],
            Kind::Rep => &[Kind::Req, Kind::Dealer],
            Kind::Dealer => &[Kind::Dealer, Kind::Router, Kind::Rep],
            Kind::Router => &[Kind::Dealer, Kind::Req, Kind::Router],
        }
    }

    fn talks_to(self, other: Kind) -> bool {
        self.partners().contains(&other)
    }
}

/// One way of a link. Pipe `2 * n` of link `n` leads from its connecter to its binder, the next one back.
#[derive(Default)]
struct Pipe {
    messages: VecDeque<usize>,
    writer_is_there: bool,
    reader_is_there: bool,
    /// By what the reader knows the writer, and the writer the reader, once they have joined.
    writer: Option<Identity>,
    reader: Option<Identity>,
}

struct Link {
    kind: Kind,
    /// `SOCKETS`: it has closed.
    connecter: usize,
    name: usize,
    binder: Option<usize>,
    live: bool,
}

struct Side {
    kind: Kind,
    identity: Identity,
    bound: Vec<usize>,
    /// Pipes, the one whose turn it is first.
    out: VecDeque<usize>,
    into: VecDeque<usize>,
    /// Links of which a joined way has ended here: written, read.
    ended: [bool; 2],
    /// The link that it has asked, or is to answer.
    partner: Option<usize>,
}

#[derive(Default)]
pub(crate) struct Model {
    sides: [Option<Side>; SOCKETS],
    links: Vec<Link>,
    pipes: Vec<Pipe>,
    gone: Vec<Identity>,
    pub(crate) undelivered: usize,
    pub(crate) terminated: bool,
}

impl Model {
    fn side(&mut self, who: usize) -> &mut Side {
        self.sides[who].as_mut().unwrap()
    }

    pub(crate) fn open(&mut self, who: usize, kind: Kind, identity: Identity) {
        self.sides[who] = Some(Side {
            kind,
            identity,
            bound: Vec::new(),
            out: VecDeque::new(),
            into: VecDeque::new(),
            ended: [false; 2],
            partner: None,
        });
    }

    /// The identity of the socket in this place, or of the last one there.
    pub(crate) fn identity(&self, who: usize) -> Identity {
        let last = || self.gone.last().copied().unwrap_or(Identity::new(99));
        self.sides[who]
            .as_ref()
            .map_or_else(last, |side| side.identity)
    }

    pub(crate) fn is_to_send(&self, who: usize) -> Option<bool> {
        let side = self.sides[who].as_ref()?;
        match side.kind {
            Kind::Req => Some(side.partner.is_none()),
            Kind::Rep => Some(side.partner.is_some()),
            _ => None,
        }
    }

    pub(crate) fn name(&mut self, who: usize, identity: Identity) -> Result<(), IdentityError> {
        let mut others = self.sides.iter().enumerate();
        let has = |(other, side): (usize, &Option<Side>)| {
            other != who && side.as_ref().is_some_and(|side| side.identity == identity)
        };
        if others.any(has) {
            return Err(IdentityError::InUse);
        }
        let mine = |link: &Link| link.live && (link.connecter == who || link.binder == Some(who));
        if self.links.iter().any(mine) {
            return Err(IdentityError::Linked);
        }
        self.side(who).identity = identity;
        Ok(())
    }

    fn binder(&self, name: usize) -> Option<usize> {
        let holds = |side: &Option<Side>| side.as_ref().is_some_and(|s| s.bound.contains(&name));
        self.sides.iter().position(holds)
    }

    /// Links that wait at a name: pending ones, and what closed connecters have left.
    fn waiting(&self, name: usize) -> Vec<usize> {
        let waits = |at: &usize| {
            let link = &self.links[*at];
            link.name == name && link.binder.is_none() && self.pipes[2 * at].reader_is_there
        };
        (0..self.links.len()).filter(waits).collect()
    }

    pub(crate) fn bind(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        if self.terminated {
            return Err(Terminated);
        }
        if self.binder(name).is_some() {
            return Err(AddressInUse);
        }
        let (kind, identity) = (self.side(who).kind, self.side(who).identity);
        let waiting = self.waiting(name);
        if !waiting.iter().all(|at| self.links[*at].kind.talks_to(kind)) {
            return Err(PatternMismatch);
        }
        for at in waiting {
            self.links[at].binder = Some(who);
            self.pipes[2 * at].reader = Some(identity);
            self.side(who).into.push_back(2 * at);
            if self.links[at].live {
                self.pipes[2 * at + 1].writer = Some(identity);
                self.side(who).out.push_back(2 * at + 1);
            }
        }
        self.side(who).bound.push(name);
        Ok(())
    }

    pub(crate) fn unbind(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        let bound = &mut self.side(who).bound;
        let at = bound.iter().position(|n| *n == name).ok_or(NotConnected)?;
        bound.remove(at);
        Ok(())
    }

    pub(crate) fn connect(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        if self.terminated {
            return Err(Terminated);
        }
        let (kind, identity) = (self.side(who).kind, self.side(who).identity);
        let binder = self.binder(name);
        let fits = match binder {
            Some(other) => kind.talks_to(self.side(other).kind),
            None => {
                let waiting = self.waiting(name);
                let mut kinds: Vec<Kind> = waiting.iter().map(|at| self.links[*at].kind).collect();
                kinds.push(kind);
                let mut all = [Kind::Req, Kind::Rep, Kind::Dealer, Kind::Router].into_iter();
                all.any(|one| kinds.iter().all(|kind| kind.talks_to(one)))
            }
        };
        if !fits {
            return Err(PatternMismatch);
        }
        let used = self
            .pipes
            .iter()
            .filter(|p| p.writer_is_there || p.reader_is_there);
        if used.count() + 2 > PIPES {
            return Err(TooManyPipes);
        }
        let theirs = binder.map(|other| self.side(other).identity);
        let (there, back) = (self.pipes.len(), self.pipes.len() + 1);
        for (writer, reader) in [(Some(identity), theirs), (theirs, Some(identity))] {
            self.pipes.push(Pipe {
                writer_is_there: true,
                reader_is_there: true,
                writer,
                reader,
                ..Pipe::default()
            });
        }
        self.links.push(Link {
            kind,
            connecter: who,
            name,
            binder,
            live: true,
        });
        self.side(who).out.push_back(there);
        if let Some(other) = binder {
            self.side(other).into.push_back(there);
            self.side(other).out.push_back(back);
        }
        self.side(who).into.push_back(back);
        Ok(())
    }

    /// How many pipes are in use.
    pub(crate) fn used(&self) -> usize {
        let used = |pipe: &&Pipe| pipe.writer_is_there || pipe.reader_is_there;
        self.pipes.iter().filter(used).count()
    }

    /// Who reads the pipe (`reads`) or writes it.
    fn at(&self, pipe: usize, reads: bool) -> Option<usize> {
        let link = &self.links[pipe / 2];
        match (pipe & 1 == 0) == reads {
            true => link.binder,
            false => Some(link.connecter),
        }
    }

    fn joined(&self, pipe: usize) -> bool {
        self.pipes[pipe].writer.is_some() && self.pipes[pipe].reader.is_some()
    }

    /// The writer's end is given back.
    fn end_writer(&mut self, pipe: usize) {
        let (at, joined) = (self.at(pipe, false), self.joined(pipe));
        self.pipes[pipe].writer_is_there = false;
        if let Some(side) = at.and_then(|at| self.sides.get_mut(at)?.as_mut()) {
            side.out.retain(|other| *other != pipe);
            side.ended[0] |= joined;
        }
        self.links[pipe / 2].live = false;
    }

    /// The reader's end is given back, with what is in it. How much that was.
    fn end_reader(&mut self, pipe: usize) -> usize {
        let (at, joined) = (self.at(pipe, true), self.joined(pipe));
        self.pipes[pipe].reader_is_there = false;
        if let Some(side) = at.and_then(|at| self.sides.get_mut(at)?.as_mut()) {
            side.into.retain(|other| *other != pipe);
            side.ended[1] |= joined;
        }
        self.links[pipe / 2].live = false;
        std::mem::take(&mut self.pipes[pipe].messages).len()
    }

    /// The writer ends the link: its end goes, and the reader's if nothing is in it.
    fn cut_writer(&mut self, pipe: usize) {
        self.end_writer(pipe);
        if self.pipes[pipe].messages.is_empty() && self.pipes[pipe].reader_is_there {
            self.end_reader(pipe);
        }
    }

    /// The reader ends the link: its end goes, and the writer's.
    fn cut_reader(&mut self, pipe: usize) -> usize {
        let lost = self.end_reader(pipe);
        if self.pipes[pipe].writer_is_there {
            self.end_writer(pipe);
        }
        lost
    }

    pub(crate) fn disconnect(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        let mine = |l: &Link| l.live && l.connecter == who && l.name == name;
        let at = self.links.iter().position(mine).ok_or(NotConnected)?;
        let (there, back) = (2 * at, 2 * at + 1);
        self.cut_writer(there);
        let mut lost = self.cut_reader(back);
        if self.links[at].binder == Some(who) && self.pipes[there].reader_is_there {
            lost += self.cut_reader(there);
        }
        self.undelivered += lost;
        Ok(())
    }

    pub(crate) fn close(&mut self, who: usize) -> CloseReport {
        let side = self.side(who);
        side.bound.clear();
        let (out, into) = (side.out.clone(), side.into.clone());
        let unread = out
            .iter()
            .map(|pipe| self.pipes[*pipe].messages.len())
            .sum();
        let discarded = into.iter().map(|pipe| self.cut_reader(*pipe)).sum();
        for pipe in out {
            if self.pipes[pipe].writer_is_there {
                self.cut_writer(pipe);
            }
        }
        for link in &mut self.links {
            // Its place may be another's.
            if link.connecter == who {
                link.connecter = SOCKETS;
            }
            if link.binder == Some(who) {
                link.binder = Some(SOCKETS);
            }
        }
        self.gone.push(self.identity(who));
        self.sides[who] = None;
        self.undelivered += discarded;
        CloseReport { unread, discarded }
    }

    /// What closed connecters have left.
    pub(crate) fn left(&self) -> usize {
        self.pipes.iter().map(|pipe| pipe.messages.len()).sum()
    }

    /// Alone, and that is an answer.
    fn disconnected(&mut self, who: usize, way: usize) -> bool {
        let side = self.side(who);
        let links = [&side.out, &side.into][way];
        links.is_empty() && side.bound.is_empty() && side.ended[way]
    }

    fn put(&mut self, pipe: usize, id: usize) -> bool {
        let room = self.pipes[pipe].messages.len() < HWM;
        if room {
            self.pipes[pipe].messages.push_back(id);
        }
        room
    }

    fn send_in_turn(&mut self, who: usize, id: usize) -> Result<usize, SendReason> {
        for _ in 0..self.side(who).out.len() {
            let pipe = self.side(who).out[0];
            self.side(who).out.rotate_left(1);
            if self.put(pipe, id) {
                return Ok(pipe / 2);
            }
        }
        Err(match self.disconnected(who, 0) {
            true => SendReason::Disconnected,
            false => SendReason::Full,
        })
    }

    pub(crate) fn send(&mut self, who: usize, to: Identity, id: usize) -> Result<(), SendReason> {
        if self.terminated {
            return Err(SendReason::Terminated);
        }
        let partner = self.side(who).partner;
        match self.side(who).kind {
            Kind::Req if partner.is_some() => Err(SendReason::WrongTurn),
            Kind::Req => {
                // What nobody asked for is dropped.
                for pipe in self.side(who).into.clone() {
                    self.pipes[pipe].messages.clear();
                    if !self.pipes[pipe].writer_is_there {
                        self.end_reader(pipe);
                    }
                }
                let link = self.send_in_turn(who, id)?;
                self.side(who).partner = Some(link);
                Ok(())
            }
            Kind::Rep => {
                let asker = partner.ok_or(SendReason::WrongTurn)?;
                let out = &mut self.side(who).out;
                let Some(at) = out.iter().position(|pipe| pipe / 2 == asker) else {
                    self.side(who).partner = None;
                    return Err(SendReason::Unreachable);
                };
                out.rotate_left(at);
                let pipe = out[0];
                if !self.put(pipe, id) {
                    return Err(SendReason::Full);
                }
                self.side(who).partner = None;
                Ok(())
            }
            Kind::Dealer => self.send_in_turn(who, id).map(drop),
            Kind::Router => {
                let mut reason = SendReason::Unreachable;
                for _ in 0..self.side(who).out.len() {
                    let pipe = self.side(who).out[0];
                    if self.pipes[pipe].reader == Some(to) {
                        if self.put(pipe, id) {
                            return Ok(());
                        }
                        reason = SendReason::Full;
                    }
                    self.side(who).out.rotate_left(1);
                }
                Err(reason)
            }
        }
    }

    fn why_not_received(&mut self, who: usize) -> RecvError {
        match (self.terminated, self.disconnected(who, 1)) {
            (true, _) => RecvError::Terminated,
            (false, true) => RecvError::Disconnected,
            (false, false) => RecvError::Empty,
        }
    }

    /// Takes the oldest message of a pipe; with the last one of a closed writer the pipe goes.
    fn take(&mut self, pipe: usize) -> Option<usize> {
        let id = self.pipes[pipe].messages.pop_front()?;
        if self.pipes[pipe].messages.is_empty() && !self.pipes[pipe].writer_is_there {
            self.end_reader(pipe);
        }
        Some(id)
    }

    pub(crate) fn recv(&mut self, who: usize) -> Result<(Option<Identity>, usize), RecvError> {
        let side = self.side(who);
        let (kind, partner) = (side.kind, side.partner);
        match (kind, partner) {
            (Kind::Req, None) | (Kind::Rep, Some(_)) => return Err(RecvError::WrongTurn),
            (Kind::Req, Some(asked)) => {
                let Some(at) = side.into.iter().position(|pipe| pipe / 2 == asked) else {
                    side.partner = None;
                    return Err(match self.terminated {
                        true => RecvError::Terminated,
                        false => RecvError::Disconnected,
                    });
                };
                side.into.rotate_left(at);
                let pipe = side.into[0];
                let Some(id) = self.take(pipe) else {
                    return Err(self.why_not_received(who));
                };
                self.side(who).partner = None;
                return Ok((None, id));
            }
            _ => {}
        }
        for _ in 0..self.side(who).into.len() {
            let pipe = self.side(who).into[0];
            self.side(who).into.rotate_left(1);
            let from = self.pipes[pipe].writer;
            if let Some(id) = self.take(pipe) {
                if kind == Kind::Rep {
                    self.side(who).partner = Some(pipe / 2);
                }
                return Ok((from.filter(|_| kind == Kind::Router), id));
            }
        }
        Err(self.why_not_received(who))
    }
}
