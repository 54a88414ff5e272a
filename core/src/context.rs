//! L7: contexts: names, sockets and links; who is linked with whom.
//!
//! **Everything rare is under one lock**: opening, binding, connecting, closing. Messages never come here. A link that is
//! made is put on the *incoming* list of each socket it concerns, the socket gets a notice and its cell is woken; the socket
//! fetches its ends at its next call.
//!
//! **Ends are given back by whoever closes** (`parting.rs`): with its own end of a pipe in which nothing is left it gives back
//! the other side's, wherever that is. So pipes, names and memory are free when `close` returns, although the other socket sleeps.
//!
//! **Connect before bind.** The connecter gets its ends at once. The ends of the side that is missing are held by the name,
//! in the order of their coming, until a bind takes them over. A connecter that closes before leaves what it sent there; an
//! empty pending connect goes with it. Whoever holds an end may find the pipe closed by the other side: that is the pipe's
//! affair, and in order.
//!
//! **High-water marks.** A link may hold the sender's mark plus the receiver's, exactly. A pending connect holds the mark of
//! the side that is there; the bind raises it. A context whose links have a fixed size uses all of it unless both marks are
//! set. A context that makes links at run time gives a pending connect room for its own mark plus the other side's default;
//! a binder that wants more is told `HwmTooLarge`: it binds first, or the default is raised. (One link per connect instead
//! of a second one behind the first: the reader then never changes pipes, and credit is one subtraction.)
//!
//! Invariants
//! * **I1** Socket entries, endpoint entries and the records of pipes are touched only under `hub`'s lock (a record's name,
//!   connecter and link number also by who holds an end: they are written before an end is handed out).
//! * **I2** An end is in one place, which owns it: among its socket's peers, on an incoming list, set aside, at a name, with its twin,
//!   or in a call. It is a [`PipeEnd`](crate::socket::PipeEnd), which cannot be copied.
//! * **I3** A [`ContextStorage`]'s pipe stays where it is until it is given back, or moves with the context. That is moved only while
//!   no socket borrows it, so nobody but the context itself has ends then (a forgotten socket uses its own no more): what
//!   lies at names and entries is followed to its new place at the next lock.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | shutdown: `terminated.store` | who asks the context: `terminated.load` | what was done before the shutdown |
//!
//! A socket does not ask: `terminated` is told to each in its own line, too (E3 of `socket/peers.rs`).

#![allow(unsafe_code)]

mod aside;
mod links;
mod look;
mod open;
mod parting;
mod plan;
mod term;

pub use look::{LinkView, SocketView};
pub use term::TermReport;
#[doc(hidden)]
pub use term::Terminating;

use core::cell::{Cell, RefCell};
use core::fmt;
use core::marker::{PhantomData, PhantomPinned};
use core::ptr::NonNull;

use crate::shim::atomic::Ordering::*;
use crate::shim::plain::AtomicBool;
use crate::shim::{CoreLock, IfSetAside, InChild, Process, SETS_ASIDE, const_fn, filled, step};

use crate::endpoint::NAME;
use crate::ring::to_the_end;
use crate::socket::{
    EndQueue, HighWaterMarks, Identity, In, Kind, Kinds, MOST_SUBSCRIBERS, Out, PeerId, Peers,
    Pipe, PipeView, SocketSlot, StaticSubscriptions, Subscriptions,
};
use crate::wait::WaitQueue;

/// What a context is made of: slots for sockets, names, and memory for links. Implemented by [`StaticStorage`], and by an owner
/// with an allocator.
///
/// # Safety
/// For implementors: slots, socket entries and endpoint entries are the same at each call, as many slots as socket entries; a pipe that is handed out
/// is handed to nobody else until it is given back; until then it stays where it is, or moves with the storage, and `moved`
/// finds it.
#[doc(hidden)]
pub unsafe trait ContextStorage<T>: Sync {
    /// Where sockets wait.
    fn slots(&self) -> &[SocketSlot];
    /// What is known of each socket.
    fn sockets(&self) -> &[SocketEntry<T>];
    /// What is known of each name.
    fn endpoints(&self) -> &[EndpointEntry<T>];
    /// The endpoint entries that may have a name, and a free one, if there is one. Under the context's lock these are all of them;
    /// without it, at least those that got their name before the call, in the order of happens-before.
    fn names(&self) -> &[EndpointEntry<T>] {
        self.endpoints()
    }
    /// The endpoint entry of this index has a name from now on. Called under the context's lock.
    fn mark_named(&self, _index: usize) {}
    /// A free pipe of this capacity or more, taken; `None` if there is none.
    fn take_pipe(&self, capacity: usize) -> Option<NonNull<PipeView<T>>>;
    /// Takes a pipe back.
    ///
    /// # Safety
    /// It came from `take_pipe`, and nobody uses it any more.
    unsafe fn give_pipe(&self, pipe: NonNull<PipeView<T>>);
    /// Where a pipe is that was handed out before the storage was moved by so many bytes (wrapping).
    fn moved(&self, pipe: NonNull<()>, _by: usize) -> NonNull<()> {
        pipe
    }
    /// What each socket has subscribed to, by its slot.
    fn subscriptions(&self) -> &dyn Subscriptions;
    /// How many messages a pipe can hold at most.
    fn ceiling(&self) -> usize;
    /// The marks (send, receive) of sockets that set none; `None`: all that a pipe holds.
    fn defaults(&self) -> Option<(usize, usize)>;
    /// How many pipes closed connecters may leave at one name: when so many are left, nobody connects to the name until it is
    /// bound or its [`discard`](ContextOf::discard) called. Every pipe, unless it is said otherwise.
    fn most_left(&self) -> usize {
        usize::MAX
    }
}

/// What a context knows of one socket.
pub struct SocketEntry<T> {
    kind: Cell<Option<Kind>>,
    /// Counted up at each open.
    generation: Cell<u32>,
    /// By what peers know it.
    identity: Cell<Identity>,
    marks: Cell<HighWaterMarks>,
    /// Links that live, pending ones included: a Pair has one at most.
    links: Cell<usize>,
    /// Links that have ended: of those that the socket wrote, and of those that it read.
    ended: Cell<[usize; 2]>,
    /// The socket's ends of links that it has not fetched yet.
    out: EndQueue<T, Out>,
    into: EndQueue<T, In>,
    /// Those that it has set aside.
    aside: IfSetAside<(EndQueue<T, Out>, EndQueue<T, In>)>,
    /// Those that it has fetched.
    peers: Peers<T>,
}

/// What waits at a name, so that a connect need not walk over all of it.
#[derive(Clone, Copy)]
struct Waiting {
    kinds: Kinds,
    /// It is to be counted first.
    unknown: bool,
    /// How many pipes closed connecters have left.
    left: u32,
}

impl Waiting {
    const NOBODY: Waiting = Waiting {
        kinds: Kinds::NONE,
        unknown: false,
        left: 0,
    };
}

/// What a context knows of one name.
pub struct EndpointEntry<T> {
    text: RefCell<heapless::String<NAME>>,
    /// The binder, and the pipes that were connected by this name.
    uses: Cell<usize>,
    binder: Cell<Option<PeerId>>,
    /// What is known of the pending connects.
    waiting: Cell<Waiting>,
    /// The binder's ends of them.
    out: EndQueue<T, Out>,
    into: EndQueue<T, In>,
}

// SAFETY: I1: touched under the context's lock only, but for `peers`, which has its own door; ends cross contexts if messages may.
unsafe impl<T: Send> Sync for SocketEntry<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for EndpointEntry<T> {}

impl<T> SocketEntry<T> {
    const_fn! {
        /// An entry without a socket.
        pub const fn new() -> Self {
            SocketEntry {
                kind: Cell::new(None),
                generation: Cell::new(0),
                identity: Cell::new(Identity::NOBODY),
                marks: Cell::new(HighWaterMarks::UNSET),
                links: Cell::new(0),
                ended: Cell::new([0, 0]),
                out: EndQueue::new(),
                into: EndQueue::new(),
                aside: [const { (EndQueue::new(), EndQueue::new()) }; SETS_ASIDE as usize],
                peers: Peers::new(),
            }
        }
    }
}

impl<T> EndpointEntry<T> {
    /// A name that nobody uses.
    pub const fn new() -> Self {
        EndpointEntry {
            text: RefCell::new(heapless::String::new()),
            uses: Cell::new(0),
            binder: Cell::new(None),
            waiting: Cell::new(Waiting::NOBODY),
            out: EndQueue::new(),
            into: EndQueue::new(),
        }
    }

    fn is(&self, name: &str) -> bool {
        self.uses.get() > 0 && *self.text.borrow() == name
    }
}

impl<T> Default for SocketEntry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Default for EndpointEntry<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A storage whose every part is an array.
pub struct StaticStorage<
    T,
    const SOCKETS: usize,
    const PIPES: usize,
    const HWM: usize,
    const SUBSCRIPTIONS: usize = 0,
> {
    slots: [SocketSlot; SOCKETS],
    sockets: [SocketEntry<T>; SOCKETS],
    endpoints: [EndpointEntry<T>; SOCKETS],
    pipes: [Pipe<T, HWM>; PIPES],
    subscriptions: StaticSubscriptions<SUBSCRIPTIONS>,
}

// SAFETY: everything is an array in place; `PipeView::take` hands a pipe to one caller.
unsafe impl<T: Send, const S: usize, const P: usize, const H: usize, const F: usize>
    ContextStorage<T> for StaticStorage<T, S, P, H, F>
{
    fn slots(&self) -> &[SocketSlot] {
        &self.slots
    }

    fn sockets(&self) -> &[SocketEntry<T>] {
        &self.sockets
    }

    fn endpoints(&self) -> &[EndpointEntry<T>] {
        &self.endpoints
    }

    fn take_pipe(&self, _capacity: usize) -> Option<NonNull<PipeView<T>>> {
        let free = self
            .pipes
            .iter()
            .find(|pipe| (*pipe as &PipeView<T>).take())?;
        Some(NonNull::from(free as &PipeView<T>))
    }

    unsafe fn give_pipe(&self, _pipe: NonNull<PipeView<T>>) {
        // Giving up its last reference has made it free.
    }

    fn moved(&self, pipe: NonNull<()>, by: usize) -> NonNull<()> {
        let here = pipe.addr().get().wrapping_add(by);
        let mut pipes = self.pipes.iter();
        let found = pipes.find(|pipe| core::ptr::from_ref(*pipe).addr() == here);
        found.map_or(pipe, |found| NonNull::from(found).cast())
    }

    fn subscriptions(&self) -> &dyn Subscriptions {
        &self.subscriptions
    }

    fn ceiling(&self) -> usize {
        H
    }

    fn defaults(&self) -> Option<(usize, usize)> {
        None
    }
}

/// A context for `SOCKETS` sockets (and as many names: bound, waited for, or still known to a link
/// connected by them), `PIPES` one-way links of `HWM` messages each, and `SUBSCRIPTIONS` prefixes
/// that its Subscribe sockets want to hear, of 32 bytes at most. A link between sockets that both
/// send takes two pipes (Pair, Req/Rep, Dealer/Router), another one takes one (Push/Pull,
/// Publish/Subscribe).
///
/// | | |
/// |---|---|
/// | allocates | never |
/// | from an interrupt handler | `shutdown`, and the sockets' `try_send` and `try_recv`, with feature `critical-section` |
/// | bounded | by the numbers of sockets, names and pipes |
/// | longest masked section | one walk over names or pipes, in what opens, links and closes; see the sockets for messages |
/// | RAM, 32 bits without an operating system | 52 bytes; 184 for each of `SOCKETS`, 84 and `HWM` messages for each of `PIPES`, 44 for each of `SUBSCRIPTIONS` |
///
/// # Examples
/// See [`Push`](crate::socket::Push) and [`Pair`](crate::socket::Pair). Every number is at least 1, but that of subscriptions:
/// ```compile_fail
/// static CONTEXT: gimmal_core::Context<u32, 2, 1, 0> = gimmal_core::Context::new();
/// ```
pub type Context<
    T,
    const SOCKETS: usize,
    const PIPES: usize,
    const HWM: usize,
    const SUBSCRIPTIONS: usize = 0,
> = ContextOf<T, StaticStorage<T, SOCKETS, PIPES, HWM, SUBSCRIPTIONS>>;

/// The context over any storage. Use it as [`Context`].
pub struct ContextOf<T: Send, S: ContextStorage<T>> {
    hub: CoreLock<Hub>,
    terminated: AtomicBool,
    /// For the last socket to close.
    leaving: WaitQueue,
    storage: S,
    _messages: PhantomData<fn(T) -> T>,
    /// Ends point into the storage: `&mut` to the context must not claim to be unique.
    _pinned: PhantomPinned,
}

/// What is counted under the lock.
struct Hub {
    /// Where the context was when it was locked last.
    home: usize,
    open: usize,
    /// In the slots before this one are open sockets.
    all_open_before: usize,
    links: usize,
    undelivered: usize,
}

impl InChild for Hub {
    /// Nobody was inside at the fork: see `locked`.
    fn begin_in_child(&mut self, _process: Process) {}
}

impl<T: Send, const S: usize, const P: usize, const H: usize, const F: usize>
    ContextOf<T, StaticStorage<T, S, P, H, F>>
{
    const_fn! {
        /// Creates a context without sockets.
        ///
        /// # Examples
        /// ```
        /// use gimmal_core::Context;
        ///
        /// static CONTEXT: Context<u32, 4, 4, 8> = Context::new();
        /// assert_eq!(CONTEXT.open_sockets(), 0);
        /// ```
        pub const fn new() -> Self {
            const { assert!(S > 0 && P > 0, "a context needs room for sockets and for links") };
            const { assert!(F == 0 || S <= MOST_SUBSCRIBERS, "65535 sockets at most, with subscriptions") };
            ContextOf::with(StaticStorage {
                slots: filled!(SocketSlot::new(H); S),
                sockets: filled!(SocketEntry::new(); S),
                endpoints: filled!(EndpointEntry::new(); S),
                pipes: filled!(Pipe::new(); P),
                subscriptions: StaticSubscriptions::new(),
            })
        }
    }
}

impl<T: Send, const S: usize, const P: usize, const H: usize, const F: usize> Default
    for ContextOf<T, StaticStorage<T, S, P, H, F>>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Send, S: ContextStorage<T>> ContextOf<T, S> {
    const_fn! {
        /// Creates a context over a storage.
        pub const fn with(storage: S) -> Self {
            ContextOf {
                hub: CoreLock::new(Hub { home: 0, open: 0, all_open_before: 0, links: 0, undelivered: 0 }),
                terminated: AtomicBool::new(false),
                leaving: WaitQueue::new(),
                storage,
                _messages: PhantomData,
                _pinned: PhantomPinned,
            }
        }
    }

    /// Ends the context, without waiting: each blocked call of its sockets returns `Terminated`, and each later one, once
    /// what had been sent before is read. Idempotent. From any thread, also from an interrupt handler.
    ///
    /// # Examples
    /// ```
    /// use gimmal_core::{Context, error::socket::RecvError};
    ///
    /// let context = Context::<u32, 4, 4, 8>::new();
    /// let mut pull = context.pull().unwrap();
    /// context.shutdown();
    /// assert_eq!(pull.try_recv(), Err(RecvError::Terminated));
    /// ```
    pub fn shutdown(&self) {
        self.terminated.store(true, Release); // E1
        for socket_entry in self.storage.sockets() {
            step!("tell-the-socket", socket_entry.peers.terminate());
        }
        let mut wakes = self.storage.slots().iter().map(|slot| slot.cell.wake());
        to_the_end(|| wakes.next().is_some());
    }

    /// Returns `true` if the context has been shut down.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// context.shutdown();
    /// assert!(context.is_terminated());
    /// ```
    pub fn is_terminated(&self) -> bool {
        self.terminated.load(Acquire) // E1
    }

    /// Returns how many sockets are open: a snapshot.
    ///
    /// # Examples
    /// ```
    /// let context = gimmal_core::Context::<u32, 4, 4, 8>::new();
    /// let _pull = context.pull().unwrap();
    /// assert_eq!(context.open_sockets(), 1);
    /// ```
    pub fn open_sockets(&self) -> usize {
        self.locked(|hub| hub.open)
    }
}

impl<T: Send, S: ContextStorage<T>> Drop for ContextOf<T, S> {
    fn drop(&mut self) {
        self.discard_pending();
    }
}

impl<T: Send, S: ContextStorage<T>> fmt::Debug for ContextOf<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("open_sockets", &self.open_sockets())
            .field("terminated", &self.is_terminated())
            .finish()
    }
}
