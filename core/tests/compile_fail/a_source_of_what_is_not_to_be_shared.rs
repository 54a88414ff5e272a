//! error: E0277
//! A poller may go to another thread, and what it looks at stays here.

use std::cell::Cell;

use gimmal_core::poll::{Poller, Readable, Readiness, Source};
use gimmal_core::wait::{Phase, WaitQueue};

#[derive(Default)]
struct Counted {
    looks: Cell<u32>,
    waiters: WaitQueue,
}

impl Readable for Counted {
    fn can_read(&self, _when: Phase) -> Readiness {
        self.looks.set(self.looks.get() + 1);
        Readiness::NONE
    }
}

fn main() {
    #[cfg(feature = "right")]
    let mut counted = Counted::default();
    #[cfg(feature = "right")]
    let source = Source::readable_mut(&mut counted, |counted| (&counted.waiters).into());
    #[cfg(not(feature = "right"))]
    let counted = Counted::default();
    #[cfg(not(feature = "right"))]
    let source = Source::readable(&counted, &counted.waiters);
    let _ = Poller::new([source]).try_poll();
}
