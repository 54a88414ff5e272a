//! error: E0499
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (mut one, _consumer) = ring.split();
    #[cfg(not(feature = "right"))]
    let (mut two, _other) = ring.split();
    one.push(1).unwrap();
    #[cfg(not(feature = "right"))]
    two.push(2).unwrap();
}
