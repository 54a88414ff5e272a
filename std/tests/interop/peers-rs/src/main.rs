//! The other side of `interop.rs`: one peer of zmq.rs or omq, told what to do by its arguments.
//!
//! ```text
//! interop-peers LIBRARY ROLE ENDPOINT [ARGUMENT ...]
//! ```
//!
//! The roles are those of `peers.py`. It binds or connects as the role says, prints `at ENDPOINT`
//! when it has bound, and ends with status 0 if all was as it should be. Every wait is bounded.

mod omq;
mod zmqrs;

use std::time::{Duration, Instant};

use bytes::Bytes;

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

/// A socket of one of the libraries.
trait Socket {
    /// Binds, and returns where.
    fn bind(&mut self, endpoint: &str) -> String;
    fn connect(&mut self, endpoint: &str);
    fn send(&mut self, frames: Vec<Bytes>);
    fn recv(&mut self) -> Vec<Bytes>;
    /// Returns what has come, if anything has.
    fn try_recv(&mut self) -> Option<Vec<Bytes>>;
    fn subscribe(&mut self, prefix: &str);
    /// Returns whether a peer was there and has gone.
    fn has_lost_a_peer(&mut self) -> bool;
    /// Closes when everything is written.
    fn finish(self: Box<Self>);
}

/// How a socket is opened.
#[derive(Default)]
struct Options<'a> {
    identity: Option<&'a str>,
    /// Of a client: name and password.
    plain: Option<(&'a str, &'a str)>,
    /// Of a server.
    lets_in: Option<(&'a str, &'a str)>,
}

impl<'a> Options<'a> {
    /// `null` or `plain NAME PASSWORD`, for a client.
    fn secured(keys: &'a str) -> Self {
        Options {
            plain: pair(keys),
            ..Options::default()
        }
    }
}

fn pair(keys: &str) -> Option<(&str, &str)> {
    let mut words = keys.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("plain"), Some(name), Some(password)) => Some((name, password)),
        (Some("null"), None, None) => None,
        _ => panic!("{keys}: neither PLAIN nor NULL"),
    }
}

/// The library, the way to link, and where.
struct Opener<'a> {
    library: &'a str,
    how: &'a str,
    endpoint: &'a str,
}

impl Opener<'_> {
    fn open(&self, kind: &str, options: Options<'_>) -> Box<dyn Socket> {
        let mut socket = match self.library {
            "omq" => omq::open(kind, &options),
            "zmq.rs" => zmqrs::open(kind, &options),
            other => panic!("{other}: an unknown library"),
        };
        match self.how {
            "bind" => println!("at {}", socket.bind(self.endpoint)),
            "connect" => socket.connect(self.endpoint),
            other => panic!("{other}: neither bind nor connect"),
        }
        socket
    }

    fn plain(&self, kind: &str) -> Box<dyn Socket> {
        self.open(kind, Options::default())
    }
}

fn frames<const N: usize>(texts: [&str; N]) -> Vec<Bytes> {
    texts
        .map(|text| Bytes::copy_from_slice(text.as_bytes()))
        .to_vec()
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [library, role, how, endpoint, rest @ ..] = &arguments[..] else {
        panic!("LIBRARY ROLE bind|connect ENDPOINT [ARGUMENT ...]");
    };
    let opener = Opener {
        library,
        how,
        endpoint,
    };
    let rest_or = |index: usize, or| rest.get(index).copied().unwrap_or(or);
    match *role {
        "push" => push(
            opener.open("PUSH", Options::secured(rest_or(2, "null"))),
            number(rest[0]),
            number(rest_or(1, "16")),
        ),
        "pull" => pull(
            opener.open("PULL", Options::secured(rest_or(1, "null"))),
            number(rest[0]),
        ),
        "take" => take(opener.plain("PULL")),
        "ask" => ask(opener.plain("REQ")),
        "hear" => hear(opener.plain("SUB")),
        "pair" => exchange(opener.plain("PAIR")),
        "req" => req(opener.plain("REQ"), number(rest[0])),
        "rep" => echo(opener.plain("REP"), number(rest[0])),
        "router" => echo(opener.plain("ROUTER"), number(rest[0])),
        "mute" => mute(opener.plain("REP")),
        "dealer" => {
            let identity = Some(rest[0]);
            let options = Options {
                identity,
                ..Options::default()
            };
            dealer(opener.open("DEALER", options), rest[1] == "delimited");
        }
        "sub" => sub(opener.plain(rest[0])),
        "pub" => publish(opener.plain(rest[0]), rest[0]),
        "say" => say(opener.plain("PUB")),
        "guarded" => {
            let options = Options {
                lets_in: pair(rest[0]),
                ..Options::default()
            };
            let got = opener.open("PULL", options).recv();
            assert_eq!(got, frames(["let me in"]));
        }
        "large" => large(opener.plain("PUSH"), number(rest[0]), number(rest[1])),
        other => panic!("{other}: an unknown role"),
    }
}

fn push(mut socket: Box<dyn Socket>, count: usize, size: usize) {
    for number in 0..count {
        let mut body = (number as u32).to_le_bytes().to_vec();
        body.resize(size, 0);
        socket.send(vec![body.into()]);
    }
    socket.finish();
}

fn pull(mut socket: Box<dyn Socket>, count: usize) {
    for number in 0..count {
        assert_eq!(socket.recv()[0][..4], (number as u32).to_le_bytes());
    }
}

/// Takes what comes, and says what it is, until it is killed.
fn take(mut socket: Box<dyn Socket>) {
    loop {
        let number = socket.recv()[0][..4].try_into().expect("four bytes");
        println!("got {}", u32::from_le_bytes(number));
    }
}

/// Asks for each line that it is told, and says the answer.
fn ask(mut socket: Box<dyn Socket>) {
    for line in std::io::stdin().lines() {
        socket.send(frames([line.unwrap().trim()]));
        println!("got {}", text(&socket.recv()[0]));
    }
}

/// Says what it hears, each only once in a row, until it is killed.
fn hear(mut socket: Box<dyn Socket>) {
    socket.subscribe("rome");
    let mut last = Bytes::new();
    loop {
        let heard = socket.recv().remove(1);
        if heard != last {
            println!("got {}", text(&heard));
        }
        last = heard;
    }
}

fn text(frame: &[u8]) -> &str {
    std::str::from_utf8(frame).expect("a text")
}

fn exchange(mut socket: Box<dyn Socket>) {
    assert_eq!(socket.recv(), frames(["one", "", "three"]));
    socket.send(frames(["", &"x".repeat(300), ""]));
    socket.finish();
}

fn req(mut socket: Box<dyn Socket>, rounds: usize) {
    for number in 0..rounds {
        let question = frames(["hello", "", &number.to_string()]);
        socket.send(question.clone());
        assert_eq!(socket.recv(), question);
    }
}

/// Sends each message back to whom it is from: a Rep, or a Router.
fn echo(mut socket: Box<dyn Socket>, rounds: usize) {
    for _ in 0..rounds {
        let message = socket.recv();
        socket.send(message);
    }
    socket.finish();
}

/// Hears a question, says so, and never answers.
fn mute(mut socket: Box<dyn Socket>) {
    socket.recv();
    println!("heard");
    std::thread::sleep(LIMIT);
}

/// To a Router, or to a Rep with an empty frame before each message.
fn dealer(mut socket: Box<dyn Socket>, is_delimited: bool) {
    let message = |text| match is_delimited {
        true => frames(["", text, "body"]),
        false => frames([text, "body"]),
    };
    for text in ["first", "second"] {
        socket.send(message(text));
    }
    for text in ["first", "second"] {
        assert_eq!(socket.recv(), message(text));
    }
}

fn sub(mut socket: Box<dyn Socket>) {
    socket.subscribe("rome");
    for _ in 0..2 {
        assert_eq!(socket.recv()[0], "rome");
    }
}

/// Publishes until a subscriber has heard it and goes.
fn publish(mut socket: Box<dyn Socket>, kind: &str) {
    let end = Instant::now() + LIMIT;
    while !socket.has_lost_a_peer() {
        // An Xpub sees what its subscribers want only when it looks.
        if kind == "XPUB" {
            while socket.try_recv().is_some() {}
        }
        socket.send(frames(["paris", "20"]));
        socket.send(frames(["rome", "21"]));
        assert!(Instant::now() < end, "nobody has heard it");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Publishes the same again and again, until it is killed.
fn say(mut socket: Box<dyn Socket>) {
    loop {
        socket.send(frames(["paris", "20"]));
        socket.send(frames(["rome", "21"]));
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn large(mut socket: Box<dyn Socket>, megabytes: usize, count: usize) {
    let array = Bytes::from(1_f32.to_le_bytes().repeat(megabytes * 250_000));
    for _ in 0..count {
        socket.send(vec![array.clone()]);
    }
    socket.finish();
}
