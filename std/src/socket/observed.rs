//! What a socket's verbs tell the observers of its context.
//!
//! A verb that may be told is done between two looks at the links: what is new is a link that was
//! made, what is missing is one that has ended. With nobody observing, the verb is all that happens.

#![forbid(unsafe_code)]

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::{Kind, Pattern};

use super::events::What;
use super::observers::Observers;
use super::socket::Socket;
use crate::heap::HeapContext;

impl<T: Send + 'static, P: Pattern> Socket<T, P> {
    /// Runs a verb, and tells what it has done.
    pub(super) fn observed(
        &self,
        endpoint: &str,
        done: impl FnOnce(String) -> What,
        verb: impl FnOnce() -> Result<(), EndpointError>,
    ) -> Result<(), EndpointError> {
        if !self.observers.any() {
            return verb();
        }
        let slot = self.inner.slot();
        let context = self.inner.context();
        let before = peers_of(context, slot);
        let result = verb();
        let after = peers_of(context, slot);
        match &result {
            Err(why) => {
                let what = What::Refused(endpoint.to_string(), *why);
                self.observers.tell(slot, P::KIND, what);
            }
            Ok(()) => {
                let done = done(endpoint.to_string());
                // A connect that has made a link at once is told as that.
                if !matches!(done, What::Connecting(_)) || after.len() == before.len() {
                    self.observers.tell(slot, P::KIND, done);
                }
            }
        }
        tell_changes(&self.observers, context, (slot, P::KIND), before, after);
        result
    }

    /// Runs what may end a link of the socket, and tells what has ended.
    pub(super) fn observed_end<R>(&mut self, end: impl FnOnce(&mut Self) -> R) -> R {
        if !self.observers.any() {
            return end(self);
        }
        let slot = self.inner.slot();
        let before = peers_of(self.inner.context(), slot);
        let ended = end(self);
        let context = self.inner.context();
        let after = peers_of(context, slot);
        tell_changes(&self.observers, context, (slot, P::KIND), before, after);
        ended
    }

    /// Tells that the socket has been closed, and those who had a link with it.
    pub(super) fn closing<R>(&mut self, close: impl FnOnce(&mut Self) -> R) -> R {
        if !self.observers.any() || self.is_closed {
            self.is_closed = true;
            return close(self);
        }
        self.is_closed = true;
        let slot = self.inner.slot();
        let before = peers_of(self.inner.context(), slot);
        let closed = close(self);
        self.observers.tell(slot, P::KIND, What::Closed);
        for (peer, kind) in before {
            let what = What::Disconnected { peer: slot };
            self.observers.tell(peer, kind, what);
        }
        closed
    }
}

/// The sockets at the other ends of the links of the socket in this slot, one for each link.
fn peers_of<T: Send + 'static>(context: &HeapContext<T>, slot: usize) -> Vec<(usize, Kind)> {
    // Of a two-way link each way is shown; each peer counts as often as the more frequent way.
    let (mut out, mut into) = (Vec::new(), Vec::new());
    context.each_link(|link| match (link.writer, link.reader) {
        (Some(writer), Some(reader)) if writer == slot => out.push(reader),
        (Some(writer), Some(reader)) if reader == slot => into.push(writer),
        _ => {}
    });
    let peers = if out.len() >= into.len() { out } else { into };
    let mut kinds = Vec::new();
    context.each_socket(|one| kinds.push((one.slot, one.kind)));
    let kind_of = |peer: usize| kinds.iter().find(|(slot, _)| *slot == peer).copied();
    peers.into_iter().filter_map(kind_of).collect()
}

/// Tells both sides of each link that is new, or missing.
fn tell_changes<T: Send + 'static>(
    observers: &Observers,
    context: &HeapContext<T>,
    (slot, kind): (usize, Kind),
    mut before: Vec<(usize, Kind)>,
    after: Vec<(usize, Kind)>,
) {
    for (peer, its) in after {
        if let Some(at) = before.iter().position(|known| *known == (peer, its)) {
            before.swap_remove(at);
            continue;
        }
        observers.tell(slot, kind, What::Connected { peer });
        observers.tell(peer, its, What::Connected { peer: slot });
    }
    let mut open = Vec::new();
    context.each_socket(|one| open.push(one.slot));
    for (peer, its) in before {
        observers.tell(slot, kind, What::Disconnected { peer });
        if open.contains(&peer) {
            observers.tell(peer, its, What::Disconnected { peer: slot });
        }
    }
}
