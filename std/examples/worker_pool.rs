//! Push and Pull sockets: a ventilator sends numbers to workers, and the workers send squares to a
//! sink (fan-out and fan-in). The end needs no message: when the ventilator has closed its socket,
//! the workers get `Disconnected`, and when all of them have closed theirs, so does the sink.
//!
//! `cargo run --example worker_pool`

use gimmal::{Context, Pull, Push, thread};

const WORKERS: usize = 3;
const JOBS: u64 = 1_000;

fn main() {
    let context = Context::<u64>::typed();
    let mut jobs = context.push().unwrap();
    jobs.bind("inproc://jobs").unwrap();
    let mut squares = context.pull().unwrap();
    squares.bind("inproc://squares").unwrap();
    // The sink gets `Disconnected` only when all workers have connected and gone.
    squares.expect_peers(WORKERS);

    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            // Connected before the ventilator starts: a worker that connected after its end would
            // wait for another one.
            let jobs = context.pull().unwrap();
            jobs.connect("inproc://jobs").unwrap();
            let squares = context.push().unwrap();
            squares.connect("inproc://squares").unwrap();
            thread::spawn(move || work(jobs, squares))
        })
        .collect();
    let ventilator = thread::spawn(move || (1..=JOBS).for_each(|n| jobs.send(n).unwrap()));

    let mut sum = 0;
    while let Ok(square) = squares.recv() {
        sum += square;
    }
    ventilator.join().unwrap();
    let done: usize = workers
        .into_iter()
        .map(|worker| worker.join().unwrap())
        .sum();
    println!("{done} jobs, sum of squares {sum}");
}

/// Squares numbers until there are no more jobs, and returns how many there were.
fn work(mut jobs: Pull<u64>, mut squares: Push<u64>) -> usize {
    let mut done = 0;
    while let Ok(n) = jobs.recv() {
        squares.send(n * n).unwrap();
        done += 1;
    }
    done
}
