//! error: E0502
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<String, 4>::new();
    let (_producer, mut consumer) = ring.split();
    let seen = consumer.peek();
    #[cfg(not(feature = "right"))]
    let _ = consumer.pop();
    drop(seen.cloned());
    let _ = consumer.pop();
}
