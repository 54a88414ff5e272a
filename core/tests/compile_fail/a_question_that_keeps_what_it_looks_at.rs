//! error: E0521
use gimmal_core::sync::{Condition, Lock};
use gimmal_core::wait::block_on;

fn main() {
    let (condition, lock) = (Condition::new(), Lock::new(1));
    let mut kept = None;
    let guard = lock.try_lock().unwrap();
    let answer = block_on(condition.wait_while(guard, |value| {
        #[cfg(not(feature = "right"))]
        let seen = value;
        #[cfg(feature = "right")]
        let seen = *value;
        kept = Some(seen);
        false
    }));
    assert!(answer.is_ok() && kept.is_some());
}
