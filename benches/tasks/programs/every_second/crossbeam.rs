// page: crossbeam_channel::bounded
// page: crossbeam_channel::select
// page: crossbeam_channel::tick
// page: crossbeam_channel::Receiver: iter
// page: crossbeam_channel::Sender: try_send

use std::thread;
use std::time::Duration;

use crossbeam_channel::{bounded, select, tick};

fn main() {
    let (ticks, ticked) = bounded(8);
    let (stop, stopped) = bounded::<()>(0);
    let clock = thread::spawn(move || {
        let ticker = tick(Duration::from_millis(20));
        loop {
            select! {
                recv(ticker) -> _ => {
                    let _ = ticks.try_send("tick");
                }
                recv(stopped) -> _ => break,
            }
        }
    });
    for tick in ticked.iter().take(3) {
        println!("{tick}");
    }
    drop(stop);
    clock.join().unwrap();
    println!("cancelled");
}
