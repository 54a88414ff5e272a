//! libzmq's inproc transport: PUSH and PULL sockets as the ways of a pipeline.
//!
//! A way holds the sender's and the receiver's high-water mark together, half of the capacity each. Small messages are
//! copied into libzmq's own message type, which holds them in place; large ones are `zmq::Message`s, passed on without
//! a copy. The workers end with the context: they get `ETERM` when it is terminated.

use crate::book::Book;
use crate::contract::{Ends, Pipes, Plumber};
use crate::rows::pipeline::{self, ZMQ};
use gimmal_benches::message::{Message, read_ends, write_ends};
use zmq::{Context, Socket, SocketType};

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

pub(crate) fn enter(book: &mut Book) {
    pipeline::enter_values::<Values>(book, ZMQ);
    pipeline::enter_buffers::<Buffer, Buffers>(book, ZMQ, |bytes| Buffer(zmq::Message::from(vec![0; bytes])));
}
