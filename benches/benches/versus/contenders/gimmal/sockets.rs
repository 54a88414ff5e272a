//! The facade's sockets over a context whose messages are plain values: Push and Pull as the ways of a pipeline, and the
//! patterns beside.
//!
//! A way holds the sender's and the receiver's high-water mark together, half of the capacity each. The workers connect
//! and end by themselves when their source has gone and everything is read; the sink holds a name, waits for new peers,
//! and so stops by the count.

use crate::book::Rows;
use crate::contract::{
    Channel, Dialogue, Ends, FanOut, Late, Parcels, Pipes, Plumber, Spread, Ways,
};
use crate::rows::growth::{links, messages, peers};
use crate::rows::ours::SOCKETS;
use crate::rows::{pipeline, sockets};
use gimmal::socket::{Dealer, Pair, Pattern, Publish, Rep, Req, Router, Socket, Subscribe};
use gimmal::{Context, Message, Pull, Push};
use gimmal_benches::message::Block;
use std::error::Error;

struct Sockets;

impl<T: Send + 'static> Ends<T> for Sockets {
    type Tx = Push<T>;
    type Rx = Pull<T>;

    fn send(tx: &mut Self::Tx, item: T) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<T> {
        rx.recv().ok()
    }
}

impl Plumber<[u8; 64]> for Sockets {
    const ENDS: bool = false;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<Push<[u8; 64]>, Pull<[u8; 64]>> {
        lay(capacity, back).expect("the sockets open")
    }
}

impl Plumber<Block> for Sockets {
    const ENDS: bool = false;

    fn lay(capacity: usize, back: Option<usize>) -> Pipes<Push<Block>, Pull<Block>> {
        lay(capacity, back).expect("the sockets open")
    }
}

fn lay<T: Send + 'static>(
    capacity: usize,
    back: Option<usize>,
) -> Result<Pipes<Push<T>, Pull<T>>, Box<dyn Error>> {
    let context = Context::<T>::typed();
    let push = |capacity: usize| -> Result<Push<T>, Box<dyn Error>> {
        let push = context.push()?;
        push.set_send_hwm(capacity.div_ceil(2))?;
        Ok(push)
    };
    let pull = |capacity: usize| -> Result<Pull<T>, Box<dyn Error>> {
        let pull = context.pull()?;
        pull.set_recv_hwm(capacity.div_ceil(2))?;
        Ok(pull)
    };
    let (source, sink) = (push(capacity)?, pull(capacity)?);
    source.bind("inproc://source")?;
    sink.bind("inproc://sink")?;
    let worker = || -> Result<_, Box<dyn Error>> {
        let (rx, tx) = (pull(capacity)?, push(capacity)?);
        rx.connect("inproc://source")?;
        tx.connect("inproc://sink")?;
        Ok((rx, tx))
    };
    let workers = [worker()?, worker()?];
    let back = back.map(|capacity| -> Result<_, Box<dyn Error>> {
        let (tx, rx) = (push(capacity)?, pull(capacity)?);
        rx.bind("inproc://back")?;
        tx.connect("inproc://back")?;
        Ok((tx, rx))
    });
    Ok(Pipes {
        source,
        workers,
        sink,
        back: back.transpose()?,
        finish: None,
    })
}

impl Spread<[u8; 64]> for Sockets {
    fn link(senders: usize, receivers: usize, room: usize) -> Ways<Push<[u8; 64]>, Pull<[u8; 64]>> {
        spread(senders, receivers, room).expect("the sockets open")
    }
}

/// A context for so many sockets, if it is more than the usual number, each of which has a link with so much room.
fn roomy<T: Send + 'static>(sockets: usize, room: usize) -> Context<T> {
    let builder = Context::builder().hwm(room.div_ceil(2), room.div_ceil(2));
    let builder = builder.sockets(sockets.max(1024)).pipes(sockets.max(4096));
    builder.typed().build()
}

/// The side with one socket binds. A receiver that connects ends with its sender, and one that binds knows how many come.
fn spread<T: Send + 'static>(
    senders: usize,
    receivers: usize,
    room: usize,
) -> Result<Ways<Push<T>, Pull<T>>, Box<dyn Error>> {
    let context = roomy(senders + receivers, room);
    let senders: Vec<Push<T>> = (0..senders)
        .map(|_| context.push())
        .collect::<Result<_, _>>()?;
    let receivers: Vec<Pull<T>> = (0..receivers)
        .map(|_| context.pull())
        .collect::<Result<_, _>>()?;
    if let [sender] = senders.as_slice() {
        sender.bind("inproc://way")?;
        receivers
            .iter()
            .try_for_each(|receiver| receiver.connect("inproc://way"))?;
    } else if let [receiver] = receivers.as_slice() {
        receiver.bind("inproc://way")?;
        receiver.expect_peers(senders.len());
        senders
            .iter()
            .try_for_each(|sender| sender.connect("inproc://way"))?;
    }
    Ok(Ways {
        senders,
        receivers,
        finish: None,
    })
}

/// One link, and messages of eight bytes.
pub(super) struct Numbers;

impl Ends<u64> for Numbers {
    type Tx = Push<u64>;
    type Rx = Pull<u64>;

    fn send(tx: &mut Push<u64>, item: u64) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Pull<u64>) -> Option<u64> {
        rx.recv().ok()
    }
}

impl Channel<u64> for Numbers {
    fn build(capacity: usize) -> (Push<u64>, Pull<u64>) {
        let mut ways = spread(1, 1, capacity).expect("the sockets open");
        let both = ways.senders.pop().zip(ways.receivers.pop());
        both.expect("one of each was asked for")
    }
}

impl Spread<u64> for Numbers {
    fn link(senders: usize, receivers: usize, room: usize) -> Ways<Push<u64>, Pull<u64>> {
        spread(senders, receivers, room).expect("the sockets open")
    }
}

impl Late for Numbers {
    fn open(senders: usize, room: usize) -> (Vec<Push<u64>>, Pull<u64>) {
        let context = roomy(senders + 1, room);
        let push = |_| context.push().expect("the socket opens");
        let pull = context.pull().expect("the socket opens");
        ((0..senders).map(push).collect(), pull)
    }
    fn connect(push: &Push<u64>) -> bool {
        push.connect("inproc://late").is_ok()
    }
    fn bind(pull: &Pull<u64>) -> bool {
        pull.bind("inproc://late").is_ok()
    }
}

/// One link, and messages of bytes.
struct Copied;

impl Parcels for Copied {
    type Tx = Push;
    type Rx = Pull;

    fn build() -> (Push, Pull) {
        let ways = spread(1, 1, 64).expect("the sockets open");
        let both = ways.senders.into_iter().zip(ways.receivers).next();
        both.expect("one of each was asked for")
    }
    fn send(push: &mut Push, bytes: &[u8]) -> bool {
        push.send(Message::copy_of(bytes)).is_ok()
    }
    fn recv<R>(pull: &mut Pull, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        Some(read(pull.recv().ok()?.as_bytes()))
    }
}

/// Two that are alike.
struct Equals;

impl Dialogue for Equals {
    type Client = Pair<u64>;
    type Server = Pair<u64>;

    fn build() -> (Pair<u64>, Pair<u64>) {
        linked().expect("the sockets open")
    }
    fn ask(client: &mut Pair<u64>, question: u64) -> bool {
        client.send(question).is_ok()
    }
    fn hear(client: &mut Pair<u64>) -> Option<u64> {
        client.recv().ok()
    }
    fn serve(server: &mut Pair<u64>) -> Option<u64> {
        let question = server.recv().ok()?;
        server.send(question).ok()?;
        Some(question)
    }
}

struct Turns;

impl Dialogue for Turns {
    type Client = Req<u64>;
    type Server = Rep<u64>;

    fn build() -> (Req<u64>, Rep<u64>) {
        linked().expect("the sockets open")
    }
    fn ask(client: &mut Req<u64>, question: u64) -> bool {
        client.send(question).is_ok()
    }
    fn hear(client: &mut Req<u64>) -> Option<u64> {
        client.recv().ok()
    }
    fn serve(server: &mut Rep<u64>) -> Option<u64> {
        let question = server.recv().ok()?;
        server.send(question).ok()?;
        Some(question)
    }
}

struct Named;

impl Dialogue for Named {
    type Client = Dealer<u64>;
    type Server = Router<u64>;

    fn build() -> (Dealer<u64>, Router<u64>) {
        linked().expect("the sockets open")
    }
    fn ask(client: &mut Dealer<u64>, question: u64) -> bool {
        client.send(question).is_ok()
    }
    fn hear(client: &mut Dealer<u64>) -> Option<u64> {
        client.recv().ok()
    }
    fn serve(server: &mut Router<u64>) -> Option<u64> {
        let (who, question) = server.recv().ok()?;
        server.send_to(who, question).ok()?;
        Some(question)
    }
}

/// A client and its server, in a context of their own.
fn linked<C: Pattern, S: Pattern>() -> Result<Linked<C, S>, Box<dyn Error>> {
    let context = Context::<u64>::typed();
    let (client, server) = (context.open()?, context.open()?);
    server.bind("inproc://server")?;
    client.connect("inproc://server")?;
    Ok((client, server))
}

type Linked<C, S> = (Socket<u64, C>, Socket<u64, S>);

struct Copies;

type Station = (Publish<[u8; 64]>, Vec<Subscribe<[u8; 64]>>);

impl FanOut for Copies {
    type Tx = Publish<[u8; 64]>;
    type Rx = Subscribe<[u8; 64]>;

    fn build(receivers: usize, room: usize) -> (Self::Tx, Vec<Self::Rx>) {
        copies(receivers, room).expect("the sockets open")
    }
    fn send(tx: &mut Self::Tx, item: [u8; 64]) -> bool {
        tx.send(item).is_ok()
    }
    fn recv(rx: &mut Self::Rx) -> Option<[u8; 64]> {
        rx.recv().ok()
    }
}

fn copies(receivers: usize, room: usize) -> Result<Station, Box<dyn Error>> {
    let builder = Context::builder().hwm(room.div_ceil(2), room.div_ceil(2));
    let context = builder.typed().build();
    let publish = context.publish()?;
    publish.bind("inproc://news")?;
    let subscribe = |_| -> Result<_, Box<dyn Error>> {
        let subscribe = context.subscribe()?;
        subscribe.subscribe("")?;
        subscribe.connect("inproc://news")?;
        Ok(subscribe)
    };
    let all = (0..receivers).map(subscribe).collect::<Result<_, _>>()?;
    Ok((publish, all))
}

/// Opens two sockets, links them, and closes both.
fn life(context: &Context<u64>) -> Result<(), Box<dyn Error>> {
    let (pull, push) = (context.pull()?, context.push()?);
    pull.bind("inproc://x")?;
    push.connect("inproc://x")?;
    Ok(())
}

pub(crate) fn enter(book: &mut Rows) {
    peers::enter::<Numbers>(book, SOCKETS, usize::MAX);
    links::enter::<Numbers>(book, SOCKETS, usize::MAX);
    messages::enter::<Copied>(book, SOCKETS);
    sockets::enter_spread::<Sockets>(book, SOCKETS);
    sockets::enter_pair::<Equals>(book, SOCKETS);
    sockets::enter_turns::<Turns>(book, SOCKETS);
    sockets::enter_windows::<Named>(book, SOCKETS);
    sockets::enter_copies::<Copies>(book, SOCKETS);
    sockets::enter_life(book, SOCKETS, || {
        let context = Context::typed();
        move || life(&context).is_ok()
    });
    pipeline::enter_values::<Sockets>(book, SOCKETS);
    pipeline::enter_buffers::<Block, Sockets>(book, SOCKETS, |bytes| vec![0; bytes].into());
}
