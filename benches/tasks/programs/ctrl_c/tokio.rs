// page: tokio::main
// page: tokio::signal::unix::signal
// page: tokio::signal::unix::Signal: recv
// page: tokio::signal::unix::SignalKind: interrupt
// page: tokio::spawn
// page: tokio::sync::mpsc::channel
// page: tokio::sync::mpsc::Receiver: recv

use std::{io, process};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt())?;
    let (jobs, mut worker) = mpsc::channel::<fn()>(8);
    let worker = tokio::spawn(async move {
        while let Some(job) = worker.recv().await {
            job();
        }
    });
    println!("ready");
    interrupts.recv().await;
    drop(jobs);
    worker.await.unwrap();
    println!("ended");
    process::exit(130);
}
