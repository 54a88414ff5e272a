//! error: E0061
use gimmal_core::sync::Barrier;
use gimmal_core::wait::Protocol;

fn main() {
    let barrier = Barrier::new(2);
    #[cfg(not(feature = "right"))]
    let _ = barrier.arriving().into_operation().on_enqueue(false);
    #[cfg(feature = "right")]
    drop(barrier.arriving().into_operation());
    fn _used(_: impl Protocol) {}
}
