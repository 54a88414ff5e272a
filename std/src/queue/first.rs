//! First in, first out: [`First`], the order of a [`Queue`](super::Queue).
//!
//! An SPSC channel whose ends are for one thread at a time, and a lock for each of them: who puts and who takes do not meet in a
//! lock (`queue/1p1c`). The channel's own waiters are not used; threads and tasks wait in the queue's places.
//!
//! Where both locks are held, that of the takers was taken first. A look of a waiter that is enqueued takes both: what comes at
//! the other end comes under the other lock, see [`store`](super::store).
//!
//! (Two locks for one queue: M. M. Michael and M. L. Scott, 1996, where nodes of a list are what lies between them.)

#![forbid(unsafe_code)]

use std::mem;
use std::sync::{Mutex, TryLockError};

use gimmal_core::CachePadded;
use gimmal_core::error::{TryRecvError, TrySendError};
use gimmal_core::wait::Phase;

use super::counts::{As, Counts, NotTaken};
use super::store::{Found, Look, NotPut, Out, Store, sealed::Sealed};
use crate::channel::spsc;
use crate::panic_guard::locked;

/// First in, first out: the order of a [`Queue`](super::Queue).
pub struct First<T> {
    takes: CachePadded<Mutex<Takes<T>>>,
    puts: CachePadded<Mutex<spsc::Sender<T>>>,
}

/// The end of those who take.
struct Takes<T> {
    items: spsc::Receiver<T>,
    counts: Counts,
}

impl<T> Takes<T> {
    fn look(&self) -> Look {
        let queued = self.items.len();
        Look {
            queued,
            closed: self.items.is_closed(),
            is_out: false,
            is_done: queued == 0 && self.counts.are_none(),
        }
    }
}

/// The longest ring of items without a size: as many as a ring counts.
const MOST: usize = usize::MAX / 16;

impl<T> First<T> {
    /// A channel for so many items.
    fn ends(items: usize) -> Option<(spsc::Sender<T>, spsc::Receiver<T>)> {
        let items = match size_of::<T>() {
            0 => items.min(MOST),
            _ => items,
        };
        spsc::try_bounded(items).ok()
    }

    fn new((puts, items): (spsc::Sender<T>, spsc::Receiver<T>)) -> Self {
        First {
            takes: CachePadded::new(Mutex::new(Takes {
                items,
                counts: Counts::default(),
            })),
            puts: CachePadded::new(Mutex::new(puts)),
        }
    }
}

impl<T> Sealed for First<T> {}

impl<T> Store<T> for First<T> {
    type Out = spsc::Receiver<T>;

    fn with_room(items: usize) -> Option<Self> {
        Self::ends(items).map(Self::new)
    }

    fn ended() -> Self {
        let ends = spsc::bounded(1);
        ends.0.close();
        Self::new(ends)
    }

    fn is_in_use(&self) -> bool {
        matches!(self.takes.try_lock(), Err(TryLockError::WouldBlock))
            || matches!(self.puts.try_lock(), Err(TryLockError::WouldBlock))
    }

    #[inline]
    fn try_put(&self, item: T, capacity: usize, when: Phase) -> Result<bool, NotPut<T>> {
        let _no_taker = (when == Phase::Enqueued).then(|| locked(&self.takes));
        let mut puts = locked(&self.puts);
        match puts.try_send(item) {
            Ok(()) => Ok(true),
            Err(TrySendError::Closed(item)) => Err(NotPut::Closed(item)),
            Err(TrySendError::Full(item) | TrySendError::Busy(item)) => {
                let room = puts.capacity();
                Err(match room < capacity {
                    true => NotPut::NoRoom(item, room),
                    false => NotPut::Full(item),
                })
            }
        }
    }

    fn grow(&self, room: usize, larger: usize) -> bool {
        let Some((mut sender, receiver)) = Self::ends(larger) else {
            return false;
        };
        let mut takes = locked(&self.takes);
        let mut puts = locked(&self.puts);
        if puts.capacity() > room || puts.is_closed() {
            return true;
        }
        while let Ok(item) = takes.items.try_recv() {
            let moved = sender.try_send(item);
            debug_assert!(moved.is_ok(), "it is the larger one");
        }
        let old = (
            mem::replace(&mut *puts, sender),
            mem::replace(&mut takes.items, receiver),
        );
        drop((puts, takes));
        drop(old);
        true
    }

    #[inline]
    fn try_take(&self, taken: As, when: Phase) -> Result<Found<T, Self::Out>, TryRecvError> {
        let mut takes = locked(&self.takes);
        let item = match takes.items.try_recv() {
            Err(TryRecvError::Empty) if when == Phase::Enqueued => {
                let _no_putter = locked(&self.puts);
                takes.items.try_recv()?
            }
            tried => tried?,
        };
        takes.counts.count(1, taken);
        Ok(Found::Item(item))
    }

    fn take_out(&self) -> Option<spsc::Receiver<T>> {
        // Closed, as this queue is: nothing comes into the old one any more.
        let (sender, receiver) = spsc::bounded(1);
        sender.close();
        let mut takes = locked(&self.takes);
        let mut puts = locked(&self.puts);
        let old = mem::replace(&mut *puts, sender);
        let items = mem::replace(&mut takes.items, receiver);
        drop((puts, takes));
        drop(old);
        Some(items)
    }

    /// They are out for good, and count as done.
    fn take_back(&self, _out: &mut spsc::Receiver<T>, _found: usize, _taken: As) -> Look {
        self.look()
    }

    fn task_done(&self) -> Result<Look, NotTaken> {
        let mut takes = locked(&self.takes);
        takes.counts.task_done()?;
        Ok(takes.look())
    }

    fn task_dropped(&self) -> Look {
        let mut takes = locked(&self.takes);
        takes.counts.task_dropped();
        takes.look()
    }

    fn close(&self) {
        locked(&self.puts).close();
    }

    fn look(&self) -> Look {
        let takes = locked(&self.takes);
        let _no_putter = locked(&self.puts);
        takes.look()
    }
}

impl<T> Out<T> for spsc::Receiver<T> {
    fn find(&mut self) -> Option<T> {
        unreachable!("the first item is known without asking the items")
    }

    fn arrange(&mut self) {}

    fn take_items(&mut self) -> Vec<T> {
        let mut items = Vec::with_capacity(self.len());
        items.extend(self.try_iter());
        items
    }
}
