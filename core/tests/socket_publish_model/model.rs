//! The model: links and subscriptions in plain vectors. One thread, so whatever ends is given back at once.

use std::collections::VecDeque;

use gimmal_core::error::socket::EndpointError::{self, *};
use gimmal_core::error::socket::{RecvError, SendReason, SubscribeError};
use gimmal_core::socket::CloseReport;

pub(crate) const SOCKETS: usize = 5;
pub(crate) const PIPES: usize = 6;
pub(crate) const HWM: usize = 2;
pub(crate) const ENTRIES: usize = 4;
pub(crate) const NAMES: [&str; 2] = ["inproc://a", "inproc://b"];
pub(crate) const TOPICS: [&str; 5] = ["", "a", "ab", "b", "ba"];
pub(crate) struct Side {
    publishes: bool,
    bound: Vec<usize>,
    /// A Publish's links in any order, or a Subscribe's, the one whose turn it is first.
    links: VecDeque<usize>,
    /// A joined link of it has ended.
    ended: bool,
    prefixes: Vec<usize>,
    pub(crate) lossless: bool,
    pub(crate) dropped: usize,
}

/// From a Publish to a Subscribe, of which one has connected; the other one binds, or has bound.
struct Link {
    name: usize,
    by_publish: bool,
    publish: Option<usize>,
    subscribe: Option<usize>,
    joined: bool,
    messages: VecDeque<usize>,
}

#[derive(Default)]
pub(crate) struct Model {
    sides: [Option<Side>; SOCKETS],
    links: Vec<Link>,
    pub(crate) undelivered: usize,
    pub(crate) terminated: bool,
}

impl Model {
    pub(crate) fn side(&mut self, who: usize) -> &mut Side {
        self.sides[who].as_mut().unwrap()
    }

    pub(crate) fn open(&mut self, who: usize, publishes: bool) {
        self.sides[who] = Some(Side {
            publishes,
            bound: Vec::new(),
            links: VecDeque::new(),
            ended: false,
            prefixes: Vec::new(),
            lossless: false,
            dropped: 0,
        });
    }

    pub(crate) fn used(&self) -> usize {
        let used = |link: &&Link| link.publish.is_some() || link.subscribe.is_some();
        self.links.iter().filter(used).count()
    }

    fn binder(&self, name: usize) -> Option<usize> {
        let holds = |side: &Option<Side>| side.as_ref().is_some_and(|s| s.bound.contains(&name));
        self.sides.iter().position(holds)
    }

    fn waiting(&self, name: usize) -> Vec<usize> {
        let waits = |at: &usize| {
            let link = &self.links[*at];
            link.name == name
                && !link.joined
                && (link.publish.is_some() || link.subscribe.is_some())
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
        let (publishes, waiting) = (self.side(who).publishes, self.waiting(name));
        if waiting
            .iter()
            .any(|at| self.links[*at].by_publish == publishes)
        {
            return Err(PatternMismatch);
        }
        for at in waiting {
            let link = &mut self.links[at];
            link.joined = true;
            *if publishes {
                &mut link.publish
            } else {
                &mut link.subscribe
            } = Some(who);
            self.side(who).links.push_back(at);
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
        let (publishes, binder) = (self.side(who).publishes, self.binder(name));
        let refused = match binder {
            Some(other) => self.side(other).publishes == publishes,
            None => self
                .waiting(name)
                .iter()
                .any(|at| self.links[*at].by_publish != publishes),
        };
        if refused {
            return Err(PatternMismatch);
        }
        if self.used() == PIPES {
            return Err(TooManyPipes);
        }
        let (publish, subscribe) = match publishes {
            true => (Some(who), binder),
            false => (binder, Some(who)),
        };
        let at = self.links.len();
        self.links.push(Link {
            name,
            by_publish: publishes,
            publish,
            subscribe,
            joined: binder.is_some(),
            messages: VecDeque::new(),
        });
        for who in [Some(who), binder].into_iter().flatten() {
            self.side(who).links.push_back(at);
        }
        Ok(())
    }

    fn part(&mut self, who: usize, at: usize) {
        let joined = self.links[at].joined;
        let side = self.side(who);
        side.links.retain(|link| *link != at);
        side.ended |= joined;
        match side.publishes {
            true => self.links[at].publish = None,
            false => self.links[at].subscribe = None,
        }
    }

    /// The socket ends the link. How many messages are dropped.
    fn cut(&mut self, who: usize, at: usize) -> usize {
        let publishes = self.side(who).publishes;
        self.part(who, at);
        let link = &mut self.links[at];
        let lost = match publishes {
            true => 0,
            false => std::mem::take(&mut link.messages).len(),
        };
        let other = link
            .publish
            .or(link.subscribe)
            .filter(|_| link.messages.is_empty());
        if let Some(other) = other {
            self.part(other, at);
        }
        lost
    }

    pub(crate) fn disconnect(&mut self, who: usize, name: usize) -> Result<(), EndpointError> {
        let publishes = self.side(who).publishes;
        let mine = |at: &&usize| {
            let link = &self.links[**at];
            // Alive: the other side has not ended it.
            let alive = !link.joined || link.publish.and(link.subscribe).is_some();
            link.name == name && link.by_publish == publishes && alive
        };
        let links = &self.sides[who].as_ref().unwrap().links;
        let at = *links.iter().filter(mine).min().ok_or(NotConnected)?;
        self.undelivered += self.cut(who, at);
        Ok(())
    }

    pub(crate) fn close(&mut self, who: usize) -> CloseReport {
        let links = self.side(who).links.clone();
        let lying: usize = links.iter().map(|at| self.links[*at].messages.len()).sum();
        let unread = if self.side(who).publishes { lying } else { 0 };
        self.side(who).prefixes.clear();
        let discarded = links.into_iter().map(|at| self.cut(who, at)).sum();
        self.sides[who] = None;
        self.undelivered += discarded;
        CloseReport { unread, discarded }
    }

    fn disconnected(&mut self, who: usize) -> bool {
        let side = self.side(who);
        side.links.is_empty() && side.bound.is_empty() && side.ended
    }

    pub(crate) fn send(
        &mut self,
        who: usize,
        topic: usize,
        number: usize,
    ) -> Result<(), SendReason> {
        if self.terminated {
            return Err(SendReason::Terminated);
        }
        if self.disconnected(who) {
            return Err(SendReason::Disconnected);
        }
        let lossless = self.side(who).lossless;
        let links = self.side(who).links.clone();
        let wants = |at: &usize| {
            let subscribe = self.links[*at].subscribe;
            let side = subscribe.and_then(|who| self.sides[who].as_ref());
            let fits = |prefix: &usize| TOPICS[topic].starts_with(TOPICS[*prefix]);
            side.is_some_and(|side| side.prefixes.iter().any(fits))
        };
        let wanted: Vec<usize> = links.into_iter().filter(wants).collect();
        let full = |model: &Model, at: usize| model.links[at].messages.len() == HWM;
        if lossless && wanted.iter().any(|at| full(self, *at)) {
            return Err(SendReason::Full);
        }
        for at in wanted {
            match full(self, at) {
                true => self.side(who).dropped += 1,
                false => self.links[at].messages.push_back(number),
            }
        }
        Ok(())
    }

    pub(crate) fn recv(&mut self, who: usize) -> Result<usize, RecvError> {
        for _ in 0..self.side(who).links.len() {
            let at = self.side(who).links[0];
            self.side(who).links.rotate_left(1);
            if let Some(number) = self.links[at].messages.pop_front() {
                if self.links[at].messages.is_empty() && self.links[at].publish.is_none() {
                    self.part(who, at);
                }
                return Ok(number);
            }
        }
        Err(match (self.terminated, self.disconnected(who)) {
            (true, _) => RecvError::Terminated,
            (false, true) => RecvError::Disconnected,
            (false, false) => RecvError::Empty,
        })
    }

    pub(crate) fn subscribe(&mut self, who: usize, prefix: usize) -> Result<(), SubscribeError> {
        let entries = |side: &Side| {
            let mut prefixes = side.prefixes.clone();
            prefixes.sort();
            prefixes.dedup();
            prefixes.len()
        };
        let used: usize = self.sides.iter().flatten().map(entries).sum();
        let prefixes = &mut self.side(who).prefixes;
        if !prefixes.contains(&prefix) && used == ENTRIES {
            return Err(SubscribeError::TooMany);
        }
        prefixes.push(prefix);
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, who: usize, prefix: usize) -> Result<(), SubscribeError> {
        let prefixes = &mut self.side(who).prefixes;
        let at = prefixes.iter().position(|other| *other == prefix);
        prefixes.remove(at.ok_or(SubscribeError::NotSubscribed)?);
        Ok(())
    }
}
