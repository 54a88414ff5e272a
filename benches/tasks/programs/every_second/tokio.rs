// page: tokio::main
// page: tokio::spawn
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: try_send
// page: tokio::task::JoinHandle: abort
// page: tokio::time::interval
// page: tokio::time::Interval: tick

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::interval;

#[tokio::main]
async fn main() {
    let (ticks, mut ticked) = mpsc::channel(8);
    let clock = tokio::spawn(async move {
        let mut interval = interval(Duration::from_millis(20));
        loop {
            interval.tick().await;
            let _ = ticks.try_send("tick");
        }
    });
    for _ in 0..3 {
        println!("{}", ticked.recv().await.unwrap());
    }
    clock.abort();
    assert!(clock.await.is_err());
    println!("cancelled");
}
