//! libzmq on `tcp://`: a contender as any other, and the far side of all.

mod peer;

pub(crate) use peer::be_the_peer;

use crate::book::Rows;
use crate::contract::{WireEnd, Wires};
use crate::rows::net::{self, LIBZMQ};
use crate::rows::stop;
use gimmal_benches::traffic::Traffic;
use std::marker::PhantomData;
use zmq::{Context, Message, Socket, SocketType};

struct OverTcp;

impl Wires for OverTcp {
    type Push = End<Push>;
    type Pull = End<Pull>;
    type Req = End<Req>;
    type Rep = End<Rep>;
}

/// What a socket does with the messages of a turn.
trait Work: 'static {
    const KIND: SocketType;

    fn work(socket: &Socket, traffic: &mut Traffic) -> Result<(), String>;
}

struct Push;
struct Pull;
struct Req;
struct Rep;

impl Work for Push {
    const KIND: SocketType = SocketType::PUSH;

    fn work(socket: &Socket, traffic: &mut Traffic) -> Result<(), String> {
        while send(socket, traffic)? {}
        Ok(())
    }
}

impl Work for Pull {
    const KIND: SocketType = SocketType::PULL;

    fn work(socket: &Socket, traffic: &mut Traffic) -> Result<(), String> {
        let mut message = Message::new();
        while traffic.wants_more() {
            socket.recv(&mut message, 0).map_err(text)?;
            traffic.note(&message)?;
        }
        Ok(())
    }
}

impl Work for Req {
    const KIND: SocketType = SocketType::REQ;

    fn work(socket: &Socket, traffic: &mut Traffic) -> Result<(), String> {
        let mut answer = Message::new();
        while send(socket, traffic)? {
            socket.recv(&mut answer, 0).map_err(text)?;
            traffic.note(&answer)?;
        }
        Ok(())
    }
}

impl Work for Rep {
    const KIND: SocketType = SocketType::REP;

    fn work(socket: &Socket, traffic: &mut Traffic) -> Result<(), String> {
        while traffic.wants_more() {
            let question = socket.recv_msg(0).map_err(text)?;
            traffic.note(&question)?;
            socket.send(question, 0).map_err(text)?;
        }
        Ok(())
    }
}

/// Sends the next message; `false` if there is none.
fn send(socket: &Socket, traffic: &mut Traffic) -> Result<bool, String> {
    let sent = match traffic.given_away() {
        true => traffic.buffer().map(|buffer| socket.send(buffer, 0)),
        false => traffic.bytes().map(|bytes| socket.send(bytes, 0)),
    };
    sent.transpose().map(|sent| sent.is_some()).map_err(text)
}

struct End<W> {
    socket: Socket,
    work: PhantomData<W>,
}

impl<W: Work> WireEnd for End<W> {
    fn connect(endpoint: &str) -> Result<Self, String> {
        let socket = open(W::KIND).map_err(text)?;
        socket.connect(endpoint).map_err(text)?;
        Ok(End {
            socket,
            work: PhantomData,
        })
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        W::work(&self.socket, traffic)
    }
}

impl stop::Stops for OverTcp {
    type Receiver = Socket;
    type Stop = (Context, Socket);

    fn open() -> Result<(Socket, Self::Stop), String> {
        let context = Context::new();
        let pull = context.socket(SocketType::PULL).map_err(text)?;
        pull.bind("tcp://127.0.0.1:*").map_err(text)?;
        let endpoint = pull.get_last_endpoint().map_err(text)?;
        let endpoint = endpoint.map_err(|_| "an endpoint that is no text")?;
        let push = open(SocketType::PUSH).map_err(text)?;
        push.connect(&endpoint).map_err(text)?;
        push.send("it is there", 0).map_err(text)?;
        pull.recv_msg(0).map_err(text)?;
        Ok((pull, (context, push)))
    }
    fn block(pull: &mut Socket) -> Result<(), String> {
        match pull.recv_msg(0) {
            Err(zmq::Error::ETERM) => Ok(()),
            other => Err(format!("it ends with {other:?}")),
        }
    }
    fn stop((context, _): &mut Self::Stop) {
        // It returns when the socket is closed; the call has ended before that.
        let _ = context.destroy();
    }
}

/// A socket in a context of its own, which lives as long as it. What nobody wants any more does not keep it.
fn open(kind: SocketType) -> zmq::Result<Socket> {
    let socket = Context::new().socket(kind)?;
    socket.set_linger(0)?;
    Ok(socket)
}

fn text(error: zmq::Error) -> String {
    match error {
        // Only the peer has a limit, and its words for that are not those of the system.
        zmq::Error::EAGAIN => "no message for three seconds".to_owned(),
        error => error.to_string(),
    }
}

pub(crate) fn enter(book: &mut Rows) {
    net::enter::<OverTcp>(book, LIBZMQ);
    stop::enter::<OverTcp>(book, LIBZMQ);
}
