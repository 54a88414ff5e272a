// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: iter
// page: gimmal::channel::Sender: send

use std::thread;

use gimmal::channel;

fn main() {
    let (queue, consumer) = channel::bounded(10);
    let consumers = [(); 4].map(|()| {
        let consumer = consumer.clone();
        thread::spawn(move || consumer.iter().sum::<u64>())
    });
    (1..=1000).for_each(|n| queue.send(n).unwrap());
    drop(queue);
    let sums = consumers.map(|consumer| consumer.join().unwrap());
    println!("{}", sums.iter().sum::<u64>());
}
