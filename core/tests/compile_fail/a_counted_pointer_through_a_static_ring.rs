//! error: E0277
use gimmal_core::ring::spsc::Ring;

#[cfg(not(feature = "right"))]
type Pointer = std::rc::Rc<u8>;
#[cfg(feature = "right")]
type Pointer = std::sync::Arc<u8>;

static RING: Ring<Pointer, 4> = Ring::new();

fn main() {
    assert!(RING.is_empty());
}
