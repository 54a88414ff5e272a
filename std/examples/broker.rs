//! A broker between clients and workers: each question goes to the worker that has been idle the
//! longest, and its answer back to the client that has asked. No question is taken from the clients
//! while every worker is busy, so they wait; a client whose worker has died is told.
//!
//! `cargo run --example broker`

use gimmal::socket::Broker;
use gimmal::{Context, Rep, Req, thread};

const CLIENTS: u64 = 4;
const WORKERS: usize = 3;
const QUESTIONS: u64 = 25;

fn main() {
    let context = Context::typed();
    let front = context.router().unwrap();
    front.bind("inproc://front").unwrap();
    // It is told that it is alone when all clients have come and gone.
    front.expect_peers(CLIENTS as usize);
    let back = context.dealer().unwrap();
    back.bind("inproc://back").unwrap();

    let workers = [(); WORKERS].map(|()| {
        let socket = context.rep().unwrap();
        socket.connect("inproc://back").unwrap();
        thread::spawn(move || work(socket))
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let socket = context.req().unwrap();
            socket.connect("inproc://front").unwrap();
            thread::spawn(move || ask(socket, client * QUESTIONS))
        })
        .collect();

    // Until the last client has gone; then the workers are told that the broker has.
    let report = Broker::new(front, back).run();
    assert_eq!(report.questions, report.answers);
    let right: u64 = clients
        .into_iter()
        .map(|client| client.join().unwrap())
        .sum();
    println!("{CLIENTS} clients, {right} right answers");
    let done = workers.map(|worker| worker.join().unwrap());
    let all: u64 = done.iter().sum();
    let idle = done.iter().filter(|jobs| **jobs == 0).count();
    println!("{WORKERS} workers, {all} jobs, {idle} without any");
}

/// Squares numbers until the broker has gone, and returns how many.
fn work(mut socket: Rep<u64>) -> u64 {
    let mut done = 0;
    while let Ok(number) = socket.recv() {
        done += 1;
        if socket.send(number * number).is_err() {
            break;
        }
    }
    done
}

/// Asks, and returns how many answers were right.
fn ask(mut socket: Req<u64>, first: u64) -> u64 {
    let mut right = 0;
    for number in first..first + QUESTIONS {
        socket.send(number).unwrap();
        right += u64::from(socket.recv() == Ok(number * number));
    }
    right
}
