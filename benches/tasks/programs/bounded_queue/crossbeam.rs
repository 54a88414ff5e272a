// page: crossbeam_channel::bounded
// page: crossbeam_channel::Receiver: iter
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::bounded;

fn main() {
    let (queue, consumer) = bounded(10);
    let consumers = [(); 4].map(|()| {
        let consumer = consumer.clone();
        thread::spawn(move || consumer.iter().sum::<u64>())
    });
    (1..=1000).for_each(|n| queue.send(n).unwrap());
    drop(queue);
    let sums = consumers.map(|consumer| consumer.join().unwrap());
    println!("{}", sums.iter().sum::<u64>());
}
