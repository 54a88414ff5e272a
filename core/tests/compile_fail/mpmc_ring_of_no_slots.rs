//! error: a ring needs at least one slot
use gimmal_core::ring::mpmc::Ring;

#[cfg(feature = "right")]
const N: usize = 1;
#[cfg(not(feature = "right"))]
const N: usize = 0;

static RING: Ring<u8, N> = Ring::new();

fn main() {
    assert!(RING.is_empty());
}
