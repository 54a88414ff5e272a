//! One socket with many peers, all on one thread.
//!
//! * `peers/recv`: one receiver, of whose senders one sends. What the others cost is what grows.
//! * `peers/random`: the same, and each message comes from another sender, in an order that is the same in every turn.
//! * `peers/send`: one sender, of whose receivers all but one are full, with two messages each. From the one that is left a
//!   message is read before each send.
//!
//! Before the clock starts each link has carried a message, so that nothing is left to be linked.

use super::alone;
use crate::book::{Curve, Rows};
use crate::contract::{Spread, Ways};
use crate::race::{self, Outcome};
use std::hint::black_box;

/// As many messages fit on each way to a receiver: far more than are under way.
const ROOM: usize = 64;
/// As many messages fit on the ways that are full.
const NARROW: usize = 2;

const SIZES: [usize; 5] = [1, 10, 100, 1000, 10_000];

pub(super) fn curves() -> Vec<Curve> {
    let curve = |name, about| alone(name, about, "message", "peers", &SIZES);
    vec![
        curve(
            "peers/recv",
            "a Pull receives what one of its Push peers sends, one thread",
        ),
        curve(
            "peers/random",
            "a Pull receives what one of its Push peers sends, each time another one, one thread",
        ),
        curve(
            "peers/send",
            "a Push sends to the one of its Pull peers that is not full, one thread",
        ),
    ]
}

/// Enters sockets that can have up to `at_most` peers.
pub(crate) fn enter<S: Spread<u64>>(book: &mut Rows, name: &'static str, at_most: usize) {
    book.grow("peers/recv", name, at_most, |peers| {
        move |n| from_one::<S>(peers, n, |_| peers / 2)
    });
    book.grow("peers/random", name, at_most, |peers| {
        move |n| from_one::<S>(peers, n, |number| any_of(peers, number))
    });
    book.grow("peers/send", name, at_most, |peers| {
        move |n| to_one::<S>(peers, n)
    });
}

/// One of `peers`, by a hash of the number (the finalizer of splitmix64).
#[inline(always)]
fn any_of(peers: usize, number: u64) -> usize {
    let mut hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    // The upper half of the hash, as a part of 2^32.
    (((hash >> 32) * peers as u64) >> 32) as usize
}

/// `sender` says which one sends message `number`.
fn from_one<S: Spread<u64>>(peers: usize, n: u64, sender: impl Fn(u64) -> usize) -> Outcome {
    let Ways {
        mut senders,
        mut receivers,
        finish: _finish,
    } = S::link(peers, 1, ROOM);
    let receiver = receivers.first_mut().ok_or("nobody receives")?;
    let sent = senders.iter_mut().all(|tx| S::send(tx, 0));
    if !sent || (0..peers).any(|_| S::recv(receiver) != Some(0)) {
        return Err("the first messages are lost".to_owned());
    }
    race::alone(|| {
        let mut faults = 0u64;
        for number in 1..=n {
            let sent = S::send(&mut senders[sender(number)], black_box(number));
            faults += u64::from(!sent || S::recv(receiver) != Some(number));
        }
        verdict(faults)
    })
}

fn to_one<S: Spread<u64>>(peers: usize, n: u64) -> Outcome {
    let Ways {
        mut senders,
        mut receivers,
        finish: _finish,
    } = S::link(1, peers, NARROW);
    let sender = senders.first_mut().ok_or("nobody sends")?;
    let receiver = &mut receivers[peers / 2];
    // With these all of them are full.
    let held = (NARROW * peers) as u64;
    if !(1..=held).all(|number| S::send(sender, number)) {
        return Err("the first messages are refused".to_owned());
    }
    race::alone(|| {
        let mut faults = 0u64;
        for number in held + 1..=held + n {
            let received = S::recv(receiver);
            // What was sent two turns ago; in the first two turns what it was filled with.
            let expected = number - NARROW as u64;
            let is_right = match received {
                Some(received) if expected <= held => received <= held,
                received => received == Some(expected),
            };
            faults += u64::from(!is_right || !S::send(sender, black_box(number)));
        }
        verdict(faults)
    })
}

fn verdict(faults: u64) -> Result<Option<std::time::Duration>, String> {
    match faults {
        0 => Ok(None),
        faults => Err(format!("{faults} wrong messages")),
    }
}
