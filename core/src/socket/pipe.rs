//! L6: a pipe: one way from one socket to another. A link (ring with an orderly end), a mark that says how many messages
//! it may hold, and the sockets at its two sides. What its ends do with messages is in `end.rs`.
//!
//! **Credit is exact**: the writer compares its own position with the one that the reader publishes at each receive; one
//! receive frees one place at once. There is no command queue between the two.
//!
//! **References.** Each side of a pipe holds a reference from the moment the pipe is taken; what a side has not joined yet (a
//! connect before the bind) is held by the context for it. Whoever gives up the last reference gives the pipe back.
//!
//! Invariants
//! * **I1** A pipe's memory is valid, and is this pipe, as long as a reference of it is held. A [`PipeEnd`] is such a reference: it is
//!   made when the pipe is taken, and then it is moved or borrowed, never copied. Giving it up consumes it. So code that
//!   has an end, or has borrowed one (a [`PipeEndRef`](super::end::PipeEndRef)), has a pipe.
//! * **I2** A side's cells (its position, its place in a list, whether the writer found the pipe full) are touched only through the end
//!   of that side, so by one thread at a time: that which holds the end, or has borrowed it.
//! * **I3** `record` is touched only under the context's lock.
//! * **I4** A [`PipeEndPointer`] is not a reference. The list that is threaded through its pipes (`end_list.rs`) keeps
//!   them in place of the ends that it was given. It holds these ends until it hands them out again, each of them once.
//! * **I5** A pointer to a pipe is thin: to its header, as if it had one slot. How many there are is read from the header itself.
//!
//! An end is a pointer, not an index with a lifetime, although then following a context that was moved (I3 of the context)
//! would go: an index must be looked up in the context's storage for each message, by a virtual call or behind one more
//! pointer, while a pipe of the facade lies in a box of its own. A look-up in an array of the context alone (the index
//! loaded, its bound checked, an address made) took the core's `try_send` and `try_recv` from 177 to 200 instructions,
//! four times what it would have been worth.
//!
//! | edge | release | acquire | what it carries |
//! |---|---|---|---|
//! | E1 | each reference given up: `references.fetch_and` | the last one given up, and who takes the pipe again: `references` CAS | all that both sides did |
//! | E2 | who changes a side: push, pop, close, then a fence | who waits in a socket's cell: see `wait::cell` | the change; the fence also orders `writer` and `reader` |

#![allow(unsafe_code)]

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::offset_of;
use core::ptr::NonNull;

use crate::shim::atomic::{AtomicU8, Ordering::*};
use crate::shim::plain::AtomicUsize;
use crate::shim::{RaceCheck, const_fn, filled, light};

use super::identity::Identity;
use super::occupant::Occupant;
use super::patterns::Kind;
use super::peer_id::PeerId;
use super::slot::{SocketSlot, SocketSlots};
use super::traffic::LinkCounters;
use crate::channel::closable_ring::{ClosableRing, ClosableRingView};
use crate::pad::CachePadded;
use crate::ring::spsc::Position;
use crate::ring::{DynCapacity, Slot, Storage, impl_dyn_capacity};

const WRITER: u8 = 1;
const READER: u8 = 2;

/// The memory of a one-way link. What a context is made of; of no use by itself.
#[repr(C)]
pub struct PipeOf<T, S: Storage<Slot = Slot<T>> + ?Sized> {
    references: AtomicU8,
    /// How many messages fit in at most (I5): from when the pipe is taken, so that an empty context is all zeros.
    slots: Cell<usize>,
    /// The checker's eye on that.
    header: RaceCheck,
    /// How many messages it may hold.
    mark: AtomicUsize,
    /// The sockets at its two sides, the writer and the reader. Both read these lines for each message, and nobody writes
    /// them then.
    sides: [Occupant; 2],
    pub(super) out: CachePadded<WriterSide<T>>,
    pub(super) into: CachePadded<Side<T, In>>,
    pub(crate) record: LinkRecord<T>,
    pub(super) link: ClosableRing<S>,
}

/// A pipe of `N` slots.
pub type Pipe<T, const N: usize> = PipeOf<T, [Slot<T>; N]>;
/// A pipe whose capacity is not part of its type.
pub type PipeView<T> = PipeOf<T, [Slot<T>]>;

impl<T, const N: usize> PipeOf<T, [Slot<T>; N]> {
    /// The header does not depend on the capacity.
    fn for_capacity(_capacity: usize) -> Self {
        Self::new()
    }
}

impl_dyn_capacity!(
    PipeView,
    Pipe,
    Slot,
    offset_of!(Pipe<T, 1>, link) + ClosableRingView::<T>::OFFSET
);

// SAFETY: I1, I2, I3: each part is touched by one context at a time; messages cross, so they are `Send`.
unsafe impl<T: Send, S: Storage<Slot = Slot<T>> + ?Sized> Sync for PipeOf<T, S> {}
// SAFETY: as above.
unsafe impl<T: Send, S: Storage<Slot = Slot<T>> + ?Sized> Send for PipeOf<T, S> {}

/// What one side keeps in the pipe.
pub(super) struct Side<T, D> {
    pub(super) at: Position,
    pub(super) neighbours: Neighbours<T, D>,
}

/// The two next to an end in the list that holds it (I4).
pub(crate) struct Neighbours<T, D> {
    pub(super) before: Cell<Option<PipeEndPointer<T, D>>>,
    pub(super) behind: Cell<Option<PipeEndPointer<T, D>>>,
}

impl<T, D> Side<T, D> {
    const fn new() -> Self {
        Side {
            at: Position::new(0, 0),
            neighbours: Neighbours {
                before: Cell::new(None),
                behind: Cell::new(None),
            },
        }
    }
}

/// What the writer keeps in the pipe.
pub(super) struct WriterSide<T> {
    pub(super) side: Side<T, Out>,
    pub(super) counters: LinkCounters,
}

/// What the context keeps in the pipe.
pub(crate) struct LinkRecord<T> {
    /// The name it was connected by, as an index plus one; 0: none.
    pub(crate) name: Cell<usize>,
    /// The socket that connected.
    pub(crate) connecter: Cell<PeerId>,
    /// Of which pattern that is.
    pub(crate) kind: Cell<Option<Kind>>,
    /// The side that came first has set its mark.
    pub(crate) marked: Cell<bool>,
    /// Of a two-way link that waits for its bind, in the pipe that its connecter writes: the binder's end of the twin pipe.
    pub(crate) partner: Cell<Option<PipeEnd<T, Out>>>,
    /// The number of its link, counted up. The two pipes of a two-way link, which are twins, have the same.
    pub(crate) link: Cell<usize>,
    /// Neither side has ended the link.
    pub(crate) live: Cell<bool>,
}

impl<T> LinkRecord<T> {
    /// Shows the partner, if there is one. Under the context's lock.
    pub(crate) fn with_partner<R>(&self, look: impl FnOnce(&PipeEnd<T, Out>) -> R) -> Option<R> {
        let partner = self.partner.take();
        let seen = partner.as_ref().map(look);
        self.partner.set(partner);
        seen
    }
}

impl<T, const N: usize> PipeOf<T, [Slot<T>; N]> {
    const_fn! {
        /// Creates a pipe that nobody has taken.
        pub const fn new() -> Self {
            PipeOf {
                references: AtomicU8::new(0),
                slots: Cell::new(0),
                header: RaceCheck::new(),
                mark: AtomicUsize::new(0),
                sides: filled!(Occupant::new(); 2),
                out: CachePadded::new(WriterSide { side: Side::new(), counters: LinkCounters::new() }),
                into: CachePadded::new(Side::new()),
                record: LinkRecord {
                    name: Cell::new(0),
                    connecter: Cell::new(PeerId::NOBODY),
                    kind: Cell::new(None),
                    marked: Cell::new(false),
                    partner: Cell::new(None),
                    link: Cell::new(0),
                    live: Cell::new(false),
                },
                link: ClosableRing::new(),
            }
        }
    }
}

impl<T, const N: usize> Default for PipeOf<T, [Slot<T>; N]> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> PipeView<T> {
    /// Takes the pipe for itself alone, if nobody has it. For the keep of a context.
    pub fn take(&self) -> bool {
        let taken = self
            .references
            .compare_exchange(0, WRITER | READER, Acquire, Relaxed); // E1, R: nothing is read then
        taken.is_ok()
    }

    /// Returns `true` if it is empty, and at most `most` messages have been in it since it was taken. For the keep of a
    /// context; messages are counted with the feature `counters`.
    pub fn is_hardly_used(&self, most: usize) -> bool {
        self.len() == 0 && self.counters().sent.get() <= most
    }

    /// How many messages fit in at most.
    pub fn capacity(&self) -> usize {
        self.link.ring.capacity()
    }

    /// Messages that were sent and not received.
    pub(crate) fn len(&self) -> usize {
        self.link.ring.len()
    }

    /// Has one of the sides ended the link?
    pub(crate) fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// Has its writer ended the link, and is nothing left in it?
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.is_closed() && self.len() == 0
    }

    /// Under the context's lock, for a side that has been joined: is its reference still held?
    pub(crate) fn is_held<D: Direction>(&self) -> bool {
        self.references.load(Relaxed) & D::REFERENCE != 0 // R: I3 of the context: once joined it is given up under the lock
    }

    /// How many messages may be in it, from now on.
    pub(crate) fn set_mark(&self, mark: usize) {
        self.mark.store(mark, Relaxed); // R: E2
    }

    pub(crate) fn mark(&self) -> usize {
        self.mark.load(Relaxed) // R: E2
    }

    /// What its writer notes.
    #[inline(always)]
    pub(crate) fn counters(&self) -> &LinkCounters {
        &self.out.counters
    }

    /// The slots of the sockets at the two sides, the writer and the reader, as far as they have been joined.
    pub(crate) fn sides(&self) -> [Option<usize>; 2] {
        let [writer, reader] = &self.sides;
        [writer.slot(), reader.slot()]
    }

    /// After each change from this side: fences, and returns the index of the slot that is to be woken. That is the index of no slot if the
    /// other side has not been joined, or has set the link aside.
    #[inline(always)]
    pub(super) fn peer_to_wake<D: Direction>(&self, agreed: bool) -> usize {
        // A socket that has no peer yet may be about to get one.
        light::fence(SeqCst, agreed); // E2
        D::peer_side(self).index()
    }

    /// Returns `true` if both sides have been joined.
    pub(crate) fn is_joined(&self) -> bool {
        self.sides().iter().all(Option::is_some)
    }
}

/// The reference of one side of a pipe (I1). It is moved or borrowed, never copied; an end that is only dropped is never given up.
#[must_use = "an end is put into a list or given up"]
pub(crate) struct PipeEnd<T, D>(PipeEndPointer<T, D>);

/// Both references of a pipe that was just taken, made new.
///
/// # Safety
/// The pipe is valid until both are given up, and was taken by the caller.
pub(crate) unsafe fn new_ends<T>(pipe: NonNull<PipeView<T>>) -> (PipeEnd<T, Out>, PipeEnd<T, In>) {
    // SAFETY: as the caller says.
    let new = unsafe { pipe.as_ref() };
    new.header.write();
    new.slots.set(new.capacity());
    let (out, into) = (PipeEndPointer::new(pipe), PipeEndPointer::new(pipe));
    let (out, into) = (PipeEnd(out), PipeEnd(into));
    new.set_mark(new.capacity());
    new.out.counters.reset();
    new.sides.iter().for_each(Occupant::clear);
    // SAFETY: I2: both references are ours.
    unsafe { new.link.restart(&new.out.side.at, &new.into.at) };
    (out, into)
}

impl<T, D: Direction> PipeEnd<T, D> {
    /// The pipe.
    #[inline(always)]
    pub(crate) fn pipe(&self) -> &PipeView<T> {
        // SAFETY: I1: this is the reference.
        unsafe { self.0.pipe() }
    }

    /// What a list keeps in place of the end, which it holds from now on (I4).
    pub(super) fn into_pointer(self) -> PipeEndPointer<T, D> {
        self.0
    }

    /// This end, of the pipe in its new place.
    ///
    /// # Safety
    /// I1: `moved` returns where the pipe of this end lies now.
    pub(crate) unsafe fn moved(self, moved: impl Fn(NonNull<()>) -> NonNull<()>) -> Self {
        PipeEnd(self.0.moved(moved))
    }

    /// Under the context's lock: the socket joins the link at this side.
    pub(crate) fn join(&self, slot: usize, identity: Identity) {
        D::own_side(self.pipe()).enter(slot, identity);
    }

    /// Ends the link from this side, for good, and tells the other. Of the reader's side: drops what is unread, and says
    /// how many that were. The end is to be given up next.
    pub(crate) fn close(&self, slots: &[SocketSlot]) -> usize {
        let slots = SocketSlots::new(slots);
        self.pipe().link.close();
        let _index = self.pipe().peer_to_wake::<D>(slots.is_agreed());
        // Whether it has set the link aside or not: its end is taken next (`context/parting.rs`).
        if let Some(peer) = D::peer_side(self.pipe()).slot() {
            slots.cell(peer).wake_fenced();
        }
        D::close_and_drain(self, slots.cell(0).is_asymmetric())
    }

    /// Gives up the reference. Returns the pipe if it was the last one: it is to be given back then.
    pub(crate) fn give_up(self) -> Option<NonNull<PipeView<T>>> {
        // SAFETY: I1: the reference is still ours. After the last one is given up the pipe may be taken by another, who writes its header.
        let pipe = unsafe { self.0.view() };
        self.pipe().header.read();
        let before = self.pipe().references.fetch_and(!D::REFERENCE, AcqRel); // E1
        (before == D::REFERENCE).then_some(pipe)
    }
}

/// What a list keeps in place of an end that it holds (I4).
pub(crate) struct PipeEndPointer<T, D> {
    /// Valid for the whole pipe (I5).
    pipe: NonNull<Pipe<T, 1>>,
    _side: PhantomData<D>,
}

impl<T, D> Clone for PipeEndPointer<T, D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, D> Copy for PipeEndPointer<T, D> {}

// SAFETY: it leads to a pipe that hands messages on; it may go wherever messages may.
unsafe impl<T: Send, D> Send for PipeEndPointer<T, D> {}

impl<T, D> PipeEndPointer<T, D> {
    fn new(pipe: NonNull<PipeView<T>>) -> Self {
        PipeEndPointer {
            pipe: pipe.cast(),
            _side: PhantomData,
        }
    }

    /// The end, handed out again.
    ///
    /// # Safety
    /// I4: the caller is the list that holds this end, and holds it no longer.
    pub(super) unsafe fn into_end(self) -> PipeEnd<T, D> {
        PipeEnd(self)
    }

    /// The pointer to the pipe with all its slots.
    ///
    /// # Safety
    /// I1: an end of this side is held.
    #[inline(always)]
    unsafe fn view(self) -> NonNull<PipeView<T>> {
        // SAFETY: I1, I5: it is never changed while an end is held.
        let slots = unsafe { (*self.pipe.as_ptr()).slots.get() };
        let slots = core::ptr::slice_from_raw_parts_mut(self.pipe.as_ptr().cast(), slots);
        // SAFETY: it is as little null as what it was made of.
        unsafe { NonNull::new_unchecked(PipeView::from_slots(slots)) }
    }

    /// The pipe.
    ///
    /// # Safety
    /// I1: an end of this side is held for `'p`.
    #[inline(always)]
    pub(super) unsafe fn pipe<'p>(self) -> &'p PipeView<T> {
        // SAFETY: I1: as the caller says.
        let view = unsafe { self.view() };
        // SAFETY: as above.
        unsafe { view.as_ref() }
    }

    /// The two next to this end.
    ///
    /// # Safety
    /// I4: the caller is the list that holds this end, for `'p`.
    #[inline(always)]
    pub(super) unsafe fn neighbours<'p>(self) -> &'p Neighbours<T, D>
    where
        D: Direction,
    {
        // SAFETY: as the caller says.
        D::neighbours(unsafe { self.pipe() })
    }

    /// The same end, of the pipe in its new place.
    pub(super) fn moved(self, moved: impl Fn(NonNull<()>) -> NonNull<()>) -> Self {
        PipeEndPointer {
            pipe: moved(self.pipe.cast()).cast(),
            _side: PhantomData,
        }
    }

    /// Returns `true` if both are of the same pipe.
    #[inline(always)]
    pub(super) fn is_same(self, other: Self) -> bool {
        self.pipe == other.pipe
    }
}

/// One of the two sides of a pipe.
pub(crate) trait Direction: Sized {
    const REFERENCE: u8;
    /// Where this side is linked into a list.
    fn neighbours<T>(pipe: &PipeView<T>) -> &Neighbours<T, Self>;
    /// Who sits here.
    fn own_side<T>(pipe: &PipeView<T>) -> &Occupant;
    /// Who sits at the other side.
    fn peer_side<T>(pipe: &PipeView<T>) -> &Occupant;
    /// Is there something for this side to do: to read or to write, or to see that the other one has ended the link?
    fn is_ready<T>(pipe: &PipeView<T>) -> bool;
    /// Drops what is unread, if it is this side that reads; says how many.
    fn close_and_drain<T>(end: &PipeEnd<T, Self>, asymmetric: bool) -> usize;
}

/// The writing side.
pub struct Out;
/// The reading side.
pub struct In;

impl Direction for Out {
    const REFERENCE: u8 = WRITER;

    fn neighbours<T>(pipe: &PipeView<T>) -> &Neighbours<T, Out> {
        &pipe.out.side.neighbours
    }

    fn own_side<T>(pipe: &PipeView<T>) -> &Occupant {
        &pipe.sides[0]
    }

    fn peer_side<T>(pipe: &PipeView<T>) -> &Occupant {
        &pipe.sides[1]
    }

    fn is_ready<T>(pipe: &PipeView<T>) -> bool {
        pipe.len() < pipe.mark() || pipe.is_closed()
    }

    fn close_and_drain<T>(_end: &PipeEnd<T, Out>, _asymmetric: bool) -> usize {
        0
    }
}

impl Direction for In {
    const REFERENCE: u8 = READER;

    fn neighbours<T>(pipe: &PipeView<T>) -> &Neighbours<T, In> {
        &pipe.into.neighbours
    }

    fn own_side<T>(pipe: &PipeView<T>) -> &Occupant {
        &pipe.sides[1]
    }

    fn peer_side<T>(pipe: &PipeView<T>) -> &Occupant {
        &pipe.sides[0]
    }

    fn is_ready<T>(pipe: &PipeView<T>) -> bool {
        pipe.len() > 0 || pipe.is_closed()
    }

    fn close_and_drain<T>(end: &PipeEnd<T, In>, asymmetric: bool) -> usize {
        let pipe = end.pipe();
        // SAFETY: I2: the reader's reference makes the one receiver, and `end` is its last act.
        unsafe { pipe.link.close_and_drain_from(&pipe.into.at, asymmetric) }
    }
}
