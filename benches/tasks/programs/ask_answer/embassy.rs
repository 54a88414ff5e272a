// page: embassy_executor::main
// page: embassy_executor::Spawner
// page: embassy_futures::join::join
// page: embassy_futures::select::select
// page: embassy_sync::blocking_mutex::raw::NoopRawMutex
// page: embassy_sync::channel::Channel: new, send, receive
// page: embassy_sync::signal::Signal: new, signal, wait

use embassy_executor::Spawner;
use embassy_futures::join::join;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;

type Answer = Signal<NoopRawMutex, u64>;

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let (one, other) = (Answer::new(), Answer::new());
    let questions = Channel::<NoopRawMutex, (u64, &Answer), 8>::new();
    let server = async {
        loop {
            let (n, answer) = questions.receive().await;
            answer.signal(n * n);
        }
    };
    let client = async |answer| {
        for n in 1..=3 {
            questions.send((n, answer)).await;
            assert_eq!(answer.wait().await, n * n);
        }
    };
    select(server, join(client(&one), client(&other))).await;
    println!("all right");
}
