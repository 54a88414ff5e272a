//! error: a ring needs at least one slot
use gimmal_core::channel::mpmc::Channel;

#[cfg(feature = "right")]
const N: usize = 1;
#[cfg(not(feature = "right"))]
const N: usize = 0;

static CHANNEL: Channel<u8, N> = Channel::new();

fn main() {
    assert!(CHANNEL.is_empty());
}
