//! error: E0061
use gimmal_core::sync::Barrier;
use gimmal_core::wait::{Phase, Protocol};

fn main() {
    let object = Barrier::new(2);
    let mut wait = object.arriving();
    #[cfg(feature = "right")]
    let _ = wait.try_now();
    #[cfg(not(feature = "right"))]
    let _ = wait.into_operation().attempt(Phase::Granted);
    fn _used(_: impl Protocol, _: Phase) {}
}
