//! One producer, a queue of ten, four consumers: the end is a close. Nothing is left behind and nobody hangs, whatever
//! the consumers are doing when it comes.
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
