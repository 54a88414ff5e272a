//! Timers: one that is cancelled and never fires, one that fires, and a periodic one that ticks
//! until it is cancelled.
//!
//! `cargo run --example timer_cancel`

use std::time::Duration;

use gimmal::{Timer, channel};

const DELAY: Duration = Duration::from_secs(1);

fn main() {
    let (sender, receiver) = channel::bounded(16);
    let says = |word: &'static str| {
        let sender = sender.clone();
        move || {
            let _ = sender.try_send(word);
        }
    };

    let cancelled = Timer::after(DELAY, says("the cancelled one"));
    println!("cancelled: {}", cancelled.cancel());
    // This one is due later than the cancelled one would have been.
    let kept = Timer::after(DELAY, says("the other one"));
    println!("fired: {}", receiver.recv().unwrap());
    kept.wait();
    println!("cancelled after it has fired: {}", kept.cancel());

    let clock = Timer::every(DELAY / 50, says("tick"));
    for number in 1..=5 {
        println!("{} {number}", receiver.recv().unwrap());
    }
    println!("cancelled: {}", clock.cancel());
    // A tick may have been running when the timer was cancelled.
    clock.wait();
    if receiver.try_iter().all(|word| word == "tick") {
        println!("the cancelled one has not fired");
    }
}
