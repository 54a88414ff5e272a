//! error: E0046
use core::task::Poll;
use gimmal_core::wait::{Operation, Phase, Protocol};

struct Own;

#[cfg(feature = "right")]
impl Operation for Own {
    type Output = ();

    fn try_once(&mut self, _when: Phase) -> Poll<()> {
        Poll::Ready(())
    }
}

// What is missing asks for a key, and its type has no name here.
#[cfg(not(feature = "right"))]
impl Protocol for Own {
    type Output = ();
}

fn main() {
    fn _used(_: impl Operation, _: impl Protocol, _: Phase, _: Poll<()>) {}
    let _ = Own;
}
