//! A queue: one producer, four consumers, and a close at the end. Nothing is left in the queue and
//! no consumer hangs, whatever the consumers are doing when the queue is closed.
//!
//! `cargo run --example producer_consumer`

use gimmal::queue::Queue;
use gimmal::thread;

fn main() {
    let queue = Queue::new(10);
    let consumed = thread::scope(|scope| {
        let queue = &queue;
        let consumers = [(); 4].map(|()| scope.spawn(move || queue.iter().sum::<u64>()));
        for number in 1..=1000 {
            queue.put(number).expect("it is open");
        }
        queue.close();
        consumers.map(|consumer| consumer.join().expect("it sums"))
    });
    println!("4 consumers, sum {}", consumed.iter().sum::<u64>());
    println!("{} left behind", queue.len());
}
