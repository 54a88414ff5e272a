// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join3
// page: embassy_futures::select::select
// page: embassy_futures::select::Either
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive

use embassy_executor::Spawner;
use embassy_futures::join::join3;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    // A channel has no end: `None` is it.
    let numbers = Channel::<NoopRawMutex, Option<u32>, 8>::new();
    let words = Channel::<NoopRawMutex, Option<&str>, 8>::new();
    let count = async {
        for n in 0..100 {
            numbers.send(Some(n)).await;
        }
        numbers.send(None).await;
    };
    let speak = async {
        for _ in 0..10 {
            words.send(Some("word")).await;
        }
        words.send(None).await;
    };
    let receive = async {
        let (mut of_numbers, mut of_words, mut ended) = (0, 0, 0);
        while ended < 2 {
            match select(numbers.receive(), words.receive()).await {
                Either::First(Some(_)) => of_numbers += 1,
                Either::Second(Some(_)) => of_words += 1,
                Either::First(None) | Either::Second(None) => ended += 1,
            }
        }
        println!("{of_numbers} numbers, {of_words} words");
    };
    join3(count, speak, receive).await;
}
