//! omq's blocking sockets on `tcp://`, with one thread for input and output and the defaults of its options.

use crate::book::Rows;
use crate::contract::{WireEnd, Wires};
use crate::rows::net;
use gimmal_benches::traffic::Traffic;
use omq_tokio::blocking::Socket;
use omq_tokio::{Context, Message, Options, SocketType};

struct OverTcp;

impl Wires for OverTcp {
    type Push = Push;
    type Pull = Pull;
    type Req = Req;
    type Rep = Rep;
}

struct Push(Socket);
struct Pull(Socket);
struct Req(Socket);
struct Rep(Socket);

impl WireEnd for Push {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(SocketType::Push, endpoint).map(Push)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while let Some(message) = next(traffic) {
            self.0.send(message).map_err(text)?;
        }
        Ok(())
    }
}

impl WireEnd for Pull {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(SocketType::Pull, endpoint).map(Pull)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while traffic.wants_more() {
            note(traffic, &self.0.recv().map_err(text)?)?;
        }
        Ok(())
    }
}

impl WireEnd for Req {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(SocketType::Req, endpoint).map(Req)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while let Some(question) = next(traffic) {
            self.0.send(question).map_err(text)?;
            note(traffic, &self.0.recv().map_err(text)?)?;
        }
        Ok(())
    }
}

impl WireEnd for Rep {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(SocketType::Rep, endpoint).map(Rep)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while traffic.wants_more() {
            let question = self.0.recv().map_err(text)?;
            note(traffic, &question)?;
            self.0.send(question).map_err(text)?;
        }
        Ok(())
    }
}

/// A socket in a context of its own, which lives as long as it.
fn open(kind: SocketType, endpoint: &str) -> Result<Socket, String> {
    let socket = Context::new().blocking_socket(kind, Options::default());
    socket.connect(endpoint).map_err(text)?;
    Ok(socket)
}

fn next(traffic: &mut Traffic) -> Option<Message> {
    match traffic.given_away() {
        true => traffic.buffer().map(Message::single),
        false => traffic.bytes().map(Message::from_slice),
    }
}

fn note(traffic: &mut Traffic, message: &Message) -> Result<(), String> {
    traffic.note(message.part_slice(0).unwrap_or_default())
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

pub(crate) fn enter(book: &mut Rows) {
    net::enter::<OverTcp>(book, "omq");
}
