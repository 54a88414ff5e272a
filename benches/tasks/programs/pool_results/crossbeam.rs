// page: crossbeam_channel::bounded
// page: crossbeam_channel::Receiver: iter, into_iter
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::bounded;

fn main() {
    let (jobs, worker) = bounded(8);
    let (squares, results) = bounded(8);
    for _ in 0..4 {
        let (worker, squares) = (worker.clone(), squares.clone());
        thread::spawn(move || {
            for n in worker {
                squares.send(n * n).unwrap();
            }
        });
    }
    drop(squares);
    thread::spawn(move || (1..=100).for_each(|n: u64| jobs.send(n).unwrap()));
    println!("{}", results.iter().sum::<u64>());
}
