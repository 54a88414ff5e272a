//! A program that is stuck, and how to see where: a pipeline whose last stage has stopped reading.
//!
//! Run it with `cargo run --example inspect`; with `cargo run --example inspect dot | dot -Tsvg` it
//! draws the same as a picture, if Graphviz is installed.

use std::thread;
use std::time::Duration;

use gimmal::socket::SendReason;
use gimmal::{Context, Pull, Push, Runtime};

/// Receives by one socket and sends on by the other.
fn stage(mut jobs: Pull, mut done: Push) {
    while let Ok(job) = jobs.recv() {
        if done.send(job).is_err() {
            return;
        }
    }
}

fn main() {
    let as_graph = std::env::args().nth(1).is_some_and(|arg| arg == "dot");
    let outcome = Runtime::run(|rt| {
        let context = rt.own(Context::builder().hwm(1, 1).build());
        for (name, from, to) in [
            ("parse", "inproc://parse", "inproc://store"),
            ("store", "inproc://store", "inproc://report"),
        ] {
            let (jobs, done) = (context.pull().unwrap(), context.push().unwrap());
            jobs.bind(from).unwrap();
            done.connect(to).unwrap();
            let main = move || stage(jobs, done);
            let builder = gimmal::thread::Builder::new().name(name).daemon(true);
            builder.spawn(main).unwrap();
        }
        let report = context.pull().unwrap();
        report.bind("inproc://report").unwrap(); // and it never reads
        let mut source = context.push().unwrap();
        source.connect("inproc://parse").unwrap();
        let stuck = loop {
            if let Err(error) = source.send_timeout("a job", Duration::from_millis(200)) {
                break error;
            }
        };
        assert_eq!(stuck.reason, SendReason::TimedOut);
        thread::yield_now();
        let snapshot = context.snapshot();
        if as_graph {
            print!("{}", snapshot.dot());
        } else {
            print!("{snapshot}");
        }
    });
    std::process::exit(outcome.exit_code());
}
