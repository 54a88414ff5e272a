//! Every public type of the core, once: one that lacks its `Format` does not compile here. `check.sh` compares the names
//! with those in the sources, so that none is left out.

use core::fmt::Debug;

use defmt::Format;
use gimmal_core::channel::{mpmc as channel, spsc as narrow};
use gimmal_core::error::socket as socket_error;
use gimmal_core::ring::{ExactSlot, Slot, TurnSlot, exact, mpmc, spsc};
use gimmal_core::{Context, error, poll, pool, ring, socket, sync, wait};

/// It has `Format` and `Debug`.
fn both<T: Format + Debug + ?Sized>() {}

/// It has `Format` only: what waits.
fn waits<T: Format>() {}

/// It has neither: the memory that others are made of, and names of patterns.
fn memory<T>() {}

/// The other forms of those above.
fn form<T: Format + Debug + ?Sized>() {}

/// Without `Format` and `Debug`: what holds a value shows it only where it says so.
struct Mute;

type Ctx = gimmal_core::StaticStorage<Mute, 1, 1, 1>;
type Cells = [Slot<Mute>; 1];
type Turns = [TurnSlot<Mute>; 1];

fn errors() {
    both::<error::Full<Mute>>();
    both::<error::Empty>();
    both::<error::Busy<Mute>>();
    both::<error::PushError<Mute>>();
    both::<error::PopError>();
    both::<error::PushFrameError>();
    both::<error::ReserveError>();
    both::<error::ReadError>();
    both::<error::TrySendError<Mute>>();
    both::<error::TryRecvError>();
    both::<error::SendError<Mute>>();
    both::<error::Closed>();
    both::<error::TimedOut>();
    both::<error::SendTimeoutError<Mute>>();
    both::<error::RecvTimeoutError>();
    both::<error::Overflow>();
    both::<error::OverRelease>();
    both::<error::TooMany>();
    both::<error::AcquireTimeoutError>();
    both::<error::AcquireManyError>();
    both::<error::WaitError<Mute>>();
    both::<error::BrokenBarrier>();
    both::<error::BarrierTimeoutError>();
    both::<socket_error::SendReason>();
    both::<socket_error::SendError<Mute>>();
    both::<socket_error::RecvError>();
    both::<socket_error::OpenError>();
    both::<socket_error::EndpointError>();
    both::<socket_error::LeftBehind>();
    both::<socket_error::HwmError>();
    both::<socket_error::IdentityError>();
    both::<socket_error::SubscribeError>();
}

fn rings_and_channels() {
    both::<spsc::RingOf<Cells>>();
    both::<spsc::ProducerOf<'_, Cells>>();
    both::<spsc::ConsumerOf<'_, Cells>>();
    both::<spsc::Write<'_, Mute>>();
    both::<spsc::Read<'_, Mute>>();
    both::<spsc::PopEach<'_, Mute>>();
    both::<mpmc::RingOf<Turns>>();
    both::<exact::RingOf<Mute, [ExactSlot<Mute>; 1], 1>>();
    both::<narrow::ChannelOf<Cells>>();
    both::<narrow::SenderOf<&narrow::ChannelOf<Cells>>>();
    both::<narrow::ReceiverOf<&narrow::ChannelOf<Cells>>>();
    both::<channel::ChannelOf<mpmc::Ring<Mute, 1>>>();
    waits::<narrow::Sending<'_, Mute, Cells>>();
    waits::<narrow::Receiving<'_, Cells>>();
    waits::<channel::Sending<'_, mpmc::Ring<Mute, 1>>>();
    waits::<channel::Receiving<'_, mpmc::Ring<Mute, 1>>>();
    waits::<gimmal_core::channel::SendingSlice<'_, Mute, Cells>>();
    waits::<gimmal_core::channel::ReceivingSlice<'_, Mute, Cells>>();
    waits::<gimmal_core::channel::Filling<'_, Cells>>();
    both::<ring::records::RecordRing<8>>();
    both::<ring::records::RecordProducer<'_>>();
    both::<ring::records::RecordConsumer<'_>>();
    both::<ring::records::RecordWrite<'_>>();
    both::<ring::records::RecordRead<'_>>();
    memory::<ring::Slot<Mute>>();
    memory::<ring::TurnSlot<Mute>>();
    memory::<ring::ExactSlot<Mute>>();
}

fn primitives() {
    both::<sync::Lock<u8>>();
    both::<sync::LockGuard<'_, u8>>();
    both::<sync::MappedLockGuard<'_, u8>>();
    both::<sync::Condition>();
    both::<sync::Semaphore>();
    both::<sync::BoundedSemaphore>();
    both::<sync::Permit<'_>>();
    both::<sync::Event>();
    both::<sync::Barrier<fn()>>();
    both::<sync::Turn>();
    waits::<sync::Locking<'_, Mute>>();
    waits::<sync::AwaitingNotification<'_, '_, Mute>>();
    waits::<sync::WaitOutcome<'_, Mute>>();
    waits::<sync::NotificationGuard<'_>>();
    waits::<sync::Acquiring<'_>>();
    waits::<sync::Waiting<'_>>();
    waits::<sync::Arriving<'_, fn()>>();
    both::<pool::PoolOf<[pool::PoolSlot<Mute>; 1]>>();
    both::<pool::Loan<'_, u8>>();
    both::<pool::Shared<'_>>();
    waits::<pool::Taking<'_, Mute>>();
    memory::<pool::PoolSlot<Mute>>();
    both::<wait::WaitQueue>();
    both::<wait::WaitCell>();
    both::<wait::Spin>();
    both::<wait::Phase>();
    waits::<wait::Until<'_, wait::WaitQueue, sync::Locking<'_, Mute>>>();
    waits::<wait::Wait<'_, wait::WaitQueue, sync::Locking<'_, Mute>>>();
    both::<gimmal_core::CachePadded<u8>>();
}

type Wait = wait::Until<'static, wait::WaitQueue, sync::Waiting<'static>>;

fn polls() {
    both::<poll::Readiness>();
    both::<poll::Ready<1>>();
    both::<poll::Place<'_>>();
    both::<poll::Source<'_>>();
    both::<poll::Poller<'_, 1>>();
    waits::<poll::WaitAny<poll::PollGroup<'_, '_, 1>>>();
    waits::<poll::PollGroup<'_, '_, 1>>();
    waits::<poll::SelectGroup<(Wait, Wait)>>();
}

fn sockets() {
    both::<gimmal_core::ContextOf<Mute, Ctx>>();
    both::<gimmal_core::TermReport>();
    both::<socket::Socket<'_, Mute, socket::PairPattern>>();
    memory::<socket::PairPattern>();
    memory::<socket::PushPattern>();
    memory::<socket::PullPattern>();
    both::<gimmal_core::Frames<1, 1>>();
    both::<gimmal_core::FramesIter<'_>>();
    memory::<socket::ReqPattern>();
    memory::<socket::RepPattern>();
    memory::<socket::DealerPattern>();
    memory::<socket::RouterPattern>();
    memory::<socket::PublishPattern>();
    memory::<socket::SubscribePattern>();
    both::<socket::Identity>();
    both::<socket::WhenFull>();
    both::<socket::ToSend<socket::Req<'_, Mute>>>();
    both::<socket::ToRecv<socket::Rep<'_, Mute>>>();
    both::<socket::NotDone<u8, u8, socket_error::RecvError>>();
    both::<socket::Kind>();
    both::<socket::PeerLimit>();
    both::<socket::CloseReport>();
    both::<socket::Traffic>();
    both::<socket::WaitsTo>();
    both::<gimmal_core::SocketView>();
    both::<gimmal_core::LinkView>();
    both::<socket::WhenAlone>();
    waits::<socket::Sending<'_, '_, Mute, socket::PushPattern>>();
    waits::<socket::Receiving<'_, '_, Mute, socket::PullPattern>>();
    waits::<socket::Draining<'_, '_, Mute>>();
    waits::<gimmal_core::Terminating<'_, Mute, Ctx>>();
    memory::<gimmal_core::SocketEntry<Mute>>();
    memory::<gimmal_core::EndpointEntry<Mute>>();
    memory::<gimmal_core::StaticStorage<Mute, 1, 1, 1>>();
    memory::<socket::PipeOf<Mute, Cells>>();
    memory::<socket::SocketSlot>();
    memory::<socket::StaticSubscriptions<1>>();
    memory::<socket::Peers<Mute>>();
}

fn forms() {
    form::<spsc::Ring<Mute, 1>>();
    form::<spsc::RingView<Mute>>();
    form::<spsc::Producer<'_, Mute, 1>>();
    form::<spsc::ProducerView<'_, Mute>>();
    form::<spsc::Consumer<'_, Mute, 1>>();
    form::<spsc::ConsumerView<'_, Mute>>();
    form::<mpmc::Ring<Mute, 1>>();
    form::<mpmc::RingView<Mute>>();
    form::<exact::Ring<Mute, 1>>();
    form::<exact::RingView<Mute>>();
    form::<narrow::Channel<Mute, 1>>();
    form::<narrow::ChannelView<Mute>>();
    form::<narrow::Sender<'_, Mute, 1>>();
    form::<narrow::SenderView<'_, Mute>>();
    form::<narrow::Receiver<'_, Mute, 1>>();
    form::<narrow::ReceiverView<'_, Mute>>();
    form::<channel::Channel<Mute, 1>>();
    form::<channel::ChannelView<Mute>>();
    form::<gimmal_core::channel::exact::Channel<Mute, 1>>();
    form::<pool::Pool<Mute, 1>>();
    form::<pool::PoolOf<[pool::PoolSlot<Mute>]>>();
    form::<Context<Mute, 1, 1, 1>>();
    form::<poll::Selected2<Wait, Wait>>();
    form::<poll::Selected3<Wait, Wait, Wait>>();
    form::<poll::Selected4<Wait, Wait, Wait, Wait>>();
    form::<poll::Selected5<Wait, Wait, Wait, Wait, Wait>>();
    form::<poll::Selected6<Wait, Wait, Wait, Wait, Wait, Wait>>();
    form::<poll::Selected7<Wait, Wait, Wait, Wait, Wait, Wait, Wait>>();
    form::<poll::Selected8<Wait, Wait, Wait, Wait, Wait, Wait, Wait, Wait>>();
    form::<socket::Pair<'_, Mute>>();
    form::<socket::Push<'_, Mute>>();
    form::<socket::Pull<'_, Mute>>();
    form::<socket::Req<'_, Mute>>();
    form::<socket::Rep<'_, Mute>>();
    form::<socket::Dealer<'_, Mute>>();
    form::<socket::Router<'_, Mute>>();
    form::<socket::Publish<'_, Mute>>();
    form::<socket::Subscribe<'_, Mute>>();
}

/// All of them.
pub(crate) fn all() {
    errors();
    rings_and_channels();
    primitives();
    polls();
    sockets();
    forms();
}
