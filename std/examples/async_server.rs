//! A server and its clients as tasks of tokio, and one client that is a thread: either uses a socket
//! in the same way, with `recv_async` or with `recv`. A wait that is given up has taken nothing: the
//! answer that came too late is received by the next wait.
//!
//! `cargo run --example async_server`

use std::error::Error;
use std::time::Duration;

use gimmal::{Context, Req, Router};
use tokio::runtime::Builder;
use tokio::time::timeout;

const TASKS: u64 = 8;
const QUESTIONS: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?
        .block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let context = Context::<u64>::typed();
    let server = context.router()?;
    server.bind("inproc://square")?;
    // It is told that it is alone when all clients have come and gone.
    server.expect_peers(TASKS as usize + 2);
    let client = || -> Result<Req<u64>, Box<dyn Error>> {
        let client = context.req()?;
        client.connect("inproc://square")?;
        Ok(client)
    };

    let mut early = client()?;
    early.send_async(7_u64).await?;
    let waited = timeout(Duration::from_millis(10), early.recv_async()).await;
    println!("an answer before the server runs: {}", waited.is_ok());
    let server = tokio::spawn(serve(server));
    println!("the answer came later: {}", early.recv_async().await?);
    drop(early);

    let mut tasks = Vec::new();
    for first in 0..TASKS {
        tasks.push(tokio::spawn(ask(client()?, first * QUESTIONS)));
    }
    let mut blocking = client()?;
    let thread = gimmal::thread::spawn(move || {
        blocking.send(9_u64)?;
        Ok::<_, Box<dyn Error + Send + Sync>>(blocking.recv()?)
    });
    let mut right = 0;
    for task in tasks {
        right += task.await?;
    }
    println!("{TASKS} tasks, {right} right answers");
    println!(
        "a thread has got {}",
        thread.join().expect("it ends well").expect("an answer")
    );
    println!("the server has answered {} questions", server.await?);
    Ok(())
}

/// Squares numbers until the last client has gone, and returns how many.
async fn serve(mut server: Router<u64>) -> u64 {
    let mut answered = 0;
    while let Ok((client, number)) = server.recv_async().await {
        // A client that has gone meanwhile needs no answer.
        if server.send_to_async(client, number * number).await.is_ok() {
            answered += 1;
        }
    }
    answered
}

/// Asks, and returns how many answers were right.
async fn ask(mut client: Req<u64>, first: u64) -> u64 {
    let mut right = 0;
    for number in first..first + QUESTIONS {
        if client.send_async(number).await.is_ok() {
            right += u64::from(client.recv_async().await == Ok(number * number));
        }
    }
    right
}
