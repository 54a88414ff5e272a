//! error: E0382
use gimmal_core::channel::mpmc::Channel;

fn main() {
    let channel = Channel::<String, 4>::new();
    let message = String::from("once");
    channel.try_send(message).unwrap();
    #[cfg(not(feature = "right"))]
    drop(message);
}
