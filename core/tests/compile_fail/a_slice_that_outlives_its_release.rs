//! error: E0505
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (_producer, mut consumer) = ring.split();
    let run = consumer.read_chunk(0).unwrap();
    let first = run.as_slices().0;
    #[cfg(feature = "right")]
    assert!(first.is_empty());
    run.release(0);
    #[cfg(not(feature = "right"))]
    assert!(first.is_empty());
}
