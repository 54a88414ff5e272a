//! A server that answers: it sends each request back, frame by frame. On Ctrl-C it answers what it
//! has accepted, accepts nothing more, and exits with status 130. Who still asks is told.
//!
//! `cargo run --example rep_server [ENDPOINT]`, then Ctrl-C; the endpoint is `inproc://echo` if none
//! is given, and a thread of the same program is the client.

use std::error::Error;
use std::{env, process};

use gimmal::poll::Poller;
use gimmal::socket::RecvError;
use gimmal::{Context, Message, Rep, Req, Termination, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = env::args().nth(1).unwrap_or("inproc://echo".into());
    let termination = Termination::install()?;
    let context = Context::new();
    let mut server = context.rep()?;
    server.bind(&endpoint)?;
    let client = context.req()?;
    client.connect(&endpoint)?;
    println!("serving {endpoint} until Ctrl-C");
    let client = thread::spawn(move || ask(client));

    let mut answered = 0;
    while let Some(request) = next(&mut server, &termination)? {
        let mut reply = Message::from_frames([format!("request {}", answered + 1)]);
        for frame in request.into_frames() {
            reply.push_frame(frame);
        }
        // An asker that has gone meanwhile needs no answer.
        if server.send(reply).is_ok() {
            answered += 1;
        }
    }
    server.close();
    println!("the server has answered {answered} requests");
    let got = client.join().expect("the client ends well");
    println!("the client has got {got} answers");
    process::exit(termination.exit_code());
}

/// The next request; `None` when the program is asked to end.
fn next(server: &mut Rep, termination: &Termination) -> Result<Option<Message>, RecvError> {
    let ready = Poller::new([termination.readable(), server.readable()]).poll();
    if ready.is_ready(0) {
        return Ok(None);
    }
    server.recv().map(Some)
}

/// Asks until nobody answers, and returns how many answers there were.
fn ask(mut client: Req) -> usize {
    let mut got = 0;
    while client
        .send(Message::from_frames(["hello", "world"]))
        .is_ok()
    {
        let Ok(answer) = client.recv() else { break };
        got += 1;
        if got == 1 {
            let frames = answer
                .frames()
                .iter()
                .map(|frame| frame.as_bytes().escape_ascii());
            frames.for_each(|frame| println!("the client has got: {frame}"));
        }
    }
    got
}
