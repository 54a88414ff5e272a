//! The facade's sockets: Push and Pull over a context whose messages are plain values.
//!
//! A way holds the sender's and the receiver's high-water mark together, half of the capacity each. The workers connect
//! and end by themselves when their source has gone and everything is read; the sink holds a name, waits for new peers,
//! and so stops by the count.

use crate::book::Book;
use crate::contract::{Ends, Pipes, Plumber};
use crate::rows::ours::SOCKETS;
use crate::rows::pipeline;
use gimmal::{Context, Pull, Push};
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

pub(crate) fn enter(book: &mut Book) {
    pipeline::enter_values::<Sockets>(book, SOCKETS);
    pipeline::enter_buffers::<Block, Sockets>(book, SOCKETS, |bytes| vec![0; bytes].into());
}
