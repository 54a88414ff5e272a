//! Sockets that are linked: a bounded queue for each link and direction.

use std::collections::HashMap;

use crate::check::Specification;
use crate::record::Done;

/// An operation of a socket, with its answer. Sockets have numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// A message was to be sent by this socket: `false` if no peer had room.
    Send(usize, u32, bool),
    /// A message was to be received by this socket, if there was one.
    Recv(usize, Option<u32>),
}

/// The links.
#[derive(Debug)]
pub struct LinkSpec {
    capacity: usize,
    /// The sender and the receiver.
    ends: Vec<(usize, usize)>,
    /// The link of each message. Which peer gets it is the sender's choice; the receiver that got it says which one
    /// that was.
    taken: HashMap<u32, usize>,
}

impl LinkSpec {
    /// Returns the specification of links of a capacity, each from one socket to another, for a
    /// history whose messages are all different and have all been received.
    pub fn new(
        capacity: usize,
        ends: impl Into<Vec<(usize, usize)>>,
        history: &[Vec<Done<Transfer>>],
    ) -> Self {
        let ends = ends.into();
        let all = || history.iter().flatten().map(|done| done.op);
        let by = HashMap::<u32, usize>::from_iter(all().filter_map(|op| match op {
            Transfer::Recv(socket, Some(message)) => Some((message, socket)),
            _ => None,
        }));
        let taken = HashMap::from_iter(all().filter_map(|op| match op {
            Transfer::Send(socket, message, true) => {
                let to = *by.get(&message)?;
                let link = ends.iter().position(|ends| *ends == (socket, to))?;
                Some((message, link))
            }
            _ => None,
        }));
        LinkSpec {
            capacity,
            ends,
            taken,
        }
    }
}

impl Specification for LinkSpec {
    type Op = Transfer;
    /// The messages on each link.
    type State = Vec<Vec<u32>>;

    fn start(&self) -> Self::State {
        vec![Vec::new(); self.ends.len()]
    }

    fn step(&self, links: &Self::State, op: &Transfer, _: bool) -> Option<Self::State> {
        let mut of = self.ends.iter().zip(links);
        match *op {
            Transfer::Send(_, message, true) => {
                let link = *self.taken.get(&message)?;
                (links[link].len() < self.capacity).then(|| {
                    let mut links = links.clone();
                    links[link].push(message);
                    links
                })
            }
            Transfer::Send(socket, _, false) => of
                .all(|((from, _), link)| *from != socket || link.len() == self.capacity)
                .then(|| links.clone()),
            Transfer::Recv(_, Some(message)) => {
                let link = *self.taken.get(&message)?;
                (links[link].first() == Some(&message)).then(|| {
                    let mut links = links.clone();
                    links[link].remove(0);
                    links
                })
            }
            Transfer::Recv(socket, None) => of
                .all(|((_, to), link)| *to != socket || link.is_empty())
                .then(|| links.clone()),
        }
    }
}
