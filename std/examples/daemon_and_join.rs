//! A `Runtime` and its threads: the order of log lines with a join and without one, and how daemons
//! end. The run waits for every thread that is not a daemon, joined or not. A daemon is asked to
//! stop, and is left behind if it does not.
//!
//! `cargo run --example daemon_and_join`

use std::sync::Arc;
use std::time::Duration;

use gimmal::sync::Event;
use gimmal::thread::{self, Builder};
use gimmal::{Outcome, Runtime};

fn main() -> Outcome<()> {
    let limit = Duration::from_millis(50);
    let outcome = Runtime::builder().daemon_grace(limit).run(|rt| {
        println!("with a join");
        let go = Arc::new(Event::new());
        let worker = start_worker(&go);
        go.set();
        worker.join().expect("it ends well");
        println!("  main: done");

        println!("without a join");
        let go = Arc::new(Event::new());
        start_worker(&go);
        println!("  main: done");

        let daemon = |name: &str| Builder::new().name(name).daemon(true);
        let stop = rt.termination();
        daemon("polite").spawn(move || stop.wait()).unwrap();
        daemon("deaf").spawn(|| Event::new().wait()).unwrap();
        // Nothing follows here: the worker goes on while the run ends.
        go.set();
    });
    for daemon in &outcome.abandoned {
        println!("left behind: {}", daemon.name().unwrap_or_default());
    }
    outcome
}

/// Starts a worker, waits until it has logged that it started, and lets it go on when `go`
/// is set.
fn start_worker(go: &Arc<Event>) -> thread::JoinHandle<()> {
    let (go, started) = (go.clone(), Arc::new(Event::new()));
    let its = started.clone();
    let worker = thread::spawn(move || {
        println!("  worker: started");
        its.set();
        go.wait();
        println!("  worker: done");
    });
    started.wait();
    worker
}
