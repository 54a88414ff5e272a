// page: tokio::io::AsyncReadExt: read_u64
// page: tokio::io::AsyncWriteExt: write_u64
// page: tokio::main
// page: tokio::net::TcpListener: bind, local_addr, accept
// page: tokio::net::TcpStream: connect, into_split
// page: tokio::spawn

use std::error::Error;
use std::process::Command;
use std::{env, io};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(address) = env::args().nth(1) {
        let mut peer = TcpStream::connect(address).await?;
        // The end of the stream is the end of the jobs.
        while let Ok(n) = peer.read_u64().await {
            peer.write_u64(n * n).await?;
        }
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let mut worker = Command::new(env::current_exe()?).arg(address).spawn()?;
    let (mut squares, mut jobs) = listener.accept().await?.0.into_split();
    let sender = tokio::spawn(async move {
        for n in 1..=100 {
            jobs.write_u64(n).await?;
        }
        Ok::<(), io::Error>(())
    });
    let mut sum = 0;
    for _ in 1..=100 {
        sum += squares.read_u64().await?;
    }
    sender.await??;
    worker.wait()?;
    println!("{sum}");
    Ok(())
}
