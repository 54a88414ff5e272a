//! error: E0597
use gimmal_core::sync::Lock;

fn main() {
    #[cfg(feature = "right")]
    let lock = Lock::new(1);
    let guard;
    {
        #[cfg(not(feature = "right"))]
        let lock = Lock::new(1);
        guard = lock.try_lock().unwrap();
    }
    assert_eq!(*guard, 1);
}
