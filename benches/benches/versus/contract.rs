//! What a contender must be able to do: the few words that every library has, under one name.
//!
//! All methods are static functions over the library's own end types, so that a wrapper costs nothing and hides nothing.
//! A library implements the traits it has the means for, and enters the rows that ask for no more.

use gimmal_benches::message::Fresh;
use gimmal_benches::tally::Tally;
use gimmal_benches::traffic::Traffic;
use std::marker::PhantomData;
use std::time::Duration;

/// A ring between one producer and one consumer.
pub(crate) trait Spsc<T>: Send + Sized {
    type Tx<'r>: Send
    where
        Self: 'r;
    type Rx<'r>: Send
    where
        Self: 'r;

    fn build() -> Box<Self>;
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>);
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T>;
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T>;
}

/// The same, with many items at once.
pub(crate) trait Chunks<T>: Spsc<T> {
    /// Puts `n` items in place and publishes them together, or none of them.
    fn push_chunk(tx: &mut Self::Tx<'_>, n: usize, next: impl FnMut() -> T) -> bool;
    /// Takes `n` items and frees their room together, or none of them.
    fn pop_chunk(rx: &mut Self::Rx<'_>, n: usize, each: impl FnMut(T)) -> bool;
}

/// A library's rings between two threads, of any item and capacity.
pub(crate) trait SpscRings: 'static {
    type Ring<T: Fresh, const N: usize>: Spsc<T>;
}

/// A library's rings between two threads, with chunks.
pub(crate) trait ChunkRings: 'static {
    type Ring<T: Fresh, const N: usize>: Chunks<T>;
}

/// A queue with any number of ends, that never waits.
pub(crate) trait Mpmc: Send + Sync + Sized {
    fn build() -> Box<Self>;
    fn push(&self, item: u64) -> Result<(), u64>;
    fn pop(&self) -> Option<u64>;
}

/// The same, with several items by one claim.
pub(crate) trait Runs: Mpmc {
    /// Puts the first items in, as many as there is room for; says how many.
    fn push_run(&self, items: &[u64]) -> usize;
    /// Takes items, as many as there are and fit; says how many.
    fn pop_run(&self, out: &mut [u64]) -> usize;
}

/// A library's queues with any number of ends, of any capacity.
pub(crate) trait MpmcRings: 'static {
    type Ring<const N: usize>: Mpmc;
}

/// Two ends that wait.
pub(crate) trait Ends<T>: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;

    /// Waits for room; `false` when nobody can receive any more.
    fn send(tx: &mut Self::Tx, item: T) -> bool;
    /// Waits for a message; `None` when nothing can come any more.
    fn recv(rx: &mut Self::Rx) -> Option<T>;
}

/// A bounded channel.
pub(crate) trait Channel<T>: Ends<T> {
    fn build(capacity: usize) -> (Self::Tx, Self::Rx);
}

/// A receiver that waits for a while only.
pub(crate) trait Timed<T>: Channel<T> {
    /// `None` after the time-out.
    fn recv_timeout(rx: &mut Self::Rx, timeout: Duration) -> Option<T>;
}

/// The plumbing of a pipeline: one source, two workers, one sink and, if asked for, a way back for used buffers.
pub(crate) struct Pipes<Tx, Rx> {
    pub(crate) source: Tx,
    pub(crate) workers: [(Rx, Tx); 2],
    pub(crate) sink: Rx,
    pub(crate) back: Option<(Tx, Rx)>,
    /// What makes the workers end when the sink has everything, where closing does not.
    pub(crate) finish: Option<Box<dyn FnOnce() + Send>>,
}

/// Something that can lay the pipes of a pipeline.
pub(crate) trait Plumber<T>: Ends<T> {
    /// Does the sink's `recv` say `None` once all workers have ended? If not, the sink stops by the count.
    const ENDS: bool;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<Self::Tx, Self::Rx>;
}

/// Any channel whose ends can be cloned makes a pipeline.
impl<T, C: Channel<T, Tx: Clone, Rx: Clone>> Plumber<T> for C {
    const ENDS: bool = true;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<C::Tx, C::Rx> {
        let (source, first) = C::build(capacity);
        let (last, sink) = C::build(capacity);
        Pipes {
            source,
            workers: [(first.clone(), last.clone()), (first, last)],
            sink,
            back: back.map(C::build),
            finish: None,
        }
    }
}

/// Senders and receivers of one stream: each message goes to one of the receivers.
pub(crate) struct Ways<Tx, Rx> {
    pub(crate) senders: Vec<Tx>,
    pub(crate) receivers: Vec<Rx>,
    /// What makes the receivers end when they have everything, where the end of the senders does not.
    pub(crate) finish: Option<Box<dyn FnOnce() + Send>>,
}

/// Something that can link several senders with several receivers.
pub(crate) trait Spread<T>: Ends<T> {
    fn link(senders: usize, receivers: usize, room: usize) -> Ways<Self::Tx, Self::Rx>;
}

/// Sockets that connect to a name, before another one binds it or after that.
pub(crate) trait Late: Ends<u64> {
    /// So many sockets that send, and the one that receives, none of them linked. A link has so much room.
    fn open(senders: usize, room: usize) -> (Vec<Self::Tx>, Self::Rx);
    /// Connects; `false` if that was refused.
    fn connect(tx: &Self::Tx) -> bool;
    /// Binds the name; `false` if that was refused.
    fn bind(rx: &Self::Rx) -> bool;
}

/// Two sockets, and messages of any number of bytes.
pub(crate) trait Parcels: 'static {
    type Tx;
    type Rx;

    fn build() -> (Self::Tx, Self::Rx);
    /// Sends a copy of the bytes; `false` when nobody can receive it.
    fn send(tx: &mut Self::Tx, bytes: &[u8]) -> bool;
    /// Receives a message, and gives what `read` makes of it.
    fn recv<R>(rx: &mut Self::Rx, read: impl FnOnce(&[u8]) -> R) -> Option<R>;
}

/// Timers that wait for their time.
pub(crate) trait Timers: Sized + 'static {
    /// So many timers, all of them started. Dropped, they are cancelled.
    fn build(pending: usize) -> Self;
    /// Starts a timer and cancels it, `n` times. How often the cancelling prevented a firing.
    fn start_and_cancel(&mut self, n: u64) -> u64;
}

/// Two ends of which one asks and the other one answers.
pub(crate) trait Dialogue: 'static {
    type Client: Send + 'static;
    type Server: Send + 'static;

    fn build() -> (Self::Client, Self::Server);
    /// Asks; `false` if nobody can hear it.
    fn ask(client: &mut Self::Client, question: u64) -> bool;
    /// Waits for the next answer.
    fn hear(client: &mut Self::Client) -> Option<u64>;
    /// Waits for a question, and answers with the same number, which it returns.
    fn serve(server: &mut Self::Server) -> Option<u64>;
}

/// One end that sends a copy of each message to all others.
pub(crate) trait FanOut: 'static {
    type Tx: Send + 'static;
    type Rx: Send + 'static;

    /// So many receivers that want everything, with room for so many messages in each.
    fn build(receivers: usize, room: usize) -> (Self::Tx, Vec<Self::Rx>);
    fn send(tx: &mut Self::Tx, item: [u8; 64]) -> bool;
    fn recv(rx: &mut Self::Rx) -> Option<[u8; 64]>;
}

/// Two channels: one for questions, one for answers; and one channel for each receiver, to which its copy is sent.
pub(crate) struct ByHand<C>(PhantomData<C>);

impl<C: Channel<u64>> Dialogue for ByHand<C> {
    type Client = (C::Tx, C::Rx);
    type Server = (C::Rx, C::Tx);

    fn build() -> (Self::Client, Self::Server) {
        let ((ask, hear), (answer, back)) = (C::build(64), C::build(64));
        ((ask, back), (hear, answer))
    }
    fn ask((tx, _): &mut Self::Client, question: u64) -> bool {
        C::send(tx, question)
    }
    fn hear((_, rx): &mut Self::Client) -> Option<u64> {
        C::recv(rx)
    }
    fn serve((rx, tx): &mut Self::Server) -> Option<u64> {
        let question = C::recv(rx)?;
        C::send(tx, question).then_some(question)
    }
}

impl<C: Channel<[u8; 64]>> FanOut for ByHand<C> {
    type Tx = Vec<C::Tx>;
    type Rx = C::Rx;

    fn build(receivers: usize, room: usize) -> (Vec<C::Tx>, Vec<C::Rx>) {
        (0..receivers).map(|_| C::build(room)).unzip()
    }
    fn send(all: &mut Vec<C::Tx>, item: [u8; 64]) -> bool {
        all.iter_mut().all(|tx| C::send(tx, item))
    }
    fn recv(rx: &mut C::Rx) -> Option<[u8; 64]> {
        C::recv(rx)
    }
}

/// A lock around a count.
pub(crate) trait Lock: Send + Sync + Sized + 'static {
    fn build() -> Self;
    /// Runs `body` while the lock is held; `None` if it was not obtained, where it is only tried.
    fn with<R>(&self, body: impl FnOnce(&mut Tally) -> R) -> Option<R>;
}

/// Permits.
pub(crate) trait Semaphore: Send + Sync + Sized + 'static {
    fn build(permits: usize) -> Self;
    /// Runs `body` while a permit is held; `None` if there was none, where it is only tried.
    fn with<R>(&self, body: impl FnOnce() -> R) -> Option<R>;
    /// How many permits are there to be taken.
    fn available(&self) -> usize;
}

/// A flag that threads wait for.
pub(crate) trait Event: Send + Sync + Sized + 'static {
    fn build() -> Self;
    fn set(&self);
    fn clear(&self);
    fn wait(&self);
}

/// A meeting of threads, again and again.
pub(crate) trait Barrier: Send + Sync + Sized + 'static {
    fn build(parties: usize) -> Self;
    /// Waits for the others; `true` for one of each meeting.
    fn wait(&self) -> bool;
}

/// What wakes those who wait for a condition.
pub(crate) trait Condition: Send + Sync + Sized + 'static {
    fn build() -> Self;
    /// Wakes one. How many it says it woke; 0 if it does not say.
    fn notify_one(&self) -> usize;
}

/// A queue whose smallest item comes first.
pub(crate) trait Heap: Sized + 'static {
    /// With room for so many items.
    fn build(items: usize) -> Self;
    fn put(&self, item: u64);
    /// The smallest item; `None` if there is none.
    fn get(&self) -> Option<u64>;
}

/// A pool of threads.
pub(crate) trait Jobs: Sized + 'static {
    /// A pool of so many threads.
    fn build(threads: usize) -> Self;
    /// Gives it `n` jobs, and returns when all are done.
    fn run<F: FnOnce() + Send + 'static>(&self, n: u64, job: impl Fn() -> F + Sync);
}

/// A socket on a wire to a peer in another process.
pub(crate) trait WireEnd: Sized + 'static {
    fn connect(endpoint: &str) -> Result<Self, String>;
    /// Works off the messages of a turn: all of them in one call, so that a library of futures enters its runtime once.
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String>;
}

/// A library's sockets on wires.
pub(crate) trait Wires: 'static {
    /// Sends the messages.
    type Push: WireEnd;
    /// Notes the messages that come.
    type Pull: WireEnd;
    /// Sends each message, and notes its answer before the next one.
    type Req: WireEnd;
    /// Notes each message that comes, and answers with it.
    type Rep: WireEnd;
}
