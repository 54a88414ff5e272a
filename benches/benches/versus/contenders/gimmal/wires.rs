//! The facade's sockets on `tcp://`, with the defaults of a program that says nothing else.

use crate::book::Rows;
use crate::contract::{WireEnd, Wires};
use crate::rows::ours::{SOCKETS, SOCKETS_INSIDE};
use crate::rows::{net, stop};
use gimmal::socket::{Pattern, RecvError, Socket};
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

/// Inside the process, for the row of stops.
struct Inside;

impl stop::Stops for OverTcp {
    type Receiver = gimmal::Pull;
    type Stop = (Context, Open<gimmal::Push>);

    fn open() -> Result<(Self::Receiver, Self::Stop), String> {
        let (here, there) = (Context::new(), Context::new());
        let (pull, push) = linked(&here, &there, "tcp://127.0.0.1:*").map_err(text)?;
        let push = Open {
            socket: push,
            _context: there,
        };
        Ok((pull, (here, push)))
    }
    fn block(pull: &mut Self::Receiver) -> Result<(), String> {
        is_stopped(pull)
    }
    fn stop((context, _): &mut Self::Stop) {
        context.shutdown();
    }
}

impl stop::Stops for Inside {
    type Receiver = gimmal::Pull;
    type Stop = (Context, gimmal::Push);

    fn open() -> Result<(Self::Receiver, Self::Stop), String> {
        let context = Context::new();
        let (pull, push) = linked(&context, &context, "inproc://stop").map_err(text)?;
        Ok((pull, (context, push)))
    }
    fn block(pull: &mut Self::Receiver) -> Result<(), String> {
        is_stopped(pull)
    }
    fn stop((context, _): &mut Self::Stop) {
        context.shutdown();
    }
}

/// A Pull that has got a message of a Push.
fn linked(
    here: &Context,
    there: &Context,
    endpoint: &str,
) -> Result<(gimmal::Pull, gimmal::Push), Box<dyn Error>> {
    let (mut pull, mut push) = (here.pull()?, there.push()?);
    pull.bind(endpoint)?;
    push.connect(&pull.last_endpoint().unwrap_or(endpoint.into()))?;
    push.send("it is there")?;
    pull.recv()?;
    Ok((pull, push))
}

fn is_stopped(pull: &mut gimmal::Pull) -> Result<(), String> {
    match pull.recv() {
        Err(RecvError::Terminated) => Ok(()),
        other => Err(format!("it ends with {other:?}")),
    }
}

pub(crate) fn enter(book: &mut Rows) {
    net::enter::<OverTcp>(book, SOCKETS);
    stop::enter::<OverTcp>(book, SOCKETS);
    stop::enter::<Inside>(book, SOCKETS_INSIDE);
}
