//! error: E0382
use gimmal_core::channel::spsc::Channel;

fn main() {
    let mut channel = Channel::<u8, 4>::new();
    let (_sender, mut receiver) = channel.split();
    let _ = receiver.try_recv();
    receiver.close_and_drain();
    #[cfg(not(feature = "right"))]
    let _ = receiver.try_recv();
}
