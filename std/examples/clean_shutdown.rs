//! A clean shutdown: on Ctrl-C, blocked receivers return, sockets close, the context ends, threads
//! are joined, and the process exits with 128 + the number of the signal, in this order.
//!
//! `cargo run --example clean_shutdown`, then Ctrl-C

use std::process;

use gimmal::socket::RecvError;
use gimmal::{Context, Termination, thread};

fn main() {
    let termination = Termination::install().expect("signals can be caught");
    let context = Context::new();
    let _stops = termination.on(context.clone());

    let receivers: Vec<_> = (1..=3)
        .map(|number| {
            let mut socket = context.pull().unwrap();
            socket.bind(&format!("inproc://receiver{number}")).unwrap();
            thread::spawn(move || (number, socket.recv()))
        })
        .collect();
    println!("waiting for Ctrl-C");

    let reason = termination.wait();
    println!("stop requested: {reason:?}");
    for receiver in receivers {
        let (number, end) = receiver.join().expect("no receiver panics");
        assert!(matches!(end, Err(RecvError::Terminated)));
        println!("receiver {number} ended");
    }
    let report = context.term();
    println!("context ended, {} undelivered", report.undelivered);
    process::exit(termination.exit_code());
}
