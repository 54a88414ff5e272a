//! error: E0277
//! Who waits at a barrier has arrived there: that cannot be taken back unseen.

use gimmal_core::poll::select;
#[cfg(not(feature = "right"))]
use gimmal_core::sync::Barrier;
use gimmal_core::sync::Event;

fn main() {
    let event = Event::new();
    #[cfg(feature = "right")]
    let other = Event::new();
    #[cfg(not(feature = "right"))]
    let other = Barrier::new(2);
    let _ = select((event.wait(), other.wait()));
}
