//! error: E0080
use gimmal_core::sync::Barrier;

const MOST: usize = usize::MAX / 4;

#[cfg(not(feature = "right"))]
static BARRIER: Barrier = Barrier::new(MOST + 1);
#[cfg(feature = "right")]
static BARRIER: Barrier = Barrier::new(MOST);

fn main() {
    assert_eq!(BARRIER.parties(), MOST);
}
