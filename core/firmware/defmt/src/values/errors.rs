//! Every variant of every error.

use gimmal_core::error::socket::{
    self, EndpointError, HwmError, IdentityError, OpenError, RecvError, SendReason, SubscribeError,
};
use gimmal_core::error::{
    AcquireManyError, AcquireTimeoutError, BarrierTimeoutError, BrokenBarrier, Busy, Closed, Empty,
    Full, OverRelease, Overflow, PopError, PushError, ReadError, RecvTimeoutError, ReserveError,
    SendError, SendTimeoutError, TimedOut, TooMany, TryRecvError, TrySendError, WaitError,
};

use crate::show;

/// Without `Format` and `Debug`: no error looks at what it carries.
struct Mute;

/// Shows each with its expression as label.
macro_rules! each {
    ($($error:expr;)+) => { $(show(stringify!($error), &$error);)+ };
}

pub(crate) fn show_all() {
    each! {
        Full(Mute);
        Empty;
        Busy(Mute);
        PushError::Full(Mute);
        PushError::Busy(Mute);
        PopError::Empty;
        PopError::Busy;
        ReserveError::TooFew { free: 3 };
        ReserveError::TooLong { capacity: 4 };
        ReadError::TooFew { available: 5 };
        ReadError::TooLong { capacity: 6 };
        TrySendError::Full(Mute);
        TrySendError::Busy(Mute);
        TrySendError::Closed(Mute);
        TryRecvError::Empty;
        TryRecvError::Busy;
        TryRecvError::Closed;
        SendError(Mute);
        Closed;
        TimedOut;
        SendTimeoutError::TimedOut(Mute);
        SendTimeoutError::Closed(Mute);
        RecvTimeoutError::TimedOut;
        RecvTimeoutError::Closed;
        Overflow;
        OverRelease;
        TooMany { bound: 7 };
        AcquireTimeoutError::TimedOut;
        AcquireTimeoutError::Closed;
        AcquireManyError::TooMany { bound: 70000 };
        AcquireManyError::TimedOut;
        AcquireManyError::Closed;
        WaitError::WrongLock(Mute);
        WaitError::Closed(Mute);
        BrokenBarrier;
        BarrierTimeoutError::TimedOut;
        BarrierTimeoutError::Broken;
        SendReason::Full;
        SendReason::TimedOut;
        SendReason::Disconnected;
        SendReason::Terminated;
        SendReason::Closed;
        SendReason::Unreachable;
        SendReason::WrongTurn;
        RecvError::Empty;
        RecvError::TimedOut;
        RecvError::Disconnected;
        RecvError::Terminated;
        RecvError::WrongTurn;
        EndpointError::InvalidEndpoint;
        EndpointError::UnsupportedTransport;
        EndpointError::AddressInUse;
        EndpointError::NotConnected;
        EndpointError::PatternMismatch;
        EndpointError::PeerTaken;
        EndpointError::TooManyPipes;
        EndpointError::TooManyNames;
        EndpointError::HwmTooLarge { max: 8 };
        EndpointError::Terminated;
        IdentityError::InUse;
        IdentityError::Linked;
        IdentityError::Automatic;
        IdentityError::Closed;
        SubscribeError::TooMany;
        SubscribeError::TooLong { max: 32 };
        SubscribeError::NotSubscribed;
        SubscribeError::Closed;
        HwmError::InvalidHwm;
        HwmError::HwmTooLarge { max: 9 };
        OpenError::TooManySockets;
        OpenError::Terminated;
    }
    for reason in [
        SendReason::Full,
        SendReason::TimedOut,
        SendReason::Disconnected,
        SendReason::Terminated,
        SendReason::Closed,
        SendReason::Unreachable,
        SendReason::WrongTurn,
    ] {
        let value = Mute;
        show("socket::SendError", &socket::SendError { reason, value });
    }
}
