//! Arrays of Python, without a copy on this side: each message is one frame of little-endian `f32`s,
//! read from the wire to where it stays.
//!
//! `cargo run --example numpy_sink ENDPOINT COUNT`, with `tcp://*:5556` and `4`, say; in Python:
//! ```text
//! context = zmq.Context(); push = context.socket(zmq.PUSH); push.connect("tcp://127.0.0.1:5556")
//! for _ in range(4): push.send(numpy.ones(25_000_000, "<f4"), copy=False)
//! push.close(); context.term()  # an array lives until it is written
//! ```

use std::env;
use std::error::Error;

use gimmal::Context;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: numpy_sink ENDPOINT COUNT";
    let endpoint = env::args().nth(1).ok_or(usage)?;
    let count: usize = env::args().nth(2).ok_or(usage)?.parse()?;

    let context = Context::new();
    let mut arrays = context.pull()?;
    // Each may have 400 MB: few of them may wait.
    arrays.set_recv_hwm(2)?;
    arrays.bind(&endpoint)?;
    println!("waiting at {}", arrays.last_endpoint().unwrap_or(endpoint));
    for number in 1..=count {
        let array = arrays.recv()?;
        let values = array.as_bytes().chunks_exact(4);
        let sum: f64 = values
            .clone()
            .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().expect("four bytes"))))
            .fold(0.0, |sum, value| sum + value);
        println!("array {number}: {} values, sum {sum}", values.len());
    }
    Ok(())
}
