//! error: E0061
use gimmal_core::sync::{Condition, Lock};
use gimmal_core::wait::{Phase, Protocol};

fn main() {
    let (condition, lock) = (Condition::new(), Lock::new(1));
    let mut wait = condition.awaiting_notification(lock.try_lock().unwrap());
    #[cfg(feature = "right")]
    let _ = wait.try_now();
    #[cfg(not(feature = "right"))]
    let _ = wait.into_operation().attempt(Phase::Granted);
    fn _used(_: impl Protocol, _: Phase) {}
}
