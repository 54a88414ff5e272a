//! Many sockets that are linked and closed.
//!
//! * `pending`: sockets connect to a name before another one binds it. The clock runs from the first connect until the bind
//!   has returned; what is shown is the time for each of the sockets. That they are linked is checked after that, by a
//!   message from each of them.
//! * `life`: a context, in which one socket binds, the others are opened and connect, and all are closed. What is shown is the
//!   time for each of the others.

use super::alone;
use crate::book::{Curve, Rows};
use crate::contract::Late;
use crate::race::{self, Outcome};
use std::time::{Duration, Instant};

/// As many messages fit on each link: far more than are sent.
const ROOM: usize = 64;

pub(super) fn curves() -> Vec<Curve> {
    let pending = "sockets that connect, then the bind that they wait for, one thread";
    let life = "sockets that are opened, connect to one that is bound, and are closed, one thread";
    let sizes = [1, 10, 100, 1000, 10_000];
    let curve = |name, about, per| alone(name, about, per, "sockets", &sizes).in_micros();
    vec![
        curve("pending", pending, "connect"),
        curve("life", life, "socket"),
    ]
}

/// Enters sockets of which up to `at_most` can be linked to one.
pub(crate) fn enter<L: Late>(book: &mut Rows, name: &'static str, at_most: usize) {
    book.grow("pending", name, at_most, |sockets| {
        move |n| pending::<L>(sockets, n)
    });
    book.grow("life", name, at_most, |sockets| {
        move |n| life::<L>(sockets, n)
    });
}

/// `n` counts the binds.
fn pending<L: Late>(sockets: usize, n: u64) -> Outcome {
    race::alone(|| {
        let mut scored = Duration::ZERO;
        for _ in 0..n {
            let (mut senders, mut receiver) = L::open(sockets, ROOM);
            let start = Instant::now();
            let linked = senders.iter().all(L::connect) && L::bind(&receiver);
            scored += start.elapsed();
            let sent = linked && senders.iter_mut().all(|tx| L::send(tx, 7));
            if !sent || senders.iter().any(|_| L::recv(&mut receiver) != Some(7)) {
                return Err("a socket is not linked".to_owned());
            }
        }
        Ok(Some(scored / sockets as u32))
    })
}

/// `n` counts the contexts.
fn life<L: Late>(sockets: usize, n: u64) -> Outcome {
    let mut sample = race::alone(|| {
        for _ in 0..n {
            let (senders, receiver) = L::open(sockets, ROOM);
            if !L::bind(&receiver) || !senders.iter().all(L::connect) {
                return Err("a socket is not linked".to_owned());
            }
        }
        Ok(None)
    })?;
    sample.scored /= sockets as u32;
    Ok(sample)
}
