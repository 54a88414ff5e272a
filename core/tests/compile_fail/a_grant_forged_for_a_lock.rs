//! error: E0061
use gimmal_core::sync::Lock;
use gimmal_core::wait::{Phase, Protocol};

fn main() {
    let object = Lock::new(1);
    let mut wait = object.locking();
    #[cfg(feature = "right")]
    let _ = wait.try_now();
    #[cfg(not(feature = "right"))]
    let _ = wait.into_operation().attempt(Phase::Granted);
    fn _used(_: impl Protocol, _: Phase) {}
}
