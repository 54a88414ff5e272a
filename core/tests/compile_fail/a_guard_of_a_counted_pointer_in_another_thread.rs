//! error: E0277
use gimmal_core::sync::Lock;

#[cfg(not(feature = "right"))]
type Pointer = std::rc::Rc<u8>;
#[cfg(feature = "right")]
type Pointer = std::sync::Arc<u8>;

fn main() {
    let lock = Lock::new(Pointer::new(1));
    let guard = lock.try_lock();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
