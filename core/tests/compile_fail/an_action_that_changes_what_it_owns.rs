//! error: E0594
use gimmal_core::sync::Barrier;

fn main() {
    #[cfg(not(feature = "right"))]
    let mut runs = 0;
    #[cfg(feature = "right")]
    let runs = std::sync::atomic::AtomicUsize::new(0);
    let barrier = Barrier::with_action(2, || {
        #[cfg(not(feature = "right"))]
        {
            runs += 1;
        }
        #[cfg(feature = "right")]
        runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(barrier.parties(), 2);
}
