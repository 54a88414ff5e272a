//! What is there without the feature `net`.

#![forbid(unsafe_code)]

use std::any::Any;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gimmal_core::error::socket::EndpointError;

use crate::identities::Identities;
use crate::socket::observers::Observers;

/// What a context has for its wires: nothing.
#[derive(Clone)]
pub(in crate::socket) struct Net;

impl Net {
    /// How many more sockets, names and pipes a context of these messages needs.
    pub(in crate::socket) fn room<T>(_messages: PhantomData<fn() -> T>, _wires: usize) -> usize {
        0
    }

    pub(in crate::socket) fn of(
        _core: &dyn Any,
        _wires: usize,
        _observers: &Arc<Observers>,
        _identities: &Arc<Mutex<Identities>>,
    ) -> Self {
        Net
    }

    pub(in crate::socket) fn end(&self) {}

    /// Runs `open` with the number of sockets that belong to wires.
    pub(in crate::socket) fn beside<R>(&self, open: impl FnOnce(usize) -> R) -> R {
        open(0)
    }

    pub(in crate::socket) fn is_wire(&self, _slot: usize) -> bool {
        false
    }

    /// The endpoint of the wire to which the socket in this slot belongs.
    pub(in crate::socket) fn wire_by(&self, _slot: usize) -> Option<String> {
        None
    }

    /// How many sockets belong to wires that stayed behind in the process that this one was forked from.
    pub(in crate::socket) fn lost(&self) -> usize {
        0
    }

    pub(in crate::socket) fn is_lost(&self, _slot: usize) -> bool {
        false
    }

    /// Throws away what closed sockets have left for the endpoint: `None` if it is one of this
    /// process.
    pub(in crate::socket) fn discard(
        &self,
        _endpoint: &str,
    ) -> Option<Result<usize, EndpointError>> {
        None
    }

    /// What to show for a name of the context.
    pub(in crate::socket) fn shown(&self, name: &str) -> String {
        name.to_string()
    }
}

pub(in crate::socket) struct Wires;

impl Wires {
    pub(in crate::socket) fn new(_net: &Net) -> Self {
        Wires
    }

    pub(in crate::socket) fn bind<H>(
        &self,
        _host: &H,
        _endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        None
    }

    pub(in crate::socket) fn unbind<H>(
        &self,
        _host: &H,
        _endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        None
    }

    pub(in crate::socket) fn connect<H>(
        &self,
        _host: &H,
        _endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        None
    }

    pub(in crate::socket) fn disconnect<H>(
        &self,
        _host: &H,
        _endpoint: &str,
    ) -> Option<Result<(), EndpointError>> {
        None
    }

    pub(in crate::socket) fn bound_as(&self, asked: String) -> String {
        asked
    }

    pub(in crate::socket) fn set_linger<H>(&self, _host: &H, _linger: Option<Duration>) {}

    pub(in crate::socket) fn subscribes<H>(&self, _host: &H, _prefix: &[u8], _more: bool) {}

    pub(in crate::socket) fn close(&mut self) {}
}
