// page: gimmal::Context: new, publish, subscribe
// page: gimmal::socket::Socket: bind, connect, subscribe, send, recv

use std::{iter, thread};

use gimmal::Context;

fn main() {
    let context = Context::new();
    let mut station = context.publish().unwrap();
    station.bind("inproc://weather").unwrap();
    let listeners = ["oslo", "rome"].map(|city| {
        let mut reports = context.subscribe().unwrap();
        reports.connect("inproc://weather").unwrap();
        reports.subscribe(city).unwrap();
        thread::spawn(move || (city, iter::from_fn(|| reports.recv().ok()).count()))
    });
    for day in 1..=5 {
        for city in ["oslo", "rome", "kyiv"] {
            station.send(format!("{city} {day}")).unwrap();
        }
    }
    drop(station);
    for listener in listeners {
        let (city, count) = listener.join().unwrap();
        println!("{city} {count}");
    }
}
