//! What is there with the feature `net`.

#![forbid(unsafe_code)]

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gimmal_core::error::socket::EndpointError;
use gimmal_core::socket::{Identity, Kind, Pattern};

use crate::identities::Identities;
use crate::message::Message;
use crate::net::{Endpoints, Host, Hub, Watcher, WireEvent, WireInfo, WireOptions, is_wire};
use crate::owned_socket::OwnedSocket;
use crate::socket::events::What;
use crate::socket::observers::Observers;

/// What a context has for its wires: a hub, if it carries messages.
#[derive(Clone)]
pub(in crate::socket) struct Net(Option<Arc<Hub>>);

impl Watcher for Observers {
    fn tell(&self, slot: usize, kind: Kind, event: WireEvent) {
        if self.any() {
            Observers::tell(self, slot, kind, What::Wire(event));
        }
    }
}

impl Net {
    /// How many more sockets, names and pipes a context of these messages needs.
    pub(in crate::socket) fn room<T: 'static>(
        _messages: PhantomData<fn() -> T>,
        wires: usize,
    ) -> usize {
        match TypeId::of::<T>() == TypeId::of::<Message>() {
            true => wires,
            false => 0,
        }
    }

    pub(in crate::socket) fn of(
        core: &dyn Any,
        wires: usize,
        observers: &Arc<Observers>,
        identities: &Arc<Mutex<Identities>>,
    ) -> Self {
        let watcher: Arc<dyn Watcher> = observers.clone();
        Net(Hub::of(core, wires, watcher, identities.clone()))
    }

    pub(in crate::socket) fn end(&self) {
        if let Some(hub) = &self.0 {
            hub.end();
        }
    }

    /// Runs `open` with the number of sockets that belong to wires.
    pub(in crate::socket) fn beside<R>(&self, open: impl FnOnce(usize) -> R) -> R {
        match &self.0 {
            Some(hub) => hub.beside(open),
            None => open(0),
        }
    }

    pub(in crate::socket) fn is_wire(&self, slot: usize) -> bool {
        self.wires().iter().any(|wire| wire.slot == slot)
    }

    /// The endpoint of the wire to which the socket in this slot belongs.
    pub(in crate::socket) fn wire_by(&self, slot: usize) -> Option<String> {
        let mut wires = self.wires().into_iter();
        wires
            .find(|wire| wire.slot == slot)
            .map(|wire| wire.endpoint)
    }

    /// How many sockets belong to wires that stayed behind in the process that this one was forked from.
    pub(in crate::socket) fn lost(&self) -> usize {
        self.0.as_ref().map_or(0, |hub| hub.lost().len())
    }

    pub(in crate::socket) fn is_lost(&self, slot: usize) -> bool {
        self.0
            .as_ref()
            .is_some_and(|hub| hub.lost().contains(&slot))
    }

    /// What to show for a name of the context.
    pub(in crate::socket) fn shown(&self, name: &str) -> String {
        let endpoint = self.0.as_ref().and_then(|hub| hub.shown(name));
        endpoint.unwrap_or_else(|| name.to_string())
    }

    /// Throws away what closed sockets have left for the endpoint: `None` if it is one of this
    /// process.
    pub(in crate::socket) fn discard(
        &self,
        endpoint: &str,
    ) -> Option<Result<usize, EndpointError>> {
        is_wire(endpoint).then(|| match &self.0 {
            Some(hub) => hub.discard(endpoint),
            None => Err(EndpointError::CarriesBytesOnly),
        })
    }

    pub(in crate::socket) fn wires(&self) -> Vec<WireInfo> {
        self.0.as_ref().map_or(Vec::new(), |hub| hub.wires())
    }
}

impl<T: Send + 'static, P: Pattern> Host for OwnedSocket<T, P> {
    fn slot(&self) -> usize {
        (**self).slot()
    }

    fn kind(&self) -> Kind {
        P::KIND
    }

    fn identity(&self) -> Identity {
        self.own_identity()
    }

    fn bind(&self, name: &str) -> Result<(), EndpointError> {
        (**self).bind(name)
    }

    fn unbind(&self, name: &str) {
        // It has bound the name, unless it is closed.
        let _ = (**self).unbind(name);
    }

    fn cut(&self, name: &str) {
        // There may be no link left.
        let _ = self.cut_each(name);
    }
}

pub(in crate::socket) struct Wires(Endpoints);

impl Wires {
    pub(in crate::socket) fn new(net: &Net) -> Self {
        Wires(Endpoints::new(net.0.clone()))
    }

    pub(in crate::socket) fn bind(
        &self,
        host: &impl Host,
        endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        is_wire(endpoint).then(|| self.0.bind(host, endpoint))
    }

    pub(in crate::socket) fn unbind(
        &self,
        host: &impl Host,
        endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        is_wire(endpoint).then(|| self.0.unbind(host, endpoint))
    }

    pub(in crate::socket) fn connect(
        &self,
        host: &impl Host,
        endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        is_wire(endpoint).then(|| self.0.connect(host, endpoint))
    }

    pub(in crate::socket) fn disconnect(
        &self,
        host: &impl Host,
        endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        is_wire(endpoint).then(|| self.0.disconnect(host, endpoint))
    }

    pub(in crate::socket) fn set_linger(&self, host: &impl Host, linger: Option<Duration>) {
        self.0.set_linger(host, linger);
    }

    pub(in crate::socket) fn subscribes(&self, host: &impl Host, prefix: &[u8], more: bool) {
        self.0.subscribes(host, prefix, more);
    }

    pub(in crate::socket) fn close(&mut self) {
        self.0.close();
    }

    pub(in crate::socket) fn set_options(&self, options: WireOptions) {
        self.0.set_options(options);
    }

    /// The endpoint that was bound last, if this is one of a wire: with its port.
    pub(in crate::socket) fn bound_as(&self, asked: String) -> String {
        match is_wire(&asked) {
            true => self.last().unwrap_or(asked),
            false => asked,
        }
    }

    pub(in crate::socket) fn last(&self) -> Option<String> {
        self.0.last()
    }
}
