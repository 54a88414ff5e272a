// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join
// page: embassy_futures::select::select
// page: embassy_futures::select::Either
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive
// page: embassy_sync::signal::Signal: new, signal, wait

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let jobs = Channel::<NoopRawMutex, fn(), 8>::new();
    let stop = Signal::<NoopRawMutex, ()>::new();
    let worker = async {
        while let Either::First(job) = select(jobs.receive(), stop.wait()).await {
            job();
        }
        println!("stopped");
    };
    let boss = async {
        jobs.send(|| ()).await;
        stop.signal(());
    };
    join(worker, boss).await;
}
