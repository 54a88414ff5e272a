//! error: E0499
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (mut producer, _consumer) = ring.split();
    let run = producer.reserve(2).unwrap();
    #[cfg(not(feature = "right"))]
    producer.push(1).unwrap();
    run.commit();
    producer.push(1).unwrap();
}
