//! error: E0382
use gimmal_core::ring::spsc::Ring;

fn main() {
    static RING: Ring<u8, 4> = Ring::new();
    let (mut producer, _consumer) = RING.try_split().unwrap();
    #[cfg(not(feature = "right"))]
    std::thread::spawn(move || producer.push(1));
    producer.push(2).unwrap();
}
