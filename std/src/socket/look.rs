//! Looking at a context from outside: identities, sockets, links, events.

#![forbid(unsafe_code)]

use std::sync::Arc;

use gimmal_core::socket::{Identity, Traffic};

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

    /// Returns the sockets that are open: a snapshot. It looks at their links too, as
    /// [`snapshot`](Context::snapshot) does; [`traffic`](Context::traffic) disturbs nobody.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let _pull = context.pull().unwrap();
    /// assert_eq!(context.sockets().len(), 1);
    /// ```
    pub fn sockets(&self) -> Vec<SocketInfo> {
        self.without_wires(self.sockets_and_wires())
    }

    /// Returns what the socket in this slot has done since it was opened, or the last one that was in it;
    /// `None` if there is no such slot. It locks nothing and disturbs no socket: for whoever looks often.
    /// A socket tells its [`slot`](super::Socket::slot).
    ///
    /// # Examples
    /// ```
    /// let context = gimmal::Context::new();
    /// let mut push = context.push().unwrap();
    /// push.connect("inproc://jobs").unwrap();
    /// push.send("a job").unwrap();
    /// assert_eq!(context.traffic(push.slot()).unwrap().sent, 1);
    /// ```
    pub fn traffic(&self, slot: usize) -> Option<Traffic> {
        self.inner.core.traffic(slot)
    }

    /// The same, with those that belong to wires.
    pub(super) fn sockets_and_wires(&self) -> Vec<SocketInfo> {
        self.sockets_of(&self.links())
    }

    /// Those that are no wire's.
    fn without_wires(&self, mut sockets: Vec<SocketInfo>) -> Vec<SocketInfo> {
        sockets.retain(|socket| !self.inner.net.is_wire(socket.slot));
        sockets
    }

    /// Each way of each link.
    fn links(&self) -> Vec<LinkInfo> {
        let mut links = Vec::new();
        self.inner.core.each_link(|link| {
            let mut link = LinkInfo::from(link);
            link.name = self.inner.net.shown(&link.name);
            links.push(link);
        });
        links
    }

    /// All sockets, with the names by which they have connected these links.
    fn sockets_of(&self, links: &[LinkInfo]) -> Vec<SocketInfo> {
        let mut sockets = Vec::new();
        self.inner.core.each_socket(|one| {
            sockets.push(SocketInfo {
                slot: one.slot,
                kind: one.kind,
                identity: one.identity,
                names: Vec::new(),
                connects: Vec::new(),
                links: one.links,
                is_waited_on: one.is_waited_on,
                waits_to: one.waits_to,
                traffic: one.traffic,
                opened_by: None,
                opened_at: None,
                waited_by: None,
            });
        });
        self.inner.core.each_name(|name, slot| {
            if let Some(socket) = sockets.iter_mut().find(|socket| socket.slot == slot) {
                socket.names.push(self.inner.net.shown(name));
            }
        });
        for link in links {
            let connecter = sockets
                .iter_mut()
                .find(|socket| link.connecter == Some(socket.slot));
            if let Some(socket) = connecter
                && !socket.connects.contains(&link.name)
            {
                socket.connects.push(link.name.clone());
            }
        }
        self.inner.users.show(&mut sockets);
        sockets
    }

    /// Looks at all sockets and links: who is linked with whom, how full each link is, and who waits
    /// where. For a program that is stuck, and for a page that shows how it does.
    ///
    /// It disturbs the sockets for a few microseconds each: their next call takes the lock of the
    /// context once.
    pub fn snapshot(&self) -> Snapshot {
        let links = self.links();
        Snapshot {
            sockets: self.without_wires(self.sockets_of(&links)),
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
    /// Two threads that change links of the same socket at one moment may each tell the same link. A call tells what it
    /// has done when it has done it: a peer that waited for a port may be told as connected before the bind is.
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
