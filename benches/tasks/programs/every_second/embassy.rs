// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::select::select
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, try_send, receive
// page: embassy_time::Duration: from_millis
// page: embassy_time::Ticker: every, next

use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_time::{Duration, Ticker};

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let ticks = Channel::<NoopRawMutex, &str, 8>::new();
    let clock = async {
        let mut ticker = Ticker::every(Duration::from_millis(20));
        loop {
            ticker.next().await;
            let _ = ticks.try_send("tick");
        }
    };
    let receive = async {
        for _ in 0..3 {
            println!("{}", ticks.receive().await);
        }
    };
    select(clock, receive).await;
    println!("cancelled");
}
