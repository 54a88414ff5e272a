//! error: E0277
use gimmal_core::sync::Barrier;

#[cfg(not(feature = "right"))]
use std::cell::Cell as Count;
#[cfg(feature = "right")]
use std::sync::Mutex as Count;

fn main() {
    let count = Count::new(0);
    let barrier = Barrier::with_action(2, || {
        let _ = &count;
    });
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(barrier.waiting(), 0));
    });
}
