//! Workers that start together, round after round: nobody begins a round before all have ended the one before. The action
//! says who is there while all stand still; each round has one leader.
//!
//! `cargo run --example barrier_start`

use std::mem::take;
use std::thread;

use gimmal::sync::{Barrier, Lock};

const WORKERS: usize = 4;
const ROUNDS: usize = 3;

/// The round that begins, and who is there.
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

/// Runs in the last worker that comes, before anyone starts.
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
