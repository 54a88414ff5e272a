// page: crossbeam_channel::bounded
// page: crossbeam_channel::Receiver: iter
// page: crossbeam_channel::Sender: send

use std::thread;

use crossbeam_channel::bounded;

fn main() {
    // It has no broadcast: a list of subscribers, and a copy to each whose prefix fits.
    let mut subscribers = Vec::new();
    let listeners = ["oslo", "rome"].map(|city| {
        let (subscriber, reports) = bounded::<String>(8);
        subscribers.push((city, subscriber));
        thread::spawn(move || (city, reports.iter().count()))
    });
    for day in 1..=5 {
        for city in ["oslo", "rome", "kyiv"] {
            let report = format!("{city} {day}");
            for (prefix, subscriber) in &subscribers {
                if report.starts_with(prefix) {
                    subscriber.send(report.clone()).unwrap();
                }
            }
        }
    }
    drop(subscribers);
    for listener in listeners {
        let (city, count) = listener.join().unwrap();
        println!("{city} {count}");
    }
}
