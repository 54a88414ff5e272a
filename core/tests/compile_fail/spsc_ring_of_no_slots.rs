//! error: a ring needs at least one slot
use gimmal_core::ring::spsc::Ring;

#[cfg(feature = "right")]
const N: usize = 1;
#[cfg(not(feature = "right"))]
const N: usize = 0;

fn main() {
    drop(Ring::<u8, N>::new());
}
