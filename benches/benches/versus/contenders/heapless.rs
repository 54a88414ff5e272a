//! heapless: its ring between two ends (holds one item less than its N) and its queue of many ends (which its authors
//! have deprecated, because it is not lock-free and may report a wrong `Full`).

use crate::book::Rows;
use crate::contract::{Mpmc, MpmcRings, Spsc, SpscRings};
use crate::rows::{mpmc, spsc};
use gimmal_benches::message::Fresh;

struct Heapless;

impl SpscRings for Heapless {
    type Ring<T: Fresh, const N: usize> = heapless::spsc::Queue<T, N>;
}

impl<T: Fresh, const N: usize> Spsc<T> for heapless::spsc::Queue<T, N> {
    type Tx<'r> = heapless::spsc::Producer<'r, T>;
    type Rx<'r> = heapless::spsc::Consumer<'r, T>;

    fn build() -> Box<Self> {
        Box::default()
    }
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>) {
        heapless::spsc::Queue::split(self)
    }
    #[inline]
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T> {
        tx.enqueue(item)
    }
    #[inline]
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T> {
        rx.dequeue()
    }
}

struct Queue<const N: usize>(#[allow(deprecated)] heapless::mpmc::Queue<u64, N>);

impl MpmcRings for Heapless {
    type Ring<const N: usize> = Queue<N>;
}

#[allow(deprecated)]
impl<const N: usize> Mpmc for Queue<N> {
    fn build() -> Box<Self> {
        Box::new(Queue(heapless::mpmc::Queue::new()))
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        self.0.enqueue(item)
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        self.0.dequeue()
    }
}

pub(crate) fn enter(book: &mut Rows) {
    spsc::enter::<Heapless>(book, "heapless spsc (N - 1)");
    mpmc::enter::<Heapless>(book, "heapless mpmc");
}
