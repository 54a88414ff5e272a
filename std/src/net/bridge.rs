//! [`Bridge`]: the socket of a wire, linked with the socket that the wire is of.
//!
//! The pipes of a context stay the only queue: a wire reads and writes them as a peer in the process
//! would. Its socket has the pattern that the other one talks to.

#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use gimmal_core::error::socket::{EndpointError, IdentityError, OpenError, SendError, SendReason};
use gimmal_core::facade::socket::{BridgeLink, BridgeWants};
use gimmal_core::socket::{
    DealerPattern, Identity, Kind, PairPattern, PublishPattern, PullPattern, PushPattern,
    RouterPattern, SubscribePattern, WhenFull,
};

use super::hub::Hub;
use super::info::WireStatus;
use crate::message::Message;
use crate::owned_socket::OwnedSocket;

type Of<P> = OwnedSocket<Message, P>;

enum Side {
    Pull(Of<PullPattern>),
    Push(Of<PushPattern>),
    Pair(Of<PairPattern>),
    Dealer(Of<DealerPattern>),
    Router(Of<RouterPattern>),
    Subscribe(Of<SubscribePattern>),
    Publish(Of<PublishPattern>),
}

/// The pattern of a bridge: the one that the other socket talks to.
#[derive(Clone, Copy)]
pub(super) enum Opposite {
    Pull,
    Push,
    Pair,
    Dealer,
    Router,
    Subscribe,
    Publish,
}

impl Opposite {
    /// Returns `None` if nothing on a wire is like a socket of this kind.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Push => Opposite::Pull,
            Kind::Pull => Opposite::Push,
            Kind::Pair => Opposite::Pair,
            Kind::Req => Opposite::Router,
            Kind::Rep | Kind::Dealer | Kind::Router => Opposite::Dealer,
            Kind::Publish => Opposite::Subscribe,
            Kind::Subscribe => Opposite::Publish,
            _ => return None,
        })
    }
}

macro_rules! each {
    ($side:expr, $one:ident => $do:expr) => {
        match $side {
            Side::Pull($one) => $do,
            Side::Push($one) => $do,
            Side::Pair($one) => $do,
            Side::Dealer($one) => $do,
            Side::Router($one) => $do,
            Side::Subscribe($one) => $do,
            Side::Publish($one) => $do,
        }
    };
}

/// The socket of a wire.
pub(super) struct Bridge {
    side: Side,
    /// Dropped after the socket is closed.
    _registered: Registered,
}

/// The entry of a bridge in its hub.
struct Registered {
    hub: Arc<Hub>,
    slot: usize,
    status: Arc<WireStatus>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.hub.forget_bridge(self.slot, &self.status);
    }
}

impl Bridge {
    pub(super) fn open(
        hub: &Arc<Hub>,
        pattern: Opposite,
        status: &Arc<WireStatus>,
    ) -> Result<Self, OpenError> {
        let side = hub.open_bridge(
            status,
            |core| {
                Ok(match pattern {
                    Opposite::Pull => Side::Pull(Of::open(core)?),
                    Opposite::Push => Side::Push(Of::open(core)?),
                    Opposite::Pair => Side::Pair(Of::open(core)?),
                    Opposite::Dealer => Side::Dealer(Of::open(core)?),
                    Opposite::Router => Side::Router(Of::open(core)?),
                    Opposite::Subscribe => Side::Subscribe(Of::open(core)?),
                    Opposite::Publish => {
                        let mut publish: Of<PublishPattern> = Of::open(core)?;
                        publish.set_when_full(WhenFull::Wait);
                        Side::Publish(publish)
                    }
                })
            },
            |side| each!(side, one => one.slot()),
        )?;
        let registered = Registered {
            hub: hub.clone(),
            slot: each!(&side, one => one.slot()),
            status: status.clone(),
        };
        let bridge = Bridge {
            side,
            _registered: registered,
        };
        bridge.set_marks();
        Ok(bridge)
    }

    /// The other side's marks say how much the link holds; this one adds the least.
    fn set_marks(&self) {
        let set = match &self.side {
            Side::Pull(one) => one.set_recv_hwm(1),
            Side::Subscribe(one) => one.set_recv_hwm(1),
            Side::Push(one) => one.set_send_hwm(1),
            Side::Publish(one) => one.set_send_hwm(1),
            Side::Pair(one) => one.set_send_hwm(1).and(one.set_recv_hwm(1)),
            Side::Dealer(one) => one.set_send_hwm(1).and(one.set_recv_hwm(1)),
            Side::Router(one) => one.set_send_hwm(1).and(one.set_recv_hwm(1)),
        };
        set.expect("a mark of 1 is the least");
    }

    pub(super) fn connect(&self, name: &str) -> Result<(), EndpointError> {
        each!(&self.side, one => one.connect(name))
    }

    pub(super) fn link(&mut self) -> BridgeLink {
        each!(&mut self.side, one => one.bridge_link())
    }

    /// Waits for a change of the link.
    pub(super) async fn changed(&mut self, wants: BridgeWants) -> BridgeLink {
        each!(&mut self.side, one => one.bridging(wants).into_future().await)
    }

    /// The same. With `gives_up` it ends also if its task was woken for something else, and returns
    /// `false` then: the other side tells of each message that it takes or sends, whether that is
    /// wanted or not.
    pub(super) async fn changed_or(&mut self, gives_up: bool, wants: BridgeWants) -> bool {
        let mut changed = pin!(self.changed(wants));
        let mut was_polled = false;
        poll_fn(|context| match changed.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if was_polled && gives_up => Poll::Ready(false),
            Poll::Pending => {
                was_polled = true;
                Poll::Pending
            }
        })
        .await
    }

    pub(super) fn read_in_place(&mut self, skip: usize, read: impl FnMut(&Message) -> bool) {
        each!(&mut self.side, one => one.read_in_place(skip, read));
    }

    pub(super) fn release(&mut self, messages: usize) {
        each!(&mut self.side, one => one.release(messages));
    }

    /// Hands a message to the other side.
    pub(super) fn try_send(&mut self, message: Message) -> Result<(), SendError<Message>> {
        match &mut self.side {
            Side::Push(one) => one.try_send(message),
            Side::Pair(one) => one.try_send(message),
            Side::Dealer(one) => one.try_send(message),
            Side::Publish(one) => one.try_send(message),
            Side::Router(one) => match one.linked_identity() {
                Some(identity) => one.try_send_to(identity, message),
                None => Err(SendError {
                    reason: SendReason::Unreachable,
                    value: message,
                }),
            },
            // A Push and a Publish hear nothing.
            Side::Pull(_) | Side::Subscribe(_) => Ok(()),
        }
    }

    /// By what a Router at the other side knows the peer.
    pub(super) fn set_identity(&self, identity: Identity) -> Result<(), IdentityError> {
        match &self.side {
            Side::Dealer(one) => one.set_identity(identity),
            _ => Ok(()),
        }
    }

    /// The peer wants to hear of these topics, or no longer; returns `false` if it never wanted to.
    pub(super) fn subscribe(&self, prefix: &[u8], wanted: bool) -> bool {
        match (&self.side, wanted) {
            (Side::Subscribe(one), true) => one.subscribe(prefix).is_ok(),
            (Side::Subscribe(one), false) => one.unsubscribe(prefix).is_ok(),
            _ => false,
        }
    }

    /// The peer is gone, and with it what it wanted to hear.
    pub(super) fn unsubscribe_all(&self) {
        if let Side::Subscribe(one) = &self.side {
            one.unsubscribe_all();
        }
    }
}
