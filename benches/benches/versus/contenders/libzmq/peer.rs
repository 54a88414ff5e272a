//! The child process of the rows `net/…`: one socket, bound.

use super::{Pull, Push, Rep, Req, Work, open, text};
use crate::rows::net::DONE;
use gimmal_benches::traffic::Traffic;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

/// Milliseconds without a message, after which no more come. Less than the limit of the watchdog.
const LIMIT: i32 = 3000;

/// Is the far side: `words` are the pattern and the size of messages.
pub(crate) fn be_the_peer(mut words: impl Iterator<Item = String>) -> ExitCode {
    let pattern = words.next().unwrap_or_default();
    let size = words.next().and_then(|size| size.parse().ok());
    let served = match (pattern.as_str(), size) {
        ("push", Some(size)) => serve::<Push>(size),
        ("pull", Some(size)) => serve::<Pull>(size),
        ("req", Some(size)) => serve::<Req>(size),
        ("rep", Some(size)) => serve::<Rep>(size),
        _ => Err(format!("no peer is called {pattern:?}")),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("versus, libzmq peer: {why}");
            ExitCode::FAILURE
        }
    }
}

fn serve<W: Work>(size: usize) -> Result<(), String> {
    let socket = open(W::KIND).map_err(text)?;
    socket.set_rcvtimeo(LIMIT).map_err(text)?;
    socket.set_sndtimeo(LIMIT).map_err(text)?;
    socket.bind("tcp://127.0.0.1:*").map_err(text)?;
    let endpoint = socket.get_last_endpoint().map_err(text)?;
    say(&endpoint.map_err(|_| "an endpoint that is no text".to_owned())?)?;
    let (ask, asked) = mpsc::channel();
    // The process ends when nobody is there any more, whatever the socket waits for.
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = ask.send(line.parse());
        }
        std::process::exit(0);
    });
    for count in asked {
        let count = count.map_err(|_| "no number of messages".to_owned())?;
        let mut traffic = Traffic::new(count, size, || false);
        let worked = W::work(&socket, &mut traffic);
        let verified = match W::KIND {
            zmq::SocketType::PUSH => traffic.verify_sent(),
            _ => traffic.verify_received(),
        };
        match worked.and(verified) {
            Ok(()) => say(DONE)?,
            Err(why) => say(&why)?,
        }
    }
    Ok(())
}

/// Says one line.
fn say(line: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let said = writeln!(out, "{line}").and_then(|()| out.flush());
    said.map_err(|error| error.to_string())
}
