//! A part of a program that is stopped and started again, with the same names: shutting the context
//! down ends every blocked call in every thread, and `term` returns when the last socket is closed.
//! Nothing of one run is left in the next.
//!
//! `cargo run --example context_restart`

use gimmal::socket::RecvError;
use gimmal::{Context, thread};

fn main() {
    for run in 1..=3 {
        let context = Context::<u64>::typed();
        let mut server = context.rep().unwrap();
        server.bind("inproc://double").unwrap();
        let server = thread::spawn(move || {
            loop {
                match server.recv() {
                    Ok(number) => server.send(2 * number).unwrap(),
                    Err(end) => return end,
                }
            }
        });
        let mut news = context.subscribe().unwrap();
        news.bind("inproc://news").unwrap();
        // Nobody ever publishes anything: it waits until the shutdown.
        let reader = thread::spawn(move || news.recv().unwrap_err());

        let mut client = context.req().unwrap();
        client.connect("inproc://double").unwrap();
        let answers = (1..=10_u64).map(|number| {
            client.send(number).unwrap();
            client.recv().unwrap()
        });
        println!(
            "run {run}: the sum of the answers is {}",
            answers.sum::<u64>()
        );

        context.shutdown();
        assert_eq!(server.join().unwrap(), RecvError::Terminated);
        assert_eq!(reader.join().unwrap(), RecvError::Terminated);
        drop(client);
        let report = context.term();
        println!("run {run}: ended, {} undelivered", report.undelivered);
    }
}
