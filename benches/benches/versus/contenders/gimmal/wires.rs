//! The facade's sockets on `tcp://`, with the defaults of a program that says nothing else.

use crate::book::Rows;
use crate::contract::{WireEnd, Wires};
use crate::rows::net;
use crate::rows::ours::SOCKETS;
use gimmal::socket::{Pattern, Socket};
use gimmal::{Context, Message};
use gimmal_benches::traffic::Traffic;
use std::error::Error;

struct OverTcp;

impl Wires for OverTcp {
    type Push = Push;
    type Pull = Pull;
    type Req = Req;
    type Rep = Rep;
}

struct Push(Open<gimmal::Push>);
struct Pull(Open<gimmal::Pull>);
struct Req(Open<gimmal::Req>);
struct Rep(Open<gimmal::Rep>);

/// A socket in a context of its own. The wires end with the context's last handle.
struct Open<S> {
    socket: S,
    _context: Context,
}

impl WireEnd for Push {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(endpoint).map(Push).map_err(text)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while let Some(message) = next(traffic) {
            self.0.socket.send(message).map_err(text)?;
        }
        Ok(())
    }
}

impl WireEnd for Pull {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(endpoint).map(Pull).map_err(text)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while traffic.wants_more() {
            traffic.note(self.0.socket.recv().map_err(text)?.as_bytes())?;
        }
        Ok(())
    }
}

impl WireEnd for Req {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(endpoint).map(Req).map_err(text)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while let Some(question) = next(traffic) {
            self.0.socket.send(question).map_err(text)?;
            traffic.note(self.0.socket.recv().map_err(text)?.as_bytes())?;
        }
        Ok(())
    }
}

impl WireEnd for Rep {
    fn connect(endpoint: &str) -> Result<Self, String> {
        open(endpoint).map(Rep).map_err(text)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        while traffic.wants_more() {
            let question = self.0.socket.recv().map_err(text)?;
            traffic.note(question.as_bytes())?;
            self.0.socket.send(question).map_err(text)?;
        }
        Ok(())
    }
}

fn open<P: Pattern>(endpoint: &str) -> Result<Open<Socket<Message, P>>, Box<dyn Error>> {
    let context = Context::new();
    let socket = context.open()?;
    socket.connect(endpoint)?;
    Ok(Open {
        socket,
        _context: context,
    })
}

fn next(traffic: &mut Traffic) -> Option<Message> {
    match traffic.given_away() {
        true => traffic.buffer().map(Message::new),
        false => traffic.bytes().map(Message::copy_of),
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

pub(crate) fn enter(book: &mut Rows) {
    net::enter::<OverTcp>(book, SOCKETS);
}
