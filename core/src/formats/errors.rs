//! Formats of the errors.

#![forbid(unsafe_code)]

use defmt::{Format, Formatter, write};

use crate::error::socket::{
    self, EndpointError, HwmError, IdentityError, LeftBehind, OpenError, RecvError, SendReason,
    SubscribeError,
};
use crate::error::{
    AcquireManyError, AcquireTimeoutError, BarrierTimeoutError, BrokenBarrier, Busy, Closed, Empty,
    Full, OverRelease, Overflow, PopError, PushError, PushFrameError, ReadError, RecvTimeoutError,
    ReserveError, SendError, SendTimeoutError, TimedOut, TooMany, TryRecvError, TrySendError,
    WaitError,
};

/// A format for each: the words that `Debug` shows.
macro_rules! formats {
    ($($name:ident $(<$value:ident>)? { $($variant:pat => $words:literal $(, $part:expr)*;)+ })+) => {$(
        impl $(<$value>)? Format for $name $(<$value>)? {
            fn format(&self, f: Formatter<'_>) {
                match self { $($variant => write!(f, $words $(, $part)*)),+ }
            }
        }
    )+};
}

formats! {
    Full<T> { Full(_) => "Full(..)"; }
    Empty { Empty => "Empty"; }
    Busy<T> { Busy(_) => "Busy(..)"; }
    PushError<T> {
        PushError::Full(_) => "Full(..)";
        PushError::Busy(_) => "Busy(..)";
    }
    PopError {
        PopError::Empty => "Empty";
        PopError::Busy => "Busy";
    }
    PushFrameError {
        PushFrameError::TooManyFrames { max } => "TooManyFrames {{ max: {=usize} }}", *max;
        PushFrameError::TooLong { free } => "TooLong {{ free: {=usize} }}", *free;
    }
    ReserveError {
        ReserveError::TooFew { free } => "TooFew {{ free: {=usize} }}", *free;
        ReserveError::TooLong { capacity } => "TooLong {{ capacity: {=usize} }}", *capacity;
    }
    ReadError {
        ReadError::TooFew { available } => "TooFew {{ available: {=usize} }}", *available;
        ReadError::TooLong { capacity } => "TooLong {{ capacity: {=usize} }}", *capacity;
    }
    TrySendError<T> {
        TrySendError::Full(_) => "Full(..)";
        TrySendError::Busy(_) => "Busy(..)";
        TrySendError::Closed(_) => "Closed(..)";
    }
    TryRecvError {
        TryRecvError::Empty => "Empty";
        TryRecvError::Busy => "Busy";
        TryRecvError::Closed => "Closed";
    }
    SendError<T> { SendError(_) => "SendError(..)"; }
    Closed { Closed => "Closed"; }
    TimedOut { TimedOut => "TimedOut"; }
    SendTimeoutError<T> {
        SendTimeoutError::TimedOut(_) => "TimedOut(..)";
        SendTimeoutError::Closed(_) => "Closed(..)";
    }
    RecvTimeoutError {
        RecvTimeoutError::TimedOut => "TimedOut";
        RecvTimeoutError::Closed => "Closed";
    }
    Overflow { Overflow => "Overflow"; }
    OverRelease { OverRelease => "OverRelease"; }
    TooMany { TooMany { bound } => "TooMany {{ bound: {=usize} }}", *bound; }
    AcquireTimeoutError {
        AcquireTimeoutError::TimedOut => "TimedOut";
        AcquireTimeoutError::Closed => "Closed";
    }
    AcquireManyError {
        AcquireManyError::TooMany { bound } => "TooMany {{ bound: {=usize} }}", *bound;
        AcquireManyError::TimedOut => "TimedOut";
        AcquireManyError::Closed => "Closed";
    }
    WaitError<G> {
        WaitError::WrongLock(_) => "WrongLock(..)";
        WaitError::Closed(_) => "Closed(..)";
    }
    BrokenBarrier { BrokenBarrier => "BrokenBarrier"; }
    BarrierTimeoutError {
        BarrierTimeoutError::TimedOut => "TimedOut";
        BarrierTimeoutError::Broken => "Broken";
    }
    SendReason {
        SendReason::Full => "Full";
        SendReason::TimedOut => "TimedOut";
        SendReason::Disconnected => "Disconnected";
        SendReason::Terminated => "Terminated";
        SendReason::Closed => "Closed";
        SendReason::Unreachable => "Unreachable";
        SendReason::WrongTurn => "WrongTurn";
    }
    RecvError {
        RecvError::Empty => "Empty";
        RecvError::TimedOut => "TimedOut";
        RecvError::Disconnected => "Disconnected";
        RecvError::Terminated => "Terminated";
        RecvError::WrongTurn => "WrongTurn";
    }
    EndpointError {
        EndpointError::InvalidEndpoint => "InvalidEndpoint";
        EndpointError::UnsupportedTransport => "UnsupportedTransport";
        EndpointError::AddressInUse => "AddressInUse";
        EndpointError::CarriesBytesOnly => "CarriesBytesOnly";
        EndpointError::AddressNotAvailable => "AddressNotAvailable";
        EndpointError::PermissionDenied => "PermissionDenied";
        EndpointError::NameUnresolved => "NameUnresolved";
        EndpointError::TooManyConnections => "TooManyConnections";
        EndpointError::System(code) => "System({=i32})", *code;
        EndpointError::NotConnected => "NotConnected";
        EndpointError::PatternMismatch => "PatternMismatch";
        EndpointError::PeerTaken => "PeerTaken";
        EndpointError::TooManyPipes => "TooManyPipes";
        EndpointError::TooManyNames => "TooManyNames";
        EndpointError::LeftBehind(left) => "LeftBehind({})", left;
        EndpointError::HwmTooLarge { max } => "HwmTooLarge {{ max: {=usize} }}", *max;
        EndpointError::Terminated => "Terminated";
    }
    IdentityError {
        IdentityError::InUse => "InUse";
        IdentityError::Linked => "Linked";
        IdentityError::Automatic => "Automatic";
        IdentityError::Closed => "Closed";
    }
    SubscribeError {
        SubscribeError::TooMany => "TooMany";
        SubscribeError::TooLong { max } => "TooLong {{ max: {=usize} }}", *max;
        SubscribeError::NotSubscribed => "NotSubscribed";
        SubscribeError::Closed => "Closed";
    }
    HwmError {
        HwmError::InvalidHwm => "InvalidHwm";
        HwmError::HwmTooLarge { max } => "HwmTooLarge {{ max: {=usize} }}", *max;
    }
    OpenError {
        OpenError::TooManySockets => "TooManySockets";
        OpenError::Terminated => "Terminated";
    }
}

impl<T> Format for socket::SendError<T> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "SendError {{ reason: {}, .. }}", self.reason);
    }
}

impl Format for LeftBehind {
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "LeftBehind {{ name: {=str}, pipes: {=usize}, messages: {=usize} }}",
            self.name(),
            self.pipes,
            self.messages
        );
    }
}
