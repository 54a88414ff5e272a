//! Look-alikes of the core's types, each broken in one place, as hand-made ones are in practice. Nothing here is undefined:
//! all state is atomic, only the steps are not one. They show that each check can fail (feature `bug`).
//!
//! | look-alike | what is wrong |
//! |---|---|
//! | every queue | being closed is a flag beside the ring; a position is published before the slot is written (read), and claimed by a load and a store |
//! | `Semaphore` | permits are counted by a load and a store |
//! | `Event` | looking at it notes so in the same word, by a load and a store |
//! | `Lock` | looks whether it is free, and then takes it |
//! | `Barrier` | arrivals are counted by a load and a store |
//! | `Condition` | releases the lock before it leaves the waker |
//! | `Pool` | looks for a free place, and then takes it |
//! | every wait | the waker is left after the look, and there is no second look; who is to be woken is woken before the change; who gives up takes the next one's wake-up along |
#![allow(missing_docs)]

use core::future::Future;
use core::ops::Deref;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use gimmal_core::error::{Closed, Full, Overflow, SendError, TryRecvError, TrySendError};
use portable_atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

use crate::TurnCell;
use crate::queues::{Put, Queue, Take};

/// A context that is slow between two steps.
fn stumble() {
    (0..10).for_each(|_| core::hint::spin_loop());
}

/// Where one context leaves its waker.
struct Bell(TurnCell<Waker>);

impl Bell {
    const fn new() -> Self {
        Bell(TurnCell::new())
    }

    fn ring(&self) {
        if let Some(Some(waker)) = self.0.look(Option::take) {
            waker.wake();
        }
    }
}

/// A wait without a second look.
pub struct Late<'a, F> {
    bell: &'a Bell,
    look: F,
}

impl<R, F: FnMut() -> Option<R> + Unpin> Future for Late<'_, F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        if let Some(found) = (self.look)() {
            return Poll::Ready(found);
        }
        let _ = self.bell.0.look(|place| place.replace(cx.waker().clone()));
        Poll::Pending
    }
}

impl<F> Drop for Late<'_, F> {
    fn drop(&mut self) {
        let _ = self.bell.0.look(Option::take);
    }
}

pub struct Channel<const N: usize> {
    head: AtomicUsize,
    tail: AtomicUsize,
    slots: [AtomicU32; N],
    room: Bell,
    messages: Bell,
    closed: AtomicBool,
}

pub type LineSender = &'static Channel<1>;
pub type LineReceiver = &'static Channel<1>;
pub type Pusher = &'static Channel<1>;
pub type Puller = &'static Channel<1>;

pub fn line() -> (LineSender, LineReceiver) {
    static LINE: Channel<1> = Channel::new();
    (&LINE, &LINE)
}

pub fn sockets() -> (Pusher, Puller) {
    static LINK: Channel<1> = Channel::new();
    (&LINK, &LINK)
}

pub type Spsc<const N: usize> = Channel<N>;
pub type Mpmc<const N: usize> = Channel<N>;
pub type Mail<const N: usize> = Channel<N>;
pub type Line<const N: usize> = Channel<N>;
pub type Sockets<const N: usize> = Channel<N>;
pub type Loans<const N: usize> = Channel<N>;

impl<const N: usize> Channel<N> {
    pub const fn new() -> Self {
        Channel {
            head: AtomicUsize::new(0),
            tail: AtomicUsize::new(0),
            slots: [const { AtomicU32::new(0) }; N],
            room: Bell::new(),
            messages: Bell::new(),
            closed: AtomicBool::new(false),
        }
    }

    pub fn try_send(&self, number: u32) -> Result<(), TrySendError<u32>> {
        let (head, tail) = (self.head.load(SeqCst), self.tail.load(SeqCst));
        if self.closed.load(SeqCst) {
            return Err(TrySendError::Closed(number));
        }
        if tail.wrapping_sub(head) >= N {
            return Err(TrySendError::Full(number));
        }
        self.messages.ring();
        self.tail.store(tail.wrapping_add(1), SeqCst);
        stumble();
        self.slots[tail % N].store(number, SeqCst);
        Ok(())
    }

    pub fn try_recv(&self) -> Result<u32, TryRecvError> {
        let (head, tail) = (self.head.load(SeqCst), self.tail.load(SeqCst));
        if head == tail && self.closed.load(SeqCst) {
            return Err(TryRecvError::Closed);
        }
        if head == tail {
            return Err(TryRecvError::Empty);
        }
        self.room.ring();
        self.head.store(head.wrapping_add(1), SeqCst);
        stumble();
        let number = self.slots[head % N].load(SeqCst);
        Ok(number)
    }

    pub fn send(&self, number: u32) -> impl Future<Output = Result<(), SendError<u32>>> + '_ {
        Late {
            bell: &self.room,
            look: move || match self.try_send(number) {
                Ok(()) => Some(Ok(())),
                Err(TrySendError::Closed(number)) => Some(Err(SendError(number))),
                Err(_) => None,
            },
        }
    }

    pub fn recv(&self) -> impl Future<Output = Result<u32, Closed>> + '_ {
        Late {
            bell: &self.messages,
            look: || match self.try_recv() {
                Ok(number) => Some(Ok(number)),
                Err(TryRecvError::Closed) => Some(Err(Closed)),
                Err(_) => None,
            },
        }
    }

    pub fn close(&self) -> bool {
        self.messages.ring();
        self.room.ring();
        self.closed.store(true, SeqCst);
        true
    }
}

impl<const N: usize> Queue for Channel<N> {
    fn put(&'static self, number: u32) -> Put {
        self.try_send(number).map_or(Put::Full, |()| Put::Done)
    }

    fn take(&'static self) -> Take {
        self.try_recv().map_or(Take::Empty, Take::Got)
    }
}

const SET: u32 = 1;
const SEEN: u32 = 2;

pub struct Event {
    word: AtomicU32,
    bell: Bell,
}

impl Event {
    pub const fn new() -> Self {
        Event {
            word: AtomicU32::new(0),
            bell: Bell::new(),
        }
    }

    pub fn set(&self) {
        self.bell.ring();
        self.word.store(self.word.load(SeqCst) | SET, SeqCst);
    }

    pub fn clear(&self) {
        self.word.store(0, SeqCst);
    }

    pub fn is_set(&self) -> bool {
        let word = self.word.load(SeqCst);
        self.word.store(word | SEEN, SeqCst);
        word & SET != 0
    }

    pub fn wait(&self) -> impl Future<Output = ()> + '_ {
        Late {
            bell: &self.bell,
            look: || self.is_set().then_some(()),
        }
    }
}

pub struct Semaphore {
    permits: AtomicUsize,
    bell: Bell,
}

pub struct Permit<'s>(&'s Semaphore);

impl Semaphore {
    pub const fn new(permits: usize) -> Self {
        Semaphore {
            permits: AtomicUsize::new(permits),
            bell: Bell::new(),
        }
    }

    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        let permits = self.permits.load(SeqCst).checked_sub(1)?;
        stumble();
        self.permits.store(permits, SeqCst);
        Some(Permit(self))
    }

    pub fn acquire(&self) -> impl Future<Output = Result<Permit<'_>, Closed>> + '_ {
        Late {
            bell: &self.bell,
            look: || self.try_acquire().map(Ok),
        }
    }

    pub fn release(&self, permits: usize) -> Result<(), Overflow> {
        self.bell.ring();
        self.permits
            .store(self.permits.load(SeqCst) + permits, SeqCst);
        Ok(())
    }

    pub fn available(&self) -> usize {
        self.permits.load(SeqCst)
    }
}

impl Permit<'_> {
    pub fn forget(self) {
        core::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let _ = self.0.release(1);
    }
}

pub struct Lock<T> {
    held: AtomicBool,
    bell: Bell,
    value: T,
}

pub struct LockGuard<'l, T>(&'l Lock<T>);

impl<T> Lock<T> {
    pub const fn new(value: T) -> Self {
        Lock {
            held: AtomicBool::new(false),
            bell: Bell::new(),
            value,
        }
    }

    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        if self.held.load(SeqCst) {
            return None;
        }
        stumble();
        self.held.store(true, SeqCst);
        Some(LockGuard(self))
    }

    pub fn lock(&self) -> impl Future<Output = LockGuard<'_, T>> + '_ {
        Late {
            bell: &self.bell,
            look: || self.try_lock(),
        }
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        self.0.bell.ring();
        self.0.held.store(false, SeqCst);
    }
}

pub struct Barrier {
    parties: usize,
    arrived: AtomicUsize,
    generation: AtomicUsize,
}

pub struct Turn {
    index: usize,
    last: bool,
}

impl Turn {
    pub fn index(&self) -> usize {
        self.index
    }

    pub fn is_leader(&self) -> bool {
        self.last
    }
}

impl Barrier {
    pub const fn new(parties: usize) -> Self {
        Barrier {
            parties,
            arrived: AtomicUsize::new(0),
            generation: AtomicUsize::new(0),
        }
    }

    pub async fn wait(&self) -> Result<Turn, Closed> {
        let generation = self.generation.load(SeqCst);
        let index = self.arrived.load(SeqCst);
        stumble();
        let last = index + 1 >= self.parties;
        if last {
            self.arrived.store(0, SeqCst);
            self.generation.store(generation + 1, SeqCst);
        } else {
            self.arrived.store(index + 1, SeqCst);
            core::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                if self.generation.load(SeqCst) == generation {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
        }
        Ok(Turn { index, last })
    }
}

type TrueGuard<'l, T> = gimmal_core::sync::LockGuard<'l, T>;

pub struct Condition(Bell);

/// The lock is released before the waker is left.
pub struct Unlocking<'a, 'l, T, P> {
    condition: &'a Condition,
    guard: Option<TrueGuard<'l, T>>,
    lock: &'l gimmal_core::sync::Lock<T>,
    predicate: P,
}

impl Condition {
    pub const fn new() -> Self {
        Condition(Bell::new())
    }

    pub fn notify_one(&self) {
        self.0.ring();
    }

    pub fn wait_while<'a, 'l, T, P: FnMut(&mut T) -> bool + Unpin>(
        &'a self,
        guard: TrueGuard<'l, T>,
        predicate: P,
    ) -> impl Future<Output = Result<TrueGuard<'l, T>, Closed>> + use<'a, 'l, T, P> {
        Unlocking {
            condition: self,
            lock: TrueGuard::lock(&guard),
            guard: Some(guard),
            predicate,
        }
    }
}

impl<'l, T, P: FnMut(&mut T) -> bool + Unpin> Future for Unlocking<'_, 'l, T, P> {
    type Output = Result<TrueGuard<'l, T>, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(mut guard) = self.guard.take().or_else(|| self.lock.try_lock())
            && !(self.predicate)(&mut guard)
        {
            return Poll::Ready(Ok(guard));
        }
        let bell = &self.condition.0;
        let _ = bell.0.look(|place| place.replace(cx.waker().clone()));
        Poll::Pending
    }
}

pub struct Pool<const N: usize> {
    places: [(AtomicBool, AtomicU32); N],
    bell: Bell,
}

pub struct Loan<'p>(&'p (AtomicBool, AtomicU32), &'p Bell);

impl<const N: usize> Pool<N> {
    pub const fn new() -> Self {
        Pool {
            places: [const { (AtomicBool::new(false), AtomicU32::new(0)) }; N],
            bell: Bell::new(),
        }
    }

    pub fn try_take(&self, value: AtomicU32) -> Result<Loan<'_>, Full<AtomicU32>> {
        let Some(place) = self.places.iter().find(|place| !place.0.load(SeqCst)) else {
            return Err(Full(value));
        };
        place.0.store(true, SeqCst);
        place.1.store(value.load(SeqCst), SeqCst);
        Ok(Loan(place, &self.bell))
    }

    pub fn take(&self, value: AtomicU32) -> impl Future<Output = Loan<'_>> + '_ {
        let number = value.load(SeqCst);
        Late {
            bell: &self.bell,
            look: move || self.try_take(AtomicU32::new(number)).ok(),
        }
    }

    pub fn lent(&self) -> usize {
        let lent = self.places.iter().filter(|place| place.0.load(SeqCst));
        lent.count()
    }
}

impl Deref for Loan<'_> {
    type Target = AtomicU32;

    fn deref(&self) -> &AtomicU32 {
        &self.0.1
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.1.ring();
        self.0.0.store(false, SeqCst);
    }
}
