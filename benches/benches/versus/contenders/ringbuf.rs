//! ringbuf: a ring between two threads, here with its slots in place (`StaticRb`) and its caching ends.

use crate::book::Rows;
use crate::contract::{ChunkRings, Chunks, Spsc, SpscRings};
use crate::rows::spsc;
use gimmal_benches::message::Fresh;
use ringbuf::traits::{Consumer, Observer, Producer, SplitRef};
use ringbuf::{CachingCons, CachingProd, StaticRb};

struct Ringbuf;

impl SpscRings for Ringbuf {
    type Ring<T: Fresh, const N: usize> = StaticRb<T, N>;
}

impl ChunkRings for Ringbuf {
    type Ring<T: Fresh, const N: usize> = StaticRb<T, N>;
}

impl<T: Fresh, const N: usize> Spsc<T> for StaticRb<T, N> {
    type Tx<'r> = CachingProd<&'r StaticRb<T, N>>;
    type Rx<'r> = CachingCons<&'r StaticRb<T, N>>;

    fn build() -> Box<Self> {
        Box::new(StaticRb::default())
    }
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>) {
        self.split_ref()
    }
    #[inline]
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T> {
        tx.try_push(item)
    }
    #[inline]
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T> {
        rx.try_pop()
    }
}

impl<T: Fresh, const N: usize> Chunks<T> for StaticRb<T, N> {
    #[inline]
    fn push_chunk(tx: &mut Self::Tx<'_>, n: usize, next: impl FnMut() -> T) -> bool {
        tx.vacant_len() >= n && tx.push_iter(std::iter::repeat_with(next).take(n)) == n
    }
    #[inline]
    fn pop_chunk(rx: &mut Self::Rx<'_>, n: usize, each: impl FnMut(T)) -> bool {
        let there = rx.occupied_len() >= n;
        if there {
            rx.pop_iter().take(n).for_each(each);
        }
        there
    }
}

pub(crate) fn enter(book: &mut Rows) {
    spsc::enter::<Ringbuf>(book, "ringbuf");
    spsc::enter_chunks::<Ringbuf>(book, "ringbuf push_iter");
}
