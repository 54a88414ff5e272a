//! error: a ring needs at least one slot
use gimmal_core::channel::spsc::Channel;

#[cfg(feature = "right")]
const N: usize = 1;
#[cfg(not(feature = "right"))]
const N: usize = 0;

fn main() {
    drop(Channel::<u8, N>::default());
}
