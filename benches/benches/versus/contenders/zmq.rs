//! libzmq's inproc transport: PUSH and PULL sockets as the ways of a pipeline, and the patterns beside.
//!
//! A way holds the sender's and the receiver's high-water mark together, half of the capacity each. Small messages are
//! copied into libzmq's own message type, which holds them in place; large ones are `zmq::Message`s, passed on without
//! a copy. The workers end with the context: they get `ETERM` when it is terminated.

use crate::book::Book;
use crate::contract::{Dialogue, Ends, FanOut, Pipes, Plumber};
use crate::rows::pipeline::{self, ZMQ};
use crate::rows::sockets;
use gimmal_benches::message::{Message, read_ends, write_ends};
use zmq::{Context, SNDMORE, Socket, SocketType};

/// Messages by value.
struct Values;
/// libzmq's own messages, passed on.
struct Buffers;

impl Message for Buffer {
    fn write(&mut self, stamp: u64) {
        write_ends(&mut self.0, stamp);
    }
    fn read(&self) -> Option<u64> {
        read_ends(&self.0)
    }
}

struct Buffer(zmq::Message);

impl Ends<[u8; 64]> for Values {
    type Tx = Socket;
    type Rx = Socket;

    fn send(tx: &mut Socket, item: [u8; 64]) -> bool {
        tx.send(&item[..], 0).is_ok()
    }
    fn recv(rx: &mut Socket) -> Option<[u8; 64]> {
        let mut item = [0; 64];
        (rx.recv_into(&mut item, 0).ok()? == 64).then_some(item)
    }
}

impl Ends<Buffer> for Buffers {
    type Tx = Socket;
    type Rx = Socket;

    fn send(tx: &mut Socket, item: Buffer) -> bool {
        tx.send(item.0, 0).is_ok()
    }
    fn recv(rx: &mut Socket) -> Option<Buffer> {
        rx.recv_msg(0).ok().map(Buffer)
    }
}

impl Plumber<[u8; 64]> for Values {
    const ENDS: bool = false;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<Socket, Socket> {
        lay(capacity, back).expect("libzmq lays its pipes")
    }
}

impl Plumber<Buffer> for Buffers {
    const ENDS: bool = false;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<Socket, Socket> {
        lay(capacity, back).expect("libzmq lays its pipes")
    }
}

fn lay(capacity: usize, back: Option<usize>) -> zmq::Result<Pipes<Socket, Socket>> {
    let mut context = Context::new();
    let socket = |kind, capacity: usize| -> zmq::Result<Socket> {
        let socket = context.socket(kind)?;
        let mark = capacity.div_ceil(2) as i32;
        socket.set_sndhwm(mark)?;
        socket.set_rcvhwm(mark)?;
        Ok(socket)
    };
    let source = socket(SocketType::PUSH, capacity)?;
    let sink = socket(SocketType::PULL, capacity)?;
    source.bind("inproc://source")?;
    sink.bind("inproc://sink")?;
    let worker = || -> zmq::Result<_> {
        let (rx, tx) = (socket(SocketType::PULL, capacity)?, socket(SocketType::PUSH, capacity)?);
        rx.connect("inproc://source")?;
        tx.connect("inproc://sink")?;
        Ok((rx, tx))
    };
    let workers = [worker()?, worker()?];
    let back = match back {
        None => None,
        Some(capacity) => {
            // libzmq's reader tells of what it read only after half of the mark: with less room the sink waits for ever.
            let capacity = 2 * capacity;
            let (tx, rx) = (socket(SocketType::PUSH, capacity)?, socket(SocketType::PULL, capacity)?);
            rx.bind("inproc://back")?;
            tx.connect("inproc://back")?;
            Some((tx, rx))
        }
    };
    let finish = Box::new(move || {
        let _ = context.destroy();
    });
    Ok(Pipes { source, workers, sink, back, finish: Some(finish) })
}

/// REQ and REP.
struct Turns;
/// DEALER and ROUTER: a message arrives behind the frame that names its sender, and goes out behind the same.
struct Named;

impl Dialogue for Turns {
    type Client = Socket;
    type Server = Socket;

    fn build() -> (Socket, Socket) {
        linked(SocketType::REQ, SocketType::REP).expect("libzmq links its sockets")
    }
    fn ask(client: &mut Socket, question: u64) -> bool {
        client.send(&question.to_le_bytes()[..], 0).is_ok()
    }
    fn hear(client: &mut Socket) -> Option<u64> {
        number(client)
    }
    fn serve(server: &mut Socket) -> Option<u64> {
        let question = number(server)?;
        server.send(&question.to_le_bytes()[..], 0).ok()?;
        Some(question)
    }
}

impl Dialogue for Named {
    type Client = Socket;
    type Server = Socket;

    fn build() -> (Socket, Socket) {
        linked(SocketType::DEALER, SocketType::ROUTER).expect("libzmq links its sockets")
    }
    fn ask(client: &mut Socket, question: u64) -> bool {
        client.send(&question.to_le_bytes()[..], 0).is_ok()
    }
    fn hear(client: &mut Socket) -> Option<u64> {
        number(client)
    }
    fn serve(server: &mut Socket) -> Option<u64> {
        let who = server.recv_msg(0).ok()?;
        let question = number(server)?;
        server.send(who, SNDMORE).ok()?;
        server.send(&question.to_le_bytes()[..], 0).ok()?;
        Some(question)
    }
}

fn number(socket: &Socket) -> Option<u64> {
    let mut bytes = [0; 8];
    (socket.recv_into(&mut bytes, 0).ok()? == 8).then_some(u64::from_le_bytes(bytes))
}

/// A client and its server, in a context of their own.
fn linked(client: SocketType, server: SocketType) -> zmq::Result<(Socket, Socket)> {
    let context = Context::new();
    let (client, server) = (context.socket(client)?, context.socket(server)?);
    server.bind("inproc://server")?;
    client.connect("inproc://server")?;
    Ok((client, server))
}

/// XPUB and SUB. An XPUB sends as a PUB does, and it is told of subscriptions: it has to have heard of each before the
/// first message, or that is lost. The links are unbounded: libzmq looks for what was read about once in a millisecond while
/// it sends, and drops for a subscriber that has read everything meanwhile. The batches of the row bound them.
struct Copies;

impl FanOut for Copies {
    type Tx = Socket;
    type Rx = Socket;

    fn build(receivers: usize, _room: usize) -> (Socket, Vec<Socket>) {
        copies(receivers).expect("libzmq links its sockets")
    }
    fn send(tx: &mut Socket, item: [u8; 64]) -> bool {
        tx.send(&item[..], 0).is_ok()
    }
    fn recv(rx: &mut Socket) -> Option<[u8; 64]> {
        let mut item = [0; 64];
        (rx.recv_into(&mut item, 0).ok()? == 64).then_some(item)
    }
}

fn copies(receivers: usize) -> zmq::Result<(Socket, Vec<Socket>)> {
    let context = Context::new();
    let publish = context.socket(SocketType::XPUB)?;
    publish.set_sndhwm(0)?;
    publish.bind("inproc://news")?;
    // Else it is told of the first subscription only: they are all alike.
    publish.set_xpub_verbose(true)?;
    let mut all = Vec::new();
    for _ in 0..receivers {
        let subscribe = context.socket(SocketType::SUB)?;
        subscribe.set_rcvhwm(0)?;
        subscribe.set_subscribe(b"")?;
        subscribe.connect("inproc://news")?;
        publish.recv_msg(0)?;
        all.push(subscribe);
    }
    Ok((publish, all))
}

/// Opens two sockets, links them, and closes both. The name of a closed socket is free some time after the close, so each
/// time has a name of its own. The slot comes back as late; where none is left, that wait is a part of the work.
fn life(context: &Context, time: u64) -> zmq::Result<()> {
    let open = |kind| {
        loop {
            match context.socket(kind) {
                Err(zmq::Error::EMFILE) => std::thread::yield_now(),
                done => return done,
            }
        }
    };
    let (pull, push) = (open(SocketType::PULL)?, open(SocketType::PUSH)?);
    let name = format!("inproc://{time}");
    pull.bind(&name)?;
    push.connect(&name)
}

pub(crate) fn enter(book: &mut Book) {
    sockets::enter_turns::<Turns>(book, ZMQ);
    sockets::enter_windows::<Named>(book, ZMQ);
    sockets::enter_copies::<Copies>(book, ZMQ);
    sockets::enter_life(book, ZMQ, || {
        let (context, mut time) = (Context::new(), 0);
        move || {
            time += 1;
            life(&context, time).is_ok()
        }
    });
    pipeline::enter_values::<Values>(book, ZMQ);
    pipeline::enter_buffers::<Buffer, Buffers>(book, ZMQ, |bytes| Buffer(zmq::Message::from(vec![0; bytes])));
}
