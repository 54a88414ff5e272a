//! error: E0597
use gimmal_core::ring::spsc::Ring;

fn main() {
    #[cfg(feature = "right")]
    let ring = Ring::<u8, 4>::new();
    let producer;
    {
        #[cfg(not(feature = "right"))]
        let ring = Ring::<u8, 4>::new();
        producer = ring.try_split().unwrap().0;
    }
    assert!(producer.is_empty());
}
