// page: tokio::main
// page: tokio::sync::Mutex: new, lock
// page: tokio::task::JoinSet: new, spawn, join_all

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let counter = Arc::new(Mutex::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let counter = counter.clone();
        tasks.spawn(async move {
            for _ in 0..1000 {
                *counter.lock().await += 1;
            }
        });
    }
    tasks.join_all().await;
    println!("{}", counter.lock().await);
}
