// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: into_iter
// page: gimmal::channel::Sender: send, close

use std::thread;

use gimmal::channel;

fn main() {
    let (jobs, worker) = channel::bounded::<fn()>(8);
    let worker = thread::spawn(move || {
        for job in worker {
            job();
        }
        println!("stopped");
    });
    jobs.send(|| ()).unwrap();
    jobs.close();
    worker.join().unwrap();
}
