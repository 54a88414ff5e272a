//! A server that answers: it sends each request back, frame by frame. On Ctrl-C it takes no more
//! clients, answers the requests that are in its socket, and exits with status 130. Who still asks is
//! told.
//!
//! `cargo run --example rep_server [ENDPOINT [MILLISECONDS]]`, then Ctrl-C. The endpoint is
//! `inproc://echo` if none is given; the milliseconds are the work that each request takes, none if
//! they are not given. Of an `inproc://` endpoint a thread of the same program is the client;
//! `tcp://*:5555` and `ipc:///tmp/echo` serve the Req sockets of other programs, in Python by pyzmq,
//! say:
//! ```text
//! req = zmq.Context().socket(zmq.REQ); req.connect("tcp://127.0.0.1:5555")
//! req.send_multipart([b"hello", b"world"]); print(req.recv_multipart())
//! ```

use std::error::Error;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, process};

use gimmal::poll::Poller;
use gimmal::socket::RecvError;
use gimmal::{Context, Message, Rep, Req, Termination, thread};

/// The longest time that it answers after Ctrl-C: a client that asks again and again would go on.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = env::args().nth(1).unwrap_or("inproc://echo".into());
    let work = env::args().nth(2).map_or(Ok(0), |work| work.parse())?;
    let work = Duration::from_millis(work);
    let termination = Termination::install()?;
    let context = Context::new();
    let mut server = context.rep()?;
    server.bind(&endpoint)?;
    let endpoint = server.last_endpoint().unwrap_or(endpoint);
    println!("serving {endpoint} until Ctrl-C");
    let client = match endpoint.starts_with("inproc://") {
        true => {
            let client = context.req()?;
            client.connect(&endpoint)?;
            Some(thread::spawn(move || ask(client)))
        }
        false => None,
    };

    let mut answered = 0;
    let mut answer = |server: &mut Rep, request| {
        sleep(work);
        // An asker that has gone meanwhile needs no answer.
        if server.send(request).is_ok() {
            answered += 1;
        }
    };
    while let Some(request) = next(&mut server, &termination)? {
        answer(&mut server, request);
    }
    // What it has accepted is answered. The context is not shut down before that: no answer could be
    // sent any more.
    server.unbind(&endpoint)?;
    let end = Instant::now() + LAST_ANSWERS;
    while Instant::now() < end
        && let Ok(request) = server.try_recv()
    {
        answer(&mut server, request);
    }
    // Answers that are on their way to other programs are written first.
    server.set_linger(Some(Duration::from_secs(1)));
    server.close();
    println!("the server has answered {answered} requests");
    if let Some(client) = client {
        let got = client.join().expect("the client ends well");
        println!("the client has got {got} answers");
    }
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
