//! Messages of any size through two sockets, on one thread.
//!
//! The bytes are copied into a message, which is sent, received, and read where it is.

use super::alone;
use crate::book::{Curve, Rows};
use crate::contract::Parcels;
use crate::race::{self, Outcome};
use gimmal_benches::message::{read_ends, write_ends};
use std::hint::black_box;

pub(super) fn curves() -> Vec<Curve> {
    let about = "a message of copied bytes through Push and Pull, one thread";
    let sizes = [8, 64, 256, 1024, 16_384, 131_072, 1_048_576];
    vec![alone("bytes/socket", about, "message", "bytes", &sizes)]
}

/// Enters sockets.
pub(crate) fn enter<P: Parcels>(book: &mut Rows, name: &'static str) {
    book.grow("bytes/socket", name, usize::MAX, |bytes| {
        move |n| copies::<P>(bytes, n)
    });
}

fn copies<P: Parcels>(bytes: usize, n: u64) -> Outcome {
    let (mut tx, mut rx) = P::build();
    let mut scratch = vec![0; bytes];
    race::alone(|| {
        let mut faults = 0u64;
        for number in 1..=n {
            write_ends(&mut scratch, number);
            let sent = P::send(&mut tx, black_box(&scratch));
            let read = |received: &[u8]| (received.len() == bytes).then(|| read_ends(received));
            let received = P::recv(&mut rx, read).flatten().flatten();
            faults += u64::from(!sent || received != Some(number));
        }
        match faults {
            0 => Ok(None),
            faults => Err(format!("{faults} wrong messages")),
        }
    })
}
