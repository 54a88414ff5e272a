//! error: E0277
use gimmal_core::sync::{Lock, LockGuard};

static BYTE: std::sync::Mutex<u8> = std::sync::Mutex::new(1);

fn main() {
    // May be looked at from another thread, but not taken to it: and a shared guard leads to the lock.
    #[cfg(not(feature = "right"))]
    let lock = Lock::new(BYTE.lock().unwrap());
    #[cfg(feature = "right")]
    let lock = Lock::new(&BYTE);
    let guard = lock.try_lock().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(LockGuard::lock(&guard).is_locked()));
    });
}
