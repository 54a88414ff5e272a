//! Sockets of omq.

use bytes::Bytes;
use omq_tokio::{Context, Endpoint, Message, SocketType, blocking};

use crate::{LIMIT, Options, Socket};

struct Omq {
    socket: blocking::Socket,
    had_a_peer: bool,
}

pub(crate) fn open(kind: &str, options: &Options<'_>) -> Box<dyn Socket> {
    let kind = match kind {
        "PAIR" => SocketType::Pair,
        "PUSH" => SocketType::Push,
        "PULL" => SocketType::Pull,
        "REQ" => SocketType::Req,
        "REP" => SocketType::Rep,
        "DEALER" => SocketType::Dealer,
        "ROUTER" => SocketType::Router,
        "PUB" => SocketType::Pub,
        "SUB" => SocketType::Sub,
        "XPUB" => SocketType::XPub,
        "XSUB" => SocketType::XSub,
        other => panic!("omq has no {other}"),
    };
    let mut set = omq_tokio::Options::new().linger(LIMIT);
    if let Some(identity) = options.identity {
        set = set.identity(identity.as_bytes().to_vec());
    }
    if let Some((name, password)) = options.plain {
        set = set.plain_client(name, password);
    }
    if let Some(known) = options.lets_in {
        set = set.plain_server_credentials([known]);
    }
    // It lives as long as the process.
    Box::new(Omq {
        socket: Context::new().blocking_socket(kind, set),
        had_a_peer: false,
    })
}

fn taken(message: Message) -> Vec<Bytes> {
    let parts = 0..message.len();
    parts
        .map(|part| message.part_bytes(part).unwrap())
        .collect()
}

fn endpoint(text: &str) -> Endpoint {
    // It has no word for a port that the system chooses but 0.
    text.replace(":*", ":0").parse().expect("an endpoint")
}

impl Socket for Omq {
    fn bind(&mut self, at: &str) -> String {
        self.socket.bind(endpoint(at)).unwrap().to_string()
    }

    fn connect(&mut self, at: &str) {
        self.socket.connect(endpoint(at)).unwrap();
    }

    fn send(&mut self, frames: Vec<Bytes>) {
        let message = Message::multipart(frames);
        self.socket.send_timeout(message, LIMIT).unwrap();
    }

    fn recv(&mut self) -> Vec<Bytes> {
        taken(self.socket.recv_timeout(LIMIT).unwrap())
    }

    fn try_recv(&mut self) -> Option<Vec<Bytes>> {
        self.socket.try_recv().ok().map(taken)
    }

    fn subscribe(&mut self, prefix: &str) {
        self.socket.subscribe(prefix.as_bytes().to_vec()).unwrap();
    }

    fn has_lost_a_peer(&mut self) -> bool {
        let has_one = !self.socket.connections().unwrap().is_empty();
        self.had_a_peer |= has_one;
        self.had_a_peer && !has_one
    }

    fn finish(self: Box<Self>) {
        self.socket.close().unwrap();
    }
}
