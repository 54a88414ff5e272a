//! error: a pool needs at least one slot
use gimmal_core::pool::Pool;

#[cfg(feature = "right")]
const N: usize = 1;
#[cfg(not(feature = "right"))]
const N: usize = 0;

fn main() {
    drop(Pool::<u8, N>::new());
}
