// page: tokio::main
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: send
// page: tokio::sync::Mutex: new, lock
// page: tokio::task::JoinSet: new, spawn, join_all

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let (queue, consumer) = mpsc::channel::<u64>(10);
    let consumer = Arc::new(Mutex::new(consumer));
    let mut consumers = JoinSet::new();
    for _ in 0..4 {
        let consumer = consumer.clone();
        consumers.spawn(async move {
            let mut sum = 0;
            loop {
                let next = consumer.lock().await.recv().await;
                match next {
                    Some(n) => sum += n,
                    None => return sum,
                }
            }
        });
    }
    for n in 1..=1000 {
        queue.send(n).await.unwrap();
    }
    drop(queue);
    println!("{}", consumers.join_all().await.iter().sum::<u64>());
}
