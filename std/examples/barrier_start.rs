//! A barrier: workers begin each round together, and no worker begins a round before all have
//! finished the one before. The barrier's action runs once a round, while all of them wait; one
//! worker of each round is the leader.
//!
//! `cargo run --example barrier_start`

use std::mem::take;
use std::thread;

use gimmal::sync::{Barrier, Lock};

const WORKERS: usize = 4;
const ROUNDS: usize = 3;

/// The number of the round, and the workers that have arrived for it.
static HERE: Lock<(usize, Vec<usize>)> = Lock::new((1, Vec::new()));
static LEADERS: Lock<[usize; ROUNDS]> = Lock::new([0; ROUNDS]);
static START: Barrier = Barrier::with_action(WORKERS, call_the_roll);

fn main() {
    let start = |worker| thread::spawn(move || work(worker));
    let workers: Vec<_> = (1..=WORKERS).map(start).collect();
    for worker in workers {
        worker.join().unwrap();
    }
    println!("leaders of the rounds: {:?}", LEADERS.lock());
}

/// Runs in the worker that arrives last, before any worker goes on.
fn call_the_roll() {
    let (round, here) = &mut *HERE.lock();
    let mut here = take(here);
    here.sort_unstable();
    println!("round {round}: {here:?} are here");
    *round += 1;
}

fn work(worker: usize) {
    for round in 0..ROUNDS {
        HERE.lock().1.push(worker);
        let turn = START.wait().expect("nobody gives up");
        if turn.is_leader() {
            LEADERS.lock()[round] += 1;
        }
    }
}
