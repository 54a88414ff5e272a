//! error: E0080
use gimmal_core::sync::Barrier;

#[cfg(not(feature = "right"))]
const PARTIES: usize = 0;
#[cfg(feature = "right")]
const PARTIES: usize = 1;

static BARRIER: Barrier = Barrier::new(PARTIES);

fn main() {
    assert_eq!(BARRIER.waiting(), 0);
}
