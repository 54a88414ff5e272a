// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join_array
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::mutex::Mutex: new, lock, into_inner

use embassy_executor::Spawner;
use embassy_futures::join::join_array;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::mutex::Mutex;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let counter = Mutex::<NoopRawMutex, _>::new(0);
    let count = async || {
        for _ in 0..1000 {
            *counter.lock().await += 1;
        }
    };
    join_array([count(), count(), count(), count()]).await;
    println!("{}", counter.into_inner());
}
