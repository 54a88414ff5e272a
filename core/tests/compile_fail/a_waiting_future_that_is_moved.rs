//! error: E0277
use std::pin::Pin;
use std::task::{Context, Waker};

use gimmal_core::sync::Event;

fn main() {
    let event = Event::new();
    let mut wait = event.wait();
    #[cfg(not(feature = "right"))]
    let pinned = Pin::new(&mut wait);
    #[cfg(feature = "right")]
    let pinned = std::pin::pin!(wait);
    let _ = Future::poll(pinned, &mut Context::from_waker(Waker::noop()));
}
