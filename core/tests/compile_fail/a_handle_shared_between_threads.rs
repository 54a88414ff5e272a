//! error: an end of an SPSC ring or channel cannot be shared between threads safely
use gimmal_core::ring::spsc::Ring;

fn main() {
    let mut ring = Ring::<u8, 4>::new();
    let (producer, _consumer) = ring.split();
    std::thread::scope(|scope| {
        #[cfg(not(feature = "right"))]
        scope.spawn(|| producer.free());
        #[cfg(feature = "right")]
        scope.spawn(move || producer.free());
    });
}
