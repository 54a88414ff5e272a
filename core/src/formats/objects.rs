//! Formats of the objects: rings, channels, primitives, pools, sockets, contexts.

#![forbid(unsafe_code)]

use defmt::{Format, Formatter, write};

use crate::channel::mpmc as channel;
use crate::channel::spsc::{self as narrow, Hold, ReceiverOf, SenderOf};
use crate::context::{ContextOf, ContextStorage, LinkView, SocketView, TermReport};
use crate::frames::{Frames, FramesIter};
use crate::pad::CachePadded;
use crate::pool::{Loan, PoolOf, Shared};
use crate::ring::records::{RecordConsumer, RecordProducer, RecordRead, RecordRing, RecordWrite};
use crate::ring::{SharedRing, Storage, exact, mpmc, spsc};
use crate::socket::{
    CloseReport, Identity, Kind, NotDone, Pattern, PeerLimit, Socket, ToRecv, ToSend, Traffic,
    WaitsTo, WhenAlone, WhenFull,
};
use crate::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, MappedLockGuard, Permit,
    Semaphore, Turn,
};
use crate::wait::{Phase, Spin, WaitCell, WaitQueue};

/// A format for each: words with holes, and what goes into them.
macro_rules! formats {
    ($([$($generics:tt)*] $type:ty, $this:ident => $words:literal $(, $part:expr)*;)+) => {$(
        impl<$($generics)*> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                let $this = self;
                write!(f, $words $(, $part)*);
            }
        }
    )+};
}

formats! {
    [S: Storage + ?Sized] spsc::RingOf<S>, ring =>
        "Ring {{ len: {=usize}, capacity: {=usize} }}", ring.len(), ring.capacity();
    [S: Storage + ?Sized] spsc::ProducerOf<'_, S>, end => "Producer({})", end.ring;
    [S: Storage + ?Sized] spsc::ConsumerOf<'_, S>, end => "Consumer({})", end.ring;
    [T] spsc::Write<'_, T>, run => "Write {{ written: {=usize}, len: {=usize} }}", run.written(), run.len();
    [T] spsc::Read<'_, T>, run => "Read {{ len: {=usize} }}", run.len();
    [T] spsc::PopEach<'_, T>, items => "PopEach {{ left: {=usize} }}", items.len();
    [const N: usize] RecordRing<N>, ring => "RecordRing {{ empty: {=bool} }}", ring.is_empty();
    [] RecordProducer<'_>, end => "RecordProducer {{ longest: {=usize} }}", end.longest();
    [] RecordConsumer<'_>, end => "RecordConsumer {{ empty: {=bool} }}", end.is_empty();
    [] RecordWrite<'_>, record => "RecordWrite {{ len: {=usize} }}", record.len();
    [] RecordRead<'_>, record => "RecordRead {{ len: {=usize} }}", record.len();
    [S: Storage + ?Sized] mpmc::RingOf<S>, ring =>
        "Ring {{ len: {=usize}, capacity: {=usize} }}", ring.len(), ring.capacity();
    [T, S: Storage<Slot = exact::ExactSlot<T>> + ?Sized, const SPARE: usize] exact::RingOf<T, S, SPARE>, ring =>
        "Ring {{ len: {=usize}, capacity: {=usize} }}", ring.len(), ring.capacity();
    [R: SharedRing + ?Sized] channel::ChannelOf<R>, channel =>
        "Channel {{ len: {=usize}, capacity: {=usize}, closed: {=bool} }}",
        channel.len(), channel.capacity(), channel.is_closed();
    [S: Storage + ?Sized] narrow::ChannelOf<S>, channel =>
        "Channel {{ len: {=usize}, capacity: {=usize}, closed: {=bool} }}",
        channel.len(), channel.capacity(), channel.is_closed();
    [C: Hold] SenderOf<C>, end => "Sender {{ channel: {} }}", end.channel.held();
    [C: Hold] ReceiverOf<C>, end => "Receiver {{ channel: {} }}", end.channel.held();
    [P: ?Sized] PoolOf<P>, pool => "Pool {{ lent: {=usize} }}", pool.lent();
    [] Shared<'_>, shared => "Shared({=[u8]})", shared.as_ref();
    [] FramesIter<'_>, frames => "FramesIter {{ left: {=usize} }}", frames.len();
    [] Event, event => "Event {{ set: {=bool} }}", event.is_set();
    [] Semaphore, permits =>
        "Semaphore {{ available: {=usize}, closed: {=bool} }}", permits.available(), permits.is_closed();
    [] BoundedSemaphore, permits =>
        "BoundedSemaphore {{ available: {=usize}, bound: {=usize} }}", permits.available(), permits.bound();
    [] Permit<'_>, permit => "Permit {{ count: {=usize} }}", permit.count();
    [] Condition, condition =>
        "Condition {{ waited_on: {=bool}, closed: {=bool} }}",
        condition.queue.is_waited_on(), condition.is_closed();
    [F] Barrier<F>, barrier =>
        "Barrier {{ parties: {=usize}, waiting: {=usize}, broken: {=bool} }}",
        barrier.parties(), barrier.waiting(), barrier.is_broken();
    [] Turn, turn => "Turn {{ index: {=usize}, leader: {=bool} }}", turn.index(), turn.is_leader();
    [T: Send, K: ContextStorage<T>] ContextOf<T, K>, context =>
        "Context {{ open_sockets: {=usize}, terminated: {=bool} }}",
        context.open_sockets(), context.is_terminated();
    [] TermReport, report => "TermReport {{ undelivered: {=usize} }}", report.undelivered;
    [] Traffic, traffic =>
        "Traffic {{ sent: {=usize}, received: {=usize}, full: {=usize}, dropped: {=usize} }}",
        traffic.sent, traffic.received, traffic.full, traffic.dropped;
    [] SocketView, view =>
        "SocketView {{ slot: {=usize}, kind: {}, identity: {}, links: {=usize}, is_waited_on: {=bool}, waits_to: {}, traffic: {} }}",
        view.slot, view.kind, view.identity, view.links, view.is_waited_on, view.waits_to, view.traffic;
    [] LinkView, view =>
        "LinkView {{ writer: {}, reader: {}, connecter: {}, messages: {=usize}, capacity: {=usize}, sent: {=usize}, dropped: {=usize}, times_full: {=usize}, name: {=str:?} }}",
        view.writer, view.reader, view.connecter, view.messages, view.capacity, view.sent, view.dropped, view.times_full, view.name();
    [] CloseReport, report =>
        "CloseReport {{ unread: {=usize}, discarded: {=usize} }}", report.unread, report.discarded;
    [S: Format] ToSend<S>, socket => "ToSend({})", socket.0;
    [S: Format] ToRecv<S>, socket => "ToRecv({})", socket.0;
    [] WaitQueue, queue => "WaitQueue {{ waiting: {=bool} }}", queue.is_waited_on();
    [] WaitCell, cell => "WaitCell {{ waiting: {=bool} }}", cell.is_waited_on();
    [] Spin, _this => "Spin";
}

impl<T, P: Pattern> Format for Socket<'_, T, P> {
    fn format(&self, f: Formatter<'_>) {
        let name = P::KIND.name();
        match self.state.try_borrow_mut() {
            Ok(mut state) => write!(
                f,
                "{=str}(Socket {{ slot: {=usize}, links: {=usize} }})",
                name,
                state.slot(),
                state.count()
            ),
            Err(_) => write!(f, "{=str}(<at work>)", name),
        }
    }
}

impl<const PARTS: usize, const BYTES: usize> Format for Frames<PARTS, BYTES> {
    fn format(&self, f: Formatter<'_>) {
        let frames: heapless::Vec<&[u8], PARTS> = self.frames().collect();
        write!(f, "{=[?]}", frames.as_slice());
    }
}

impl Format for Kind {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{=str}", self.name());
    }
}

impl Format for PeerLimit {
    fn format(&self, f: Formatter<'_>) {
        match self {
            PeerLimit::One => write!(f, "One"),
            PeerLimit::Many => write!(f, "Many"),
        }
    }
}

/// What stands for the value that it leads to.
macro_rules! as_the_value {
    ($($type:ty;)+) => {$(
        impl<T: Format> Format for $type {
            fn format(&self, f: Formatter<'_>) {
                (**self).format(f);
            }
        }
    )+};
}

as_the_value! {
    Loan<'_, T>;
    CachePadded<T>;
    LockGuard<'_, T>;
    MappedLockGuard<'_, T>;
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

impl<Same: Format, Other: Format, E: Format> Format for NotDone<Same, Other, E> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            NotDone::Again(same, error) => write!(f, "Again({}, {})", same, error),
            NotDone::Over(other, error) => write!(f, "Over({}, {})", other, error),
        }
    }
}

impl Format for Identity {
    fn format(&self, f: Formatter<'_>) {
        match (self.number(), self.slot()) {
            (Some(number), _) => write!(f, "Identity({=u32})", number),
            (None, slot) => write!(
                f,
                "Identity(socket {=u32} of slot {=usize})",
                self.name(),
                slot
            ),
        }
    }
}

impl Format for WhenFull {
    fn format(&self, f: Formatter<'_>) {
        match self {
            WhenFull::Drop => write!(f, "Drop"),
            WhenFull::Wait => write!(f, "Wait"),
        }
    }
}

impl Format for WaitsTo {
    fn format(&self, f: Formatter<'_>) {
        match self {
            WaitsTo::Send => write!(f, "Send"),
            WaitsTo::Receive => write!(f, "Receive"),
            WaitsTo::Close => write!(f, "Close"),
            WaitsTo::Poll => write!(f, "Poll"),
        }
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

impl Format for Phase {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Phase::First => write!(f, "First"),
            Phase::Enqueued => write!(f, "Enqueued"),
            Phase::Woken => write!(f, "Woken"),
            Phase::Granted => write!(f, "Granted"),
            Phase::Released => write!(f, "Released"),
            Phase::Refused => write!(f, "Refused"),
        }
    }
}
