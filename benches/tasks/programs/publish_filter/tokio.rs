// page: tokio::main
// page: tokio::spawn
// page: tokio::sync::broadcast::Receiver: recv
// page: tokio::sync::broadcast::Sender: new, send, subscribe

use tokio::sync::broadcast;

#[tokio::main]
async fn main() {
    // Every receiver gets all, and filters. One that is 16 behind loses the oldest.
    let station = broadcast::Sender::<String>::new(16);
    let listeners = ["oslo", "rome"].map(|city| {
        let mut reports = station.subscribe();
        tokio::spawn(async move {
            let mut count = 0;
            while let Ok(report) = reports.recv().await {
                if report.starts_with(city) {
                    count += 1;
                }
            }
            (city, count)
        })
    });
    for day in 1..=5 {
        for city in ["oslo", "rome", "kyiv"] {
            station.send(format!("{city} {day}")).unwrap();
        }
    }
    drop(station);
    for listener in listeners {
        let (city, count) = listener.await.unwrap();
        println!("{city} {count}");
    }
}
