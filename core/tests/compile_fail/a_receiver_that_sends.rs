//! error: E0599
use gimmal_core::channel::spsc::Channel;

fn main() {
    let mut channel = Channel::<u8, 4>::new();
    let (mut sender, mut receiver) = channel.split();
    sender.try_send(1).unwrap();
    #[cfg(not(feature = "right"))]
    receiver.try_send(1).unwrap();
    receiver.try_recv().unwrap();
}
