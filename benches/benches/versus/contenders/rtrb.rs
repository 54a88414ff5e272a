//! rtrb: a ring between two threads, with chunks.

use crate::book::Rows;
use crate::contract::{ChunkRings, Chunks, Spsc, SpscRings};
use crate::rows::spsc;
use gimmal_benches::message::Fresh;
use rtrb::{Consumer, Producer, RingBuffer};

struct Rtrb;

/// The handles, until they are taken.
struct Ring<T, const N: usize>(Option<(Producer<T>, Consumer<T>)>);

impl SpscRings for Rtrb {
    type Ring<T: Fresh, const N: usize> = Ring<T, N>;
}

impl ChunkRings for Rtrb {
    type Ring<T: Fresh, const N: usize> = Ring<T, N>;
}

impl<T: Fresh, const N: usize> Spsc<T> for Ring<T, N> {
    type Tx<'r> = Producer<T>;
    type Rx<'r> = Consumer<T>;

    fn build() -> Box<Self> {
        Box::new(Ring(Some(RingBuffer::new(N))))
    }
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>) {
        self.0.take().expect("split once")
    }
    #[inline]
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T> {
        tx.push(item).map_err(|rtrb::PushError::Full(item)| item)
    }
    #[inline]
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T> {
        rx.pop().ok()
    }
}

impl<T: Fresh, const N: usize> Chunks<T> for Ring<T, N> {
    #[inline]
    fn push_chunk(tx: &mut Self::Tx<'_>, n: usize, next: impl FnMut() -> T) -> bool {
        let Ok(chunk) = tx.write_chunk_uninit(n) else { return false };
        chunk.fill_from_iter(std::iter::repeat_with(next)) == n
    }
    #[inline]
    fn pop_chunk(rx: &mut Self::Rx<'_>, n: usize, each: impl FnMut(T)) -> bool {
        let Ok(chunk) = rx.read_chunk(n) else { return false };
        chunk.into_iter().for_each(each);
        true
    }
}

pub(crate) fn enter(book: &mut Rows) {
    spsc::enter::<Rtrb>(book, "rtrb");
    spsc::enter_chunks::<Rtrb>(book, "rtrb chunks");
}
