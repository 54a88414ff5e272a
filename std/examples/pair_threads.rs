//! Two threads talk over a pair of sockets until one says "exit".
//!
//! `cargo run --example pair_threads`

use std::error::Error;

use gimmal::socket::WhenAlone;
use gimmal::{Context, Pair, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::new();
    let mut here = context.pair()?;
    here.bind("inproc://talk")?;
    // By default a socket that has bound a name waits for the next peer.
    here.set_when_alone(WhenAlone::Disconnect);
    let there = context.pair()?;
    there.connect("inproc://talk")?;
    let echo = thread::spawn(move || answer(there));

    for word in ["one", "two", "exit"] {
        here.send(word)?;
        println!("sent {word}");
        if let Ok(reply) = here.recv() {
            println!("received {}", reply.to_str()?);
        }
    }
    let answered = echo.join().expect("the other thread ended well");
    println!("{answered} answered, then nobody was there");
    Ok(())
}

/// Answers each message until "exit", then hangs up.
fn answer(mut socket: Pair) -> usize {
    let mut answered = 0;
    while let Ok(message) = socket.recv() {
        if message == "exit" {
            break;
        }
        if socket.send(message).is_err() {
            break;
        }
        answered += 1;
    }
    answered
}
