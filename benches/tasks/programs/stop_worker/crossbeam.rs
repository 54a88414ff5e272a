// page: crossbeam_channel::bounded
// page: crossbeam_channel::select
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::{bounded, select};

fn main() {
    let (jobs, worker) = bounded::<fn()>(8);
    let (stop, stopped) = bounded::<()>(0);
    let worker = thread::spawn(move || {
        loop {
            select! {
                recv(worker) -> job => job.unwrap()(),
                recv(stopped) -> _ => break,
            }
        }
        println!("stopped");
    });
    jobs.send(|| ()).unwrap();
    drop(stop);
    worker.join().unwrap();
}
