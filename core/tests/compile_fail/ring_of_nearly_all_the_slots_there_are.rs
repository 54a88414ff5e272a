//! error: positions run through twice the capacity
use gimmal_core::ring::spsc::Ring;

#[cfg(feature = "right")]
const N: usize = usize::MAX / 4;
#[cfg(not(feature = "right"))]
const N: usize = usize::MAX / 4 + 1;

fn main() {
    drop(Ring::<(), N>::new());
}
