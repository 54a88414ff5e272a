//! Looking at a context from outside: identities, sockets, links, events.

#![forbid(unsafe_code)]

use std::sync::Arc;

use gimmal_core::socket::Identity;

use super::context::Context;
use super::events::SocketEvent;
use super::snapshot::{LinkInfo, Snapshot, SocketInfo};
use crate::channel::Receiver;
use crate::panic_guard::between_forks;

impl<T: Send + 'static> Context<T> {
    /// Returns the [`Identity`] of this name: the same at each call, and no other name's. A socket
    /// gets it by [`set_identity`](super::Socket::set_identity), and a Router sends to it by
    /// [`send_to`](super::Socket::send_to).
    ///
    /// The context keeps each name that was ever asked for.
    ///
    /// # Panics
    /// If 2³⁰ names were asked for before.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let dealer = context.dealer().unwrap();
    /// dealer.set_identity(context.identity("worker-1")).unwrap();
    /// assert_eq!(dealer.identity(), context.identity("worker-1"));
    /// ```
    pub fn identity(&self, name: impl AsRef<[u8]>) -> Identity {
        between_forks(&self.inner.identities, |all| all.of(name.as_ref()))
    }

    /// Returns the name of an identity that [`identity`](Context::identity) has made; `None` for any
    /// other one.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let identity = context.identity("worker-1");
    /// assert_eq!(context.identity_name(identity).as_deref(), Some(&b"worker-1"[..]));
    /// ```
    pub fn identity_name(&self, identity: Identity) -> Option<Arc<[u8]>> {
        between_forks(&self.inner.identities, |all| all.name(identity))
    }

    /// Returns the sockets that are open: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let _pull = context.pull().unwrap();
    /// assert_eq!(context.sockets().len(), 1);
    /// ```
    pub fn sockets(&self) -> Vec<SocketInfo> {
        let mut sockets = self.sockets_and_wires();
        sockets.retain(|socket| !self.inner.net.is_wire(socket.slot));
        sockets
    }

    /// The same, with those that belong to wires.
    pub(super) fn sockets_and_wires(&self) -> Vec<SocketInfo> {
        let mut sockets = Vec::new();
        self.inner.core.each_socket(|one| {
            sockets.push(SocketInfo {
                slot: one.slot,
                kind: one.kind,
                identity: one.identity,
                names: Vec::new(),
                links: one.links,
                is_waited_on: one.is_waited_on,
                traffic: one.traffic,
                opened_by: None,
                opened_at: None,
            });
        });
        self.inner.core.each_name(|name, slot| {
            if let Some(socket) = sockets.iter_mut().find(|socket| socket.slot == slot) {
                socket.names.push(self.inner.net.shown(name));
            }
        });
        between_forks(&self.inner.openers, |openers| {
            for socket in &mut sockets {
                let opener = &openers[socket.slot];
                socket.opened_by = opener.thread.clone();
                socket.opened_at = opener.at;
            }
        });
        sockets
    }

    /// Looks at all sockets and links: who is linked with whom, how full each link is, and who waits
    /// where. For a program that is stuck, and for a page that shows how it does.
    ///
    /// It disturbs the sockets for a few microseconds each: their next call takes the lock of the
    /// context once.
    pub fn snapshot(&self) -> Snapshot {
        let sockets = self.sockets();
        let mut links = Vec::new();
        self.inner
            .core
            .each_link(|link| links.push(LinkInfo::from(link)));
        for link in &mut links {
            link.name = self.inner.net.shown(&link.name);
        }
        Snapshot {
            sockets,
            links,
            #[cfg(feature = "net")]
            wires: self.inner.net.wires(),
            is_terminated: self.is_terminated(),
        }
    }

    /// Returns a channel that tells what happens to the sockets of the context from now on, with
    /// room for `capacity` events. Any number of them may be asked for; each gets every event. One
    /// that is full misses an event, which [`missed_events`](Context::missed_events) counts; the
    /// sockets never wait for it. Drop it to hear no more.
    ///
    /// While somebody listens, binding, connecting and closing take longer, as they look at all links
    /// before and after.
    ///
    /// Two threads that change links of the same socket at one moment may each tell the same link.
    ///
    /// # Panics
    /// If `capacity` is 0.
    ///
    /// # Examples
    /// ```
    /// use gimmal::Context;
    /// use gimmal::socket::What;
    ///
    /// let context = Context::new();
    /// let events = context.events(16);
    /// let pull = context.pull().unwrap();
    /// pull.bind("inproc://jobs").unwrap();
    /// assert_eq!(events.recv().unwrap().what, What::Opened);
    /// let bound = events.recv().unwrap();
    /// assert_eq!(bound.what, What::Bound("inproc://jobs".to_string()));
    /// assert_eq!(bound.to_string(), "[0] Pull has bound inproc://jobs");
    /// ```
    #[track_caller]
    pub fn events(&self, capacity: usize) -> Receiver<SocketEvent> {
        self.inner.observers.add(capacity)
    }

    /// Returns how many events listeners had no room for.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// assert_eq!(context.missed_events(), 0);
    /// ```
    pub fn missed_events(&self) -> usize {
        self.inner.observers.missed()
    }
}
