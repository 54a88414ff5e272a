//! error: E0382
use gimmal_core::sync::{Condition, Lock};

fn main() {
    let (condition, lock) = (Condition::new(), Lock::new(1));
    let guard = lock.try_lock().unwrap();
    #[cfg(not(feature = "right"))]
    let wait = condition.wait(guard);
    assert_eq!(*guard, 1);
    #[cfg(feature = "right")]
    let wait = condition.wait(guard);
    drop(wait);
}
