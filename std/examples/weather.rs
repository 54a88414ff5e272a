//! Publish and Subscribe: a station sends the weather of three cities, and each subscriber gets
//! what begins with a prefix that it has subscribed to. A subscription is effective when
//! `subscribe` returns, so nobody has to wait before the first message.
//!
//! `cargo run --example weather`

use gimmal::{Context, Subscribe, thread};

fn main() {
    let context = Context::new();
    let mut station = context.publish().unwrap();
    station.bind("inproc://weather").unwrap();

    let listen = |prefix: &str| {
        let socket = context.subscribe().unwrap();
        socket.connect("inproc://weather").unwrap();
        socket.subscribe(prefix).unwrap();
        socket
    };
    let (oslo, rome, all, nothing) = (
        listen("oslo "),
        listen("rome "),
        listen(""),
        listen("lima "),
    );
    let listeners = [
        ("oslo", oslo),
        ("rome", rome),
        ("all", all),
        ("lima", nothing),
    ]
    .map(|(name, socket)| thread::spawn(move || format!("{name}: {}", average(socket))));

    for day in 1..=5 {
        for (city, degrees) in [("oslo", day - 4), ("rome", day + 18), ("kyiv", day)] {
            station.send(format!("{city} {degrees}")).unwrap();
        }
    }
    // The listeners read to the end, and are told then that they are alone.
    println!("sent 15, dropped {}", station.dropped());
    drop(station);
    for listener in listeners {
        println!("{}", listener.join().unwrap());
    }
}

/// How many reports came, and their average.
fn average(mut socket: Subscribe) -> String {
    let (mut count, mut sum) = (0, 0);
    while let Ok(report) = socket.recv() {
        let text = report.to_str().expect("a report is text");
        let (_, degrees) = text.split_once(' ').expect("a city and a number");
        sum += degrees.parse::<i32>().expect("a number");
        count += 1;
    }
    match count {
        0 => "no reports".to_string(),
        _ => format!("{count} reports, {} degrees on average", sum / count),
    }
}
