// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join
// page: embassy_futures::join::join_array
// page: embassy_futures::select::select
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive

use embassy_executor::Spawner;
use embassy_futures::join::{join, join_array};
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let jobs = Channel::<NoopRawMutex, u64, 8>::new();
    let squares = Channel::<NoopRawMutex, u64, 8>::new();
    let work = async || {
        loop {
            let n = jobs.receive().await;
            squares.send(n * n).await;
        }
    };
    let ask = async {
        for n in 1..=100 {
            jobs.send(n).await;
        }
    };
    let add = async {
        let mut sum = 0;
        for _ in 1..=100 {
            sum += squares.receive().await;
        }
        println!("{sum}");
    };
    let workers = join_array([work(), work(), work(), work()]);
    select(workers, join(ask, add)).await;
}
