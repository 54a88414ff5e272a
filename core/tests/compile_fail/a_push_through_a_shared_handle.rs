//! error: E0596
use gimmal_core::ring::spsc::{Producer, Ring};

#[cfg(not(feature = "right"))]
fn push(producer: &Producer<'_, u8, 4>) {
    producer.push(1).unwrap();
}
#[cfg(feature = "right")]
fn push(producer: &mut Producer<'_, u8, 4>) {
    producer.push(1).unwrap();
}

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (mut producer, _consumer) = ring.split();
    push(&mut producer);
}
