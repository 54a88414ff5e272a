// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex
// page: embassy_sync::channel::Channel: new, try_send, receive

use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;

static SAMPLES: Channel<CriticalSectionRawMutex, u32, 128> = Channel::new();

fn handler(sample: u32) {
    SAMPLES.try_send(sample).unwrap();
}

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    std::thread::spawn(|| (1..=100).for_each(handler));
    let mut sum = 0;
    for _ in 0..100 {
        sum += SAMPLES.receive().await;
    }
    println!("{sum}");
}
