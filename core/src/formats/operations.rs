//! Formats of what waits: the future, its operation, and how the first part of a wait for a condition ended. None of these has
//! `Debug`. A format shows neither the values that they carry nor the place where they wait.

#![forbid(unsafe_code)]

use defmt::{Format, Formatter, write};

use crate::channel::{Filling, ReceivingSlice, SendingSlice, mpmc, spsc};
use crate::context::{ContextStorage, Terminating};
use crate::pool::Taking;
use crate::ring::{SharedRing, Storage};
use crate::socket::{self, Distribute, Draining, Pattern};
use crate::sync::{
    Acquiring, Arriving, AwaitingNotification, Locking, NotificationGuard, WaitOutcome, Waiting,
};
use crate::wait::{Protocol, Until, Wait, Waiters};

/// A format for each: its name.
macro_rules! names {
    ($([$($generics:tt)*] $type:ty => $name:literal;)+) => {$(
        impl<$($generics)*> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                write!(f, $name);
            }
        }
    )+};
}

names! {
    [R: SharedRing + ?Sized] mpmc::Sending<'_, R> => "Sending";
    [R: SharedRing + ?Sized] mpmc::Receiving<'_, R> => "Receiving";
    [T, S: Storage + ?Sized] spsc::Sending<'_, T, S> => "Sending";
    [S: Storage + ?Sized] spsc::Receiving<'_, S> => "Receiving";
    [T, S: Storage + ?Sized] SendingSlice<'_, T, S> => "SendingSlice";
    [T, S: Storage + ?Sized] ReceivingSlice<'_, T, S> => "ReceivingSlice";
    [S: Storage + ?Sized] Filling<'_, S> => "Filling";
    [T] Taking<'_, T> => "Taking";
    [T, P: Pattern<Policy: Distribute<T>>] socket::Sending<'_, '_, T, P> => "Sending";
    [T, P: Pattern] socket::Receiving<'_, '_, T, P> => "Receiving";
    [T] Draining<'_, '_, T> => "Draining";
    [T: Send, K: ContextStorage<T>] Terminating<'_, T, K> => "Terminating";
    [T: ?Sized] Locking<'_, T> => "Locking";
    [T: ?Sized] AwaitingNotification<'_, '_, T> => "AwaitingNotification";
    [] Waiting<'_> => "Waiting";
    [F] Arriving<'_, F> => "Arriving";
    [] NotificationGuard<'_> => "NotificationGuard";
}

impl Format for Acquiring<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Acquiring {{ count: {=usize} }}", self.count());
    }
}

impl<G> Format for WaitOutcome<'_, G> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            WaitOutcome::Notified(_) => write!(f, "Notified(..)"),
            WaitOutcome::Closed(_) => write!(f, "Closed(..)"),
            WaitOutcome::WrongLock(_) => write!(f, "WrongLock(..)"),
        }
    }
}

impl<P: Waiters, O: Protocol + Format> Format for Until<'_, P, O> {
    /// Its operation, until it has been ready.
    fn format(&self, f: Formatter<'_>) {
        match self.operation() {
            Some(operation) => write!(f, "Until({})", operation),
            None => write!(f, "Until(<done>)"),
        }
    }
}

impl<P: Waiters, O: Protocol + Format> Format for Wait<'_, P, O> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Wait({})", self.operation);
    }
}
