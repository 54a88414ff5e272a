//! Formats of the objects: rings, channels, primitives, pools, contexts.

#![forbid(unsafe_code)]

use defmt::{Format, Formatter, write};

use crate::channel::mpmc as channel;
use crate::channel::spsc::{self as narrow, Hold, ReceiverOf, SenderOf};
use crate::context::{ContextOf, Keep, TermReport};
use crate::pad::CachePadded;
use crate::pool::{Loan, PoolOf, Shared};
use crate::ring::{Slot, Storage, TurnSlot, mpmc, spsc};
use crate::socket::{CloseReport, Pair, Pull, Push, WhenAlone};
use crate::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, Permit, Semaphore, Turn,
};
use crate::wait::{self, Spin, Told, WaitCell, WaitQueue};

/// A format for each: its name, and what its methods say.
macro_rules! formats {
    ($([$($generics:tt)*] $type:ty : $words:literal $(, $method:ident)*;)+) => {$(
        impl<$($generics)*> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                write!(f, $words $(, self.$method())*);
            }
        }
    )+};
}

formats! {
    [S: Storage + ?Sized] spsc::RingOf<S>: "Ring {{ len: {=usize}, capacity: {=usize} }}", len, capacity;
    [T, S: Storage<Slot = Slot<T>> + ?Sized] spsc::ProducerOf<'_, S>: "Producer {{ len: {=usize}, capacity: {=usize} }}", len, capacity;
    [T, S: Storage<Slot = Slot<T>> + ?Sized] spsc::ConsumerOf<'_, S>: "Consumer {{ len: {=usize}, capacity: {=usize} }}", len, capacity;
    [S: Storage + ?Sized] mpmc::RingOf<S>: "Ring {{ len: {=usize}, capacity: {=usize} }}", len, capacity;
    [T, S: Storage<Slot = TurnSlot<T>> + ?Sized] channel::ChannelOf<S>:
        "Channel {{ len: {=usize}, capacity: {=usize}, closed: {=bool} }}", len, capacity, is_closed;
    [T, S: Storage<Slot = Slot<T>> + ?Sized] narrow::ChannelOf<S>:
        "Channel {{ len: {=usize}, capacity: {=usize}, closed: {=bool} }}", len, capacity, is_closed;
    [C: Hold] SenderOf<C>: "Sender";
    [C: Hold] ReceiverOf<C>: "Receiver";
    [P: ?Sized] PoolOf<P>: "Pool {{ lent: {=usize} }}", lent;
    [] Event: "Event {{ set: {=bool} }}", is_set;
    [] Semaphore: "Semaphore {{ available: {=usize}, closed: {=bool} }}", available, is_closed;
    [] BoundedSemaphore: "BoundedSemaphore {{ available: {=usize}, bound: {=usize} }}", available, bound;
    [] Permit<'_>: "Permit {{ count: {=usize} }}", count;
    [] Condition: "Condition {{ closed: {=bool} }}", is_closed;
    [F] Barrier<F>: "Barrier {{ parties: {=usize}, waiting: {=usize}, broken: {=bool} }}", parties, waiting, is_broken;
    [] Turn: "Turn {{ index: {=usize}, leader: {=bool} }}", index, is_leader;
    [T: Send, K: Keep<T>] ContextOf<T, K>:
        "Context {{ open_sockets: {=usize}, terminated: {=bool} }}", open_sockets, is_terminated;
    [T] Pair<'_, T>: "Pair";
    [T] Push<'_, T>: "Push";
    [T] Pull<'_, T>: "Pull";
    [] WaitQueue: "WaitQueue {{ waiting: {=bool} }}", is_waited_on;
    [] WaitCell: "WaitCell";
    [] Spin: "Spin";
}

impl Format for Shared<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Shared({=[u8]})", self.as_ref());
    }
}

impl<T: Format> Format for Loan<'_, T> {
    fn format(&self, f: Formatter<'_>) {
        (**self).format(f);
    }
}

impl<T: Format> Format for CachePadded<T> {
    fn format(&self, f: Formatter<'_>) {
        (**self).format(f);
    }
}

impl<T: Format> Format for LockGuard<'_, T> {
    fn format(&self, f: Formatter<'_>) {
        (**self).format(f);
    }
}

impl<T: Format> Format for Lock<T> {
    /// Never waits: a held lock shows no value.
    fn format(&self, f: Formatter<'_>) {
        match self.try_lock() {
            Some(guard) => write!(f, "Lock {{ value: {} }}", *guard),
            None => write!(f, "Lock {{ value: <locked> }}"),
        }
    }
}

impl Format for CloseReport {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "CloseReport {{ unread: {=usize}, discarded: {=usize} }}",
            self.unread, self.discarded
        );
    }
}

impl Format for TermReport {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "TermReport {{ undelivered: {=usize} }}",
            self.undelivered
        );
    }
}

impl Format for WhenAlone {
    fn format(&self, f: Formatter<'_>) {
        match self {
            WhenAlone::Wait => write!(f, "Wait"),
            WhenAlone::Disconnect => write!(f, "Disconnect"),
        }
    }
}

impl Format for Told {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Told::Nothing => write!(f, "Nothing"),
            Told::Woken => write!(f, "Woken"),
            Told::Given => write!(f, "Given"),
            Told::Released => write!(f, "Released"),
        }
    }
}

impl Format for wait::Turn {
    fn format(&self, f: Formatter<'_>) {
        match self {
            wait::Turn::Fresh => write!(f, "Fresh"),
            wait::Turn::Queued => write!(f, "Queued"),
            wait::Turn::Given => write!(f, "Given"),
            wait::Turn::Released => write!(f, "Released"),
            wait::Turn::Refused => write!(f, "Refused"),
        }
    }
}
