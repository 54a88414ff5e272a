//! An echo server with one thread per connection. On Ctrl-C no more connections are accepted, what
//! was received is answered, each thread that waits for its peer ends, and the process exits with
//! 128 + the number of the signal.
//!
//! `cargo run --example tcp_echo`, then `nc 127.0.0.1 7007` elsewhere, then Ctrl-C

use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process;
use std::time::Duration;

use gimmal::runtime::StopToken;
use gimmal::thread::Builder;
use gimmal::{Runtime, Termination, stop};

/// Sends back what it receives, until the peer ends or the server stops: either ends the reads.
fn echo(mut stream: TcpStream, stopping: &StopToken) -> io::Result<()> {
    let _subscription = stopping.on(stop::on_reads(&stream)?);
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length])?,
        }
    }
}

/// Accepts connections until the server stops, and returns how many there were.
fn serve(listener: &TcpListener, stopping: &StopToken) -> io::Result<u32> {
    let stop = stop::on_socket(listener)?;
    let _subscription = stopping.on(stop.clone());
    let mut accepted = 0;
    while let Some((stream, peer)) = stop.until_stopped(listener.accept())? {
        accepted += 1;
        let stopping = stopping.clone();
        // A daemon: one whose peer takes no answer does not hold up the end.
        let connection = Builder::new().name(peer.to_string()).daemon(true);
        connection.spawn(move || {
            if let Err(error) = echo(stream, &stopping) {
                eprintln!("{peer}: {error}");
            }
        })?;
    }
    Ok(accepted)
}

fn main() -> io::Result<()> {
    let address = env::args().nth(1);
    let _termination = Termination::install()?;
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:7007"))?;
    println!("listening on {}", listener.local_addr()?);

    // At its end the daemons are asked to stop, which ends their reads, and have some time for it.
    let run = Runtime::builder().daemon_grace(Duration::from_secs(3));
    let outcome = run.run(|run| serve(&listener, &run.termination()));
    let (code, abandoned) = (outcome.exit_code(), outcome.abandoned.len());
    let accepted = outcome.unwrap_or_resume()?;
    println!("{accepted} connections, {abandoned} abandoned");
    process::exit(code);
}
