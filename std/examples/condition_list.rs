//! A condition: a consumer waits until a list is full, takes the whole list, and waits again. A
//! producer that finds the list full waits as well.
//!
//! `cargo run --example condition_list`

use std::mem::take;
use std::thread;

use gimmal::sync::{Condition, Lock};

const FULL: usize = 3;
const LISTS: usize = 4;

static LIST: Lock<Vec<usize>> = Lock::new(Vec::new());
static FILLED: Condition = Condition::new();
static TAKEN: Condition = Condition::new();

fn main() {
    let producer = thread::spawn(|| (1..=FULL * LISTS).for_each(put));
    for _ in 0..LISTS {
        println!("took {:?}", take_full());
    }
    producer.join().unwrap();
    println!("{} left", LIST.lock().len());
}

/// Waits for room, adds a number, and notifies the consumer when the list is full.
fn put(number: usize) {
    let mut list = TAKEN
        .wait_while(LIST.lock(), |list| list.len() == FULL)
        .unwrap();
    list.push(number);
    if list.len() == FULL {
        FILLED.notify_one();
    }
}

/// Waits for a full list, takes it, and notifies the producer.
fn take_full() -> Vec<usize> {
    let mut list = FILLED
        .wait_while(LIST.lock(), |list| list.len() < FULL)
        .unwrap();
    TAKEN.notify_one();
    take(&mut *list)
}
