// page: tokio::main
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: send
// page: tokio::time::timeout

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

#[tokio::main]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    let most = Duration::from_millis(20);
    if timeout(most, receiver.recv()).await.is_err() {
        println!("nothing");
    }
    sender.send("late").await.unwrap();
    let message = timeout(most, receiver.recv()).await.unwrap();
    println!("{}", message.unwrap());
}
