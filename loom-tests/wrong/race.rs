//! The flag is set with `Relaxed`: a thread that sees it does not see what was written before. `miri.sh` and `deep.sh` want
//! their tools to say so.
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering::{Acquire, Relaxed}};
struct Slot(UnsafeCell<u32>, AtomicBool);
unsafe impl Sync for Slot {}
static SLOT: Slot = Slot(UnsafeCell::new(0), AtomicBool::new(false));
fn main() {
    let writer = std::thread::spawn(|| {
        unsafe { *SLOT.0.get() = 7 };
        SLOT.1.store(true, Relaxed);
    });
    while !SLOT.1.load(Acquire) {
        std::thread::yield_now();
    }
    assert_eq!(unsafe { *SLOT.0.get() }, 7);
    writer.join().unwrap();
}
