//! error: E0061
use gimmal_core::sync::BoundedSemaphore;
use gimmal_core::wait::{Phase, Protocol};

fn main() {
    let object = BoundedSemaphore::new(1);
    let mut wait = object.acquiring(1).unwrap();
    #[cfg(feature = "right")]
    let _ = wait.try_now();
    #[cfg(not(feature = "right"))]
    let _ = wait.into_operation().attempt(Phase::Granted);
    fn _used(_: impl Protocol, _: Phase) {}
}
