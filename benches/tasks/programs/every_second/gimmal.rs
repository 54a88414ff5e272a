// page: gimmal::channel::bounded
// page: gimmal::channel::Receiver: iter
// page: gimmal::channel::Sender: try_send
// page: gimmal::Timer: every, cancel, wait

use std::time::Duration;

use gimmal::{Timer, channel};

fn main() {
    let (ticks, ticked) = channel::bounded(8);
    let clock = Timer::every(Duration::from_millis(20), move || {
        let _ = ticks.try_send("tick");
    });
    for tick in ticked.iter().take(3) {
        println!("{tick}");
    }
    clock.cancel();
    clock.wait();
    println!("cancelled");
}
