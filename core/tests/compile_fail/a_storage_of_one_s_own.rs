//! error: E0277
use gimmal_core::ring::{Slot, Storage};

struct Mine(Vec<Slot<u8>>);

#[cfg(not(feature = "right"))]
impl Storage for Mine {
    type Slot = Slot<u8>;
    fn slots(&self) -> &[Slot<u8>] {
        &self.0
    }
    fn mask(&self) -> Option<usize> {
        None
    }
}

fn main() {
    fn of<S: Storage + ?Sized>() {}
    of::<[Slot<u8>]>();
    drop(Mine(Vec::new()).0);
}
