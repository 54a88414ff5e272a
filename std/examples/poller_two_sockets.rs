//! One thread reads two sockets, and stops when it is told: a Poller waits for all three at once.
//!
//! `cargo run --example poller_two_sockets`

use std::error::Error;

use gimmal::poll::Poller;
use gimmal::sync::Event;
use gimmal::{Context, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::new();
    let (mut tasks, mut weather) = (context.pull()?, context.pull()?);
    tasks.bind("inproc://tasks")?;
    weather.bind("inproc://weather")?;
    let (mut boss, mut station) = (context.push()?, context.push()?);
    boss.connect("inproc://tasks")?;
    station.connect("inproc://weather")?;
    let stop = Event::new();

    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut done, mut reports) = (0, 0);
            loop {
                let ready =
                    Poller::new([tasks.readable(), weather.readable(), stop.readable()]).poll();
                // Everything that is ready is served, each source once in a turn.
                if ready.is_readable(0) && tasks.try_recv().is_ok() {
                    done += 1;
                }
                if ready.is_readable(1) && weather.try_recv().is_ok() {
                    reports += 1;
                }
                // A stop counts when nothing is left to read.
                if ready.is_ready(2) && ready.count() == 1 {
                    return (done, reports);
                }
            }
        });
        for number in 0..100 {
            boss.send(format!("task {number}"))?;
            if number % 10 == 0 {
                station.send("sunny")?;
            }
        }
        stop.set();
        let (done, reports) = reader.join().expect("the reader ended well");
        println!("{done} tasks, {reports} reports");
        Ok(())
    })
}
