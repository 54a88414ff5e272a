//! libzmq's inproc transport: PUSH and PULL sockets as the ways of a pipeline, and the patterns beside.
//!
//! A way holds the sender's and the receiver's high-water mark together, half of the capacity each. Small messages are
//! copied into libzmq's own message type, which holds them in place; large ones are `zmq::Message`s, passed on without
//! a copy. The workers end with the context: they get `ETERM` when it is terminated.

use crate::book::Rows;
use crate::contract::{Channel, Dialogue, Ends, FanOut, Late, Parcels, Pipes, Plumber, Spread, Ways};
use crate::rows::growth::{links, messages, peers};
use crate::rows::pipeline::{self, ZMQ};
use crate::rows::poll::{self, AnyOfEight, CHANNELS};
use crate::rows::signal::{self, Program, THREADS};
use crate::rows::sockets;
use gimmal_benches::message::{Message, read_ends, write_ends};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::mpsc;
use std::thread;
use zmq::{Context, Error, POLLIN, SNDMORE, Socket, SocketType};

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

impl Spread<[u8; 64]> for Values {
    fn link(senders: usize, receivers: usize, room: usize) -> Ways<Socket, Socket> {
        spread(senders, receivers, room).expect("libzmq links its sockets")
    }
}

fn spread(senders: usize, receivers: usize, room: usize) -> zmq::Result<Ways<Socket, Socket>> {
    let mut context = Context::new();
    let sockets = |kind, number: usize| -> zmq::Result<Vec<Socket>> {
        let mark = room.div_ceil(2) as i32;
        (0..number)
            .map(|_| {
                let socket = context.socket(kind)?;
                socket.set_sndhwm(mark)?;
                socket.set_rcvhwm(mark)?;
                Ok(socket)
            })
            .collect()
    };
    let (senders, receivers) = (sockets(SocketType::PUSH, senders)?, sockets(SocketType::PULL, receivers)?);
    let (bind, connect) = match senders.as_slice() {
        [sender] => (sender, &receivers),
        _ => (&receivers[0], &senders),
    };
    bind.bind("inproc://way")?;
    connect.iter().try_for_each(|socket| socket.connect("inproc://way"))?;
    let finish = Box::new(move || {
        let _ = context.destroy();
    });
    Ok(Ways { senders, receivers, finish: Some(finish) })
}

/// A client that asks one server, which sends each question back as the function does.
macro_rules! dialogue {
    ($(#[$meaning:meta])* $name:ident: $client:ident to $server:ident by $serve:path) => {
        $(#[$meaning])*
        struct $name;

        impl Dialogue for $name {
            type Client = Socket;
            type Server = Socket;

            fn build() -> (Socket, Socket) {
                linked(SocketType::$client, SocketType::$server).expect("libzmq links its sockets")
            }
            fn ask(client: &mut Socket, question: u64) -> bool {
                client.send(&question.to_le_bytes()[..], 0).is_ok()
            }
            fn hear(client: &mut Socket) -> Option<u64> {
                number(client)
            }
            fn serve(server: &mut Socket) -> Option<u64> {
                $serve(server)
            }
        }
    };
}

dialogue! {
    /// PAIR on both sides.
    Equals: PAIR to PAIR by echo
}
dialogue! {
    /// REQ and REP.
    Turns: REQ to REP by echo
}
dialogue! {
    /// DEALER and ROUTER: a message arrives behind the frame that names its sender, and goes out behind the same.
    Named: DEALER to ROUTER by echo_to_its_sender
}

fn echo(server: &Socket) -> Option<u64> {
    let question = number(server)?;
    server.send(&question.to_le_bytes()[..], 0).ok()?;
    Some(question)
}

fn echo_to_its_sender(server: &Socket) -> Option<u64> {
    let sender = server.recv_msg(0).ok()?;
    let question = number(server)?;
    server.send(sender, SNDMORE).ok()?;
    server.send(&question.to_le_bytes()[..], 0).ok()?;
    Some(question)
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

/// One link, and messages of eight bytes.
struct Numbers;

impl Ends<u64> for Numbers {
    type Tx = Socket;
    type Rx = Socket;

    fn send(tx: &mut Socket, item: u64) -> bool {
        tx.send(&item.to_le_bytes()[..], 0).is_ok()
    }
    fn recv(rx: &mut Socket) -> Option<u64> {
        number(rx)
    }
}

impl Channel<u64> for Numbers {
    fn build(capacity: usize) -> (Socket, Socket) {
        let mut ways = spread(1, 1, capacity).expect("libzmq links its sockets");
        let both = ways.senders.pop().zip(ways.receivers.pop());
        both.expect("one of each was asked for")
    }
}

impl Spread<u64> for Numbers {
    fn link(senders: usize, receivers: usize, room: usize) -> Ways<Socket, Socket> {
        spread(senders, receivers, room).expect("libzmq links its sockets")
    }
}

impl Late for Numbers {
    fn open(senders: usize, room: usize) -> (Vec<Socket>, Socket) {
        let context = Context::new();
        let socket = |kind| {
            let socket = context.socket(kind).expect("libzmq opens a socket");
            let mark = room.div_ceil(2) as i32;
            let marked = socket.set_sndhwm(mark).and(socket.set_rcvhwm(mark));
            marked.expect("libzmq takes the marks");
            socket
        };
        ((0..senders).map(|_| socket(SocketType::PUSH)).collect(), socket(SocketType::PULL))
    }
    fn connect(push: &Socket) -> bool {
        push.connect("inproc://late").is_ok()
    }
    fn bind(pull: &Socket) -> bool {
        pull.bind("inproc://late").is_ok()
    }
}

/// One link, and messages of bytes.
struct Copied;

impl Parcels for Copied {
    type Tx = Socket;
    type Rx = Socket;

    fn build() -> (Socket, Socket) {
        Numbers::build(64)
    }
    fn send(push: &mut Socket, bytes: &[u8]) -> bool {
        push.send(bytes, 0).is_ok()
    }
    fn recv<R>(pull: &mut Socket, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        Some(read(&pull.recv_msg(0).ok()?))
    }
}

/// As many peers as its sockets have at most here: a context has 1023 sockets, and the binding has no call for more.
const PEERS: usize = 1000;

/// `zmq_poll`, then a receive: what it has for `select` too.
struct Polled;

impl AnyOfEight for Polled {
    type Channel = Numbers;

    fn receive(receivers: &mut [Socket; CHANNELS], n: u64, mut each: impl FnMut(Option<u64>)) {
        let receivers = &*receivers;
        let mut items = receivers.each_ref().map(|socket| socket.as_poll_item(POLLIN));
        for _ in 0..n {
            let ready = zmq::poll(&mut items, -1).is_ok();
            let first = items.iter().position(|item| ready && item.is_readable());
            each(first.and_then(|index| number(&receivers[index])));
        }
    }
}

/// Threads that are blocked in sockets, and a thread that waits for signals and ends the context.
struct Terminates;

/// Blocked in one of four ways until the context ends; a signal that this thread gets changes nothing.
fn blocked(context: &Context, number: usize, ready: &mpsc::Sender<()>) -> zmq::Result<()> {
    let kind = [SocketType::PUSH, SocketType::PULL, SocketType::REQ, SocketType::PULL][number % 4];
    let socket = context.socket(kind)?;
    socket.bind(&format!("inproc://{number}"))?;
    let _ = ready.send(());
    loop {
        let end = match number % 4 {
            0 | 2 => socket.send("nobody", 0),
            1 => socket.recv_msg(0).map(drop),
            _ => socket.poll(POLLIN, -1).map(drop),
        };
        if end != Err(Error::EINTR) {
            return end;
        }
    }
}

impl Program for Terminates {
    fn run(all_ready: impl FnOnce()) -> i32 {
        let mut signals = Signals::new([SIGINT, SIGTERM]).expect("signals can be handled");
        let mut context = Context::new();
        let (ready, all) = mpsc::channel();
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (context, ready) = (context.clone(), ready.clone());
                thread::spawn(move || blocked(&context, number, &ready))
            })
            .collect();
        (0..THREADS).for_each(|_| all.recv().expect("the threads start"));
        all_ready();
        let first = signals.forever().next().unwrap_or(0);
        let _ = context.destroy();
        let ended = |thread: thread::JoinHandle<_>| thread.join().is_ok_and(|end| end == Err(Error::ETERM));
        if threads.into_iter().all(ended) { 128 + first } else { 1 }
    }
}

pub(crate) fn enter(book: &mut Rows) {
    peers::enter::<Numbers>(book, ZMQ, PEERS);
    links::enter::<Numbers>(book, ZMQ, PEERS);
    messages::enter::<Copied>(book, ZMQ);
    sockets::enter_spread::<Values>(book, ZMQ);
    sockets::enter_pair::<Equals>(book, ZMQ);
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
    for row in ["poll/8-one-ready", "select/8-one-ready"] {
        poll::enter::<Polled>(book, row, ZMQ);
    }
    signal::enter::<Terminates>(book, ZMQ);
    pipeline::enter_values::<Values>(book, ZMQ);
    pipeline::enter_buffers::<Buffer, Buffers>(book, ZMQ, |bytes| Buffer(zmq::Message::from(vec![0; bytes])));
}
