//! error: E0080
use gimmal_core::sync::Semaphore;

#[cfg(not(feature = "right"))]
const MOST: usize = Semaphore::MAX_PERMITS + 1;
#[cfg(feature = "right")]
const MOST: usize = Semaphore::MAX_PERMITS;

static SEMAPHORE: Semaphore = Semaphore::new(MOST);

fn main() {
    assert!(SEMAPHORE.try_acquire().is_some());
}
