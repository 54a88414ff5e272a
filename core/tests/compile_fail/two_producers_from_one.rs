//! error: E0599
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (one, _consumer) = ring.split();
    #[cfg(not(feature = "right"))]
    let _two = one.clone();
    drop(one);
}
