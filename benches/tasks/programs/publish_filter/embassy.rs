// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join3
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::pubsub::PubSubChannel: new, publisher, subscriber
// page: embassy_sync::pubsub::publisher::Pub: publish
// page: embassy_sync::pubsub::subscriber::Sub: next_message_pure

use embassy_executor::Spawner;
use embassy_futures::join::join3;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pubsub::PubSubChannel;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    // Every subscriber gets all, and filters. A channel has no end: `None` is it.
    let weather = PubSubChannel::<NoopRawMutex, Option<(&str, u32)>, 8, 2, 1>::new();
    let listen = async |city| {
        let mut reports = weather.subscriber().unwrap();
        let mut count = 0;
        while let Some((of, _)) = reports.next_message_pure().await {
            if of == city {
                count += 1;
            }
        }
        (city, count)
    };
    let station = async {
        let station = weather.publisher().unwrap();
        for day in 1..=5 {
            for city in ["oslo", "rome", "kyiv"] {
                station.publish(Some((city, day))).await;
            }
        }
        station.publish(None).await;
    };
    let (oslo, rome, ()) = join3(listen("oslo"), listen("rome"), station).await;
    for (city, count) in [oslo, rome] {
        println!("{city} {count}");
    }
}
