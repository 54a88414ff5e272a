//! A broker with its clients and workers.
#![allow(dead_code)] // Each file uses its part.

use std::thread;

use gimmal::socket::{Broker, BrokerReport, Dealer, Rep, Req, Router};
use gimmal::{Context, Stop};

/// The names of the two sides.
pub(crate) const CLIENTS: &str = "inproc://clients";
pub(crate) const WORKERS: &str = "inproc://workers";

pub(crate) fn sides(context: &Context<u64>) -> (Router<u64>, Dealer<u64>) {
    let (front, back) = (context.router().unwrap(), context.dealer().unwrap());
    front.bind(CLIENTS).unwrap();
    back.bind(WORKERS).unwrap();
    (front, back)
}

pub(crate) fn broker(context: &Context<u64>) -> Broker<'static, u64> {
    let (front, back) = sides(context);
    Broker::new(front, back)
}

pub(crate) fn client(context: &Context<u64>) -> Req<u64> {
    let client = context.req().unwrap();
    client.connect(CLIENTS).unwrap();
    client
}

pub(crate) fn worker(context: &Context<u64>) -> Rep<u64> {
    let worker = context.rep().unwrap();
    worker.connect(WORKERS).unwrap();
    worker
}

/// Runs the broker beside `body`, then stops it.
pub(crate) fn beside(broker: Broker<'_, u64>, body: impl FnOnce()) -> BrokerReport<u64> {
    let steering = broker.steering();
    thread::scope(|scope| {
        let running = scope.spawn(|| broker.run());
        body();
        steering.stop();
        running.join().unwrap()
    })
}
