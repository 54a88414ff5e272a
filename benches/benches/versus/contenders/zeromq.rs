//! zmq.rs on `tcp://`, on tokio.
//!
//! Its PUSH gives messages to a task, which has to run when the program waits for something else: a runtime of several
//! threads. The others read and write in the task that calls them: on a runtime of the calling thread, where nothing is
//! handed over.

use crate::book::Rows;
use crate::contract::{WireEnd, Wires};
use crate::rows::net;
use bytes::Bytes;
use gimmal_benches::traffic::Traffic;
use tokio::runtime::{Builder, Runtime};
use zeromq::{PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend, ZmqMessage};

struct OverTcp;

impl Wires for OverTcp {
    type Push = On<PushSocket>;
    type Pull = On<PullSocket>;
    type Req = On<ReqSocket>;
    type Rep = On<RepSocket>;
}

/// A socket and its runtime. The socket is dropped first, inside of the runtime.
struct On<S> {
    socket: Option<S>,
    runtime: Runtime,
}

impl<S> Drop for On<S> {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.socket = None;
    }
}

impl<S: Socket> On<S> {
    fn connect(mut builder: Builder, endpoint: &str) -> Result<Self, String> {
        let runtime = builder.enable_all().build().map_err(text)?;
        let socket = runtime.block_on(async {
            let mut socket = S::new();
            socket.connect(endpoint).await.map(|()| socket)
        });
        Ok(On {
            socket: Some(socket.map_err(text)?),
            runtime,
        })
    }

    fn parts(&mut self) -> Result<(&mut S, &Runtime), String> {
        let socket = self.socket.as_mut().ok_or("it is closed")?;
        Ok((socket, &self.runtime))
    }
}

impl WireEnd for On<PushSocket> {
    fn connect(endpoint: &str) -> Result<Self, String> {
        On::connect(Builder::new_multi_thread(), endpoint)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        let (socket, runtime) = self.parts()?;
        runtime.block_on(async {
            while let Some(message) = next(traffic) {
                socket.send(message).await.map_err(text)?;
            }
            Ok(())
        })
    }
}

impl WireEnd for On<PullSocket> {
    fn connect(endpoint: &str) -> Result<Self, String> {
        On::connect(Builder::new_current_thread(), endpoint)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        let (socket, runtime) = self.parts()?;
        runtime.block_on(async {
            while traffic.wants_more() {
                note(traffic, &socket.recv().await.map_err(text)?)?;
            }
            Ok(())
        })
    }
}

impl WireEnd for On<ReqSocket> {
    fn connect(endpoint: &str) -> Result<Self, String> {
        On::connect(Builder::new_current_thread(), endpoint)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        let (socket, runtime) = self.parts()?;
        runtime.block_on(async {
            while let Some(question) = next(traffic) {
                socket.send(question).await.map_err(text)?;
                note(traffic, &socket.recv().await.map_err(text)?)?;
            }
            Ok(())
        })
    }
}

impl WireEnd for On<RepSocket> {
    fn connect(endpoint: &str) -> Result<Self, String> {
        On::connect(Builder::new_current_thread(), endpoint)
    }
    fn work(&mut self, traffic: &mut Traffic) -> Result<(), String> {
        let (socket, runtime) = self.parts()?;
        runtime.block_on(async {
            while traffic.wants_more() {
                let question = socket.recv().await.map_err(text)?;
                note(traffic, &question)?;
                socket.send(question).await.map_err(text)?;
            }
            Ok(())
        })
    }
}

fn next(traffic: &mut Traffic) -> Option<ZmqMessage> {
    let frame = match traffic.given_away() {
        true => traffic.buffer().map(Bytes::from),
        false => traffic.bytes().map(Bytes::copy_from_slice),
    };
    frame.map(ZmqMessage::from)
}

fn note(traffic: &mut Traffic, message: &ZmqMessage) -> Result<(), String> {
    traffic.note(message.get(0).map_or(&[][..], |frame| frame))
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

pub(crate) fn enter(book: &mut Rows) {
    net::enter::<OverTcp>(book, "zmq.rs");
}
