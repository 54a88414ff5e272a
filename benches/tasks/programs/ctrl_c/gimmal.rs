// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: into_iter
// page: gimmal::Termination: install, on, exit_code

use std::{io, process, thread};

use gimmal::{Termination, channel};

fn main() -> io::Result<()> {
    let termination = Termination::install()?;
    let (jobs, worker) = channel::bounded::<fn()>(8);
    let _stops = termination.on(jobs);
    let worker = thread::spawn(move || {
        for job in worker {
            job();
        }
    });
    println!("ready");
    worker.join().unwrap();
    println!("ended");
    process::exit(termination.exit_code());
}
