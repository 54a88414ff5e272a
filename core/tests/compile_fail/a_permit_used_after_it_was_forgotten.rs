//! error: E0382
use gimmal_core::sync::Semaphore;

fn main() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().unwrap();
    #[cfg(not(feature = "right"))]
    permit.forget();
    assert_eq!(permit.count(), 1);
    #[cfg(feature = "right")]
    permit.forget();
}
