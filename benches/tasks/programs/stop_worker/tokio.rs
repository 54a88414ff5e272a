// page: tokio::main
// page: tokio::select
// page: tokio::spawn
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv
// page: tokio::sync::mpsc::Sender: send
// page: tokio::sync::oneshot::channel

use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() {
    let (jobs, mut worker) = mpsc::channel::<fn()>(8);
    let (stop, mut stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(job) = worker.recv() => job(),
                _ = &mut stopped => break,
            }
        }
        println!("stopped");
    });
    jobs.send(|| ()).await.unwrap();
    drop(stop);
    worker.await.unwrap();
}
