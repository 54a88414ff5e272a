// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive
// page: embassy_time::Duration: from_millis
// page: embassy_time::with_timeout

use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, with_timeout};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let channel = Channel::<NoopRawMutex, &str, 1>::new();
    let most = Duration::from_millis(20);
    if with_timeout(most, channel.receive()).await.is_err() {
        println!("nothing");
    }
    channel.send("late").await;
    let message = with_timeout(most, channel.receive()).await;
    println!("{}", message.unwrap());
}
