//! error: E0597
use gimmal_core::sync::{Condition, Lock};

fn main() {
    let lock = Lock::new(1);
    #[cfg(feature = "right")]
    let condition = Condition::new();
    let wait;
    {
        #[cfg(not(feature = "right"))]
        let condition = Condition::new();
        wait = condition.wait(lock.try_lock().unwrap());
    }
    drop(wait);
}
