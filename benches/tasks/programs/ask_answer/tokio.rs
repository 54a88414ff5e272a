// page: tokio::join
// page: tokio::main
// page: tokio::spawn
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: send
// page: tokio::sync::oneshot::channel
// page: tokio::sync::oneshot::Sender: send

use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() {
    let (asks, mut questions) = mpsc::channel::<(u64, oneshot::Sender<u64>)>(8);
    tokio::spawn(async move {
        while let Some((n, answer)) = questions.recv().await {
            answer.send(n * n).unwrap();
        }
    });
    let client = async || {
        for n in 1..=3 {
            let (answer, answered) = oneshot::channel();
            asks.send((n, answer)).await.unwrap();
            assert_eq!(answered.await.unwrap(), n * n);
        }
    };
    tokio::join!(client(), client());
    println!("all right");
}
