// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join
// page: embassy_futures::join::join_array
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive

use embassy_executor::Spawner;
use embassy_futures::join::{join, join_array};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    // A channel has no end: `None` is it, once for each consumer.
    let queue = Channel::<NoopRawMutex, Option<u64>, 10>::new();
    let consume = async || {
        let mut sum = 0;
        while let Some(n) = queue.receive().await {
            sum += n;
        }
        sum
    };
    let produce = async {
        for n in 1..=1000 {
            queue.send(Some(n)).await;
        }
        for _ in 0..4 {
            queue.send(None).await;
        }
    };
    let consumers = join_array([consume(), consume(), consume(), consume()]);
    let (sums, ()) = join(consumers, produce).await;
    println!("{}", sums.iter().sum::<u64>());
}
