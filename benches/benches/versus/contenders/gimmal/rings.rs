//! The core's rings.

use crate::book::Rows;
use crate::contract::{ChunkRings, Chunks, Mpmc, MpmcRings, Runs, Spsc, SpscRings};
use crate::rows::ours::{EXACT_RING, MPMC_RING, MPMC_RUNS, SPSC_RING};
use crate::rows::{allocations, mpmc, spsc};
use gimmal_benches::message::Fresh;
use gimmal_core::ring;

struct Rings;

impl SpscRings for Rings {
    type Ring<T: Fresh, const N: usize> = ring::spsc::Ring<T, N>;
}

impl ChunkRings for Rings {
    type Ring<T: Fresh, const N: usize> = ring::spsc::Ring<T, N>;
}

impl<T: Fresh, const N: usize> Spsc<T> for ring::spsc::Ring<T, N> {
    type Tx<'r> = ring::spsc::Producer<'r, T, N>;
    type Rx<'r> = ring::spsc::Consumer<'r, T, N>;

    fn build() -> Box<Self> {
        Box::new(ring::spsc::Ring::new())
    }
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>) {
        ring::spsc::Ring::split(self)
    }
    #[inline]
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T> {
        tx.push(item).map_err(|full| full.into_inner())
    }
    #[inline]
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T> {
        rx.pop().ok()
    }
}

impl<T: Fresh, const N: usize> Chunks<T> for ring::spsc::Ring<T, N> {
    #[inline]
    fn push_chunk(tx: &mut Self::Tx<'_>, n: usize, mut next: impl FnMut() -> T) -> bool {
        let Ok(mut run) = tx.reserve(n) else {
            return false;
        };
        run.fill((0..n).map(|_| next()));
        run.commit();
        true
    }
    #[inline]
    fn pop_chunk(rx: &mut Self::Rx<'_>, n: usize, each: impl FnMut(T)) -> bool {
        let Ok(run) = rx.read_chunk(n) else {
            return false;
        };
        run.pop_each().for_each(each);
        true
    }
}

/// Looks at a chunk where it lies, and releases it whole.
struct InPlace;

impl ChunkRings for InPlace {
    type Ring<T: Fresh, const N: usize> = Looked<T, N>;
}

struct Looked<T, const N: usize>(ring::spsc::Ring<T, N>);

impl<T: Fresh, const N: usize> Spsc<T> for Looked<T, N> {
    type Tx<'r> = ring::spsc::Producer<'r, T, N>;
    type Rx<'r> = ring::spsc::Consumer<'r, T, N>;

    fn build() -> Box<Self> {
        Box::new(Looked(ring::spsc::Ring::new()))
    }
    fn split(&mut self) -> (Self::Tx<'_>, Self::Rx<'_>) {
        self.0.split()
    }
    #[inline]
    fn push(tx: &mut Self::Tx<'_>, item: T) -> Result<(), T> {
        ring::spsc::Ring::<T, N>::push(tx, item)
    }
    #[inline]
    fn pop(rx: &mut Self::Rx<'_>) -> Option<T> {
        ring::spsc::Ring::<T, N>::pop(rx)
    }
}

impl<T: Fresh, const N: usize> Chunks<T> for Looked<T, N> {
    #[inline]
    fn push_chunk(tx: &mut Self::Tx<'_>, n: usize, next: impl FnMut() -> T) -> bool {
        ring::spsc::Ring::<T, N>::push_chunk(tx, n, next)
    }
    #[inline]
    fn pop_chunk(rx: &mut Self::Rx<'_>, n: usize, mut each: impl FnMut(T)) -> bool {
        let Ok(run) = rx.read_chunk(n) else {
            return false;
        };
        let (first, second) = run.as_slices();
        first.iter().chain(second).for_each(|item| each(*item));
        run.release(n);
        true
    }
}

impl MpmcRings for Rings {
    type Ring<const N: usize> = ring::mpmc::Ring<u64, N>;
}

impl<const N: usize> Mpmc for ring::mpmc::Ring<u64, N> {
    fn build() -> Box<Self> {
        Box::new(ring::mpmc::Ring::new())
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        ring::mpmc::Ring::push(self, item).map_err(|refused| refused.into_inner())
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        ring::mpmc::Ring::pop(self).ok()
    }
}

/// The exact ring, with spare slots for the most threads of any row.
struct ExactRings;

impl MpmcRings for ExactRings {
    type Ring<const N: usize> = ring::exact::Ring<u64, N, 8>;
}

impl<const N: usize> Mpmc for ring::exact::Ring<u64, N, 8> {
    fn build() -> Box<Self> {
        Box::new(ring::exact::Ring::new())
    }
    #[inline]
    fn push(&self, item: u64) -> Result<(), u64> {
        ring::exact::Ring::push(self, item).map_err(|refused| refused.into_inner())
    }
    #[inline]
    fn pop(&self) -> Option<u64> {
        ring::exact::Ring::pop(self).ok()
    }
}

impl<const N: usize> Runs for ring::mpmc::Ring<u64, N> {
    #[inline]
    fn push_run(&self, items: &[u64]) -> usize {
        ring::mpmc::RingOf::push_run(self, items).unwrap_or(0)
    }
    #[inline]
    fn pop_run(&self, out: &mut [u64]) -> usize {
        ring::mpmc::RingOf::pop_run(self, out).unwrap_or(0)
    }
}

pub(crate) fn enter(book: &mut Rows) {
    spsc::enter::<Rings>(book, SPSC_RING);
    spsc::enter_chunks::<Rings>(book, SPSC_RING);
    spsc::enter_chunks::<InPlace>(book, "gimmal ring::spsc (in place)");
    mpmc::enter::<Rings>(book, MPMC_RING);
    mpmc::enter::<ExactRings>(book, EXACT_RING);
    mpmc::enter_runs::<ring::mpmc::Ring<u64, 1024>>(book, MPMC_RUNS);
    allocations::enter_construction(book, SPSC_RING, ring::spsc::Ring::<u64, 64>::new);
    allocations::enter_construction(book, MPMC_RING, ring::mpmc::Ring::<u64, 64>::new);
}
