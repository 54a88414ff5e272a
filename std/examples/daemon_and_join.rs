//! The order of log lines with a join and without one, and what becomes of daemons. The run waits for every thread that is
//! not a daemon, joined or not; a daemon is asked to stop, and is left behind if it does not listen.
//!
//! `cargo run --example daemon_and_join`

use std::sync::Arc;
use std::time::Duration;

use gimmal::sync::Event;
use gimmal::thread::{self, Builder};
use gimmal::{Outcome, Runtime};

fn main() -> Outcome<()> {
    let patience = Duration::from_millis(50);
    let outcome = Runtime::builder().daemon_grace(patience).run(|rt| {
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
        // The last thing that is done here: the worker goes on while the run ends.
        go.set();
    });
    for daemon in &outcome.abandoned {
        println!("left behind: {}", daemon.name().unwrap_or_default());
    }
    outcome
}

/// A thread that says that it has started, before this returns, and goes on when it may.
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
