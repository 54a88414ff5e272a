//! A broker between clients and workers: each question goes to the worker that has been idle the
//! longest, and its answer back to the client that has asked. No question is taken from the clients
//! while every worker is busy, so they wait; an idle worker that has died is passed over.
//!
//! `cargo run --example broker`

use std::collections::VecDeque;

use gimmal::poll::Poller;
use gimmal::socket::{Identity, RecvError};
use gimmal::{Context, Req, Router, thread};

const CLIENTS: u64 = 4;
const WORKERS: usize = 3;
const QUESTIONS: u64 = 25;

/// What the sockets of this program carry.
enum Mail {
    /// A worker: "I am idle".
    Ready,
    /// From a client.
    Question(u64),
    /// To a worker: whose question, and what.
    Job(Identity, u64),
    /// From a worker: for whom, and what. It is idle again.
    Done(Identity, u64),
    /// To a client.
    Answer(u64),
}

fn main() {
    let context = Context::typed();
    let front = context.router().unwrap();
    front.bind("inproc://front").unwrap();
    // It is told that it is alone when all clients have come and gone.
    front.expect_peers(CLIENTS as usize);
    let back = context.router().unwrap();
    back.bind("inproc://back").unwrap();

    let workers = [(); WORKERS].map(|()| {
        let mut socket = context.req().unwrap();
        socket.connect("inproc://back").unwrap();
        socket.send(Mail::Ready).unwrap();
        thread::spawn(move || work(socket))
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let socket = context.req().unwrap();
            socket.connect("inproc://front").unwrap();
            thread::spawn(move || ask(socket, client * QUESTIONS))
        })
        .collect();

    serve(front, back);
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

/// Passes questions and answers on until the last client has gone.
fn serve(mut front: Router<Mail>, mut back: Router<Mail>) {
    // The one that has been idle the longest is the first.
    let mut idle = VecDeque::new();
    let mut question = None;
    loop {
        while let Some((client, number)) = question {
            let Some(worker) = idle.pop_front() else {
                break;
            };
            // A worker that has died is `Unreachable`: the next one gets it.
            if back.send_to(worker, Mail::Job(client, number)).is_ok() {
                question = None;
            }
        }
        // Questions are received only when somebody can work on them.
        let from_worker = idle.is_empty() || {
            let ready = Poller::new([back.readable(), front.readable()]).poll();
            ready.is_ready(0)
        };
        let came = match from_worker {
            true => Came::FromWorker(back.recv()),
            false => Came::FromClient(front.recv()),
        };
        match came {
            Came::FromWorker(Ok((worker, mail))) => {
                idle.push_back(worker);
                if let Mail::Done(client, answer) = mail {
                    // A client that has gone needs no answer.
                    let _ = front.send_to(client, Mail::Answer(answer));
                }
            }
            Came::FromClient(Ok((client, Mail::Question(number)))) => {
                question = Some((client, number));
            }
            // Clients send nothing but questions.
            Came::FromClient(Ok(_)) => {}
            Came::FromClient(Err(_)) | Came::FromWorker(Err(_)) => return,
        }
    }
}

/// What was received, and on which side.
enum Came {
    FromClient(Result<(Identity, Mail), RecvError>),
    FromWorker(Result<(Identity, Mail), RecvError>),
}

/// Squares numbers until the broker has gone, and returns how many.
fn work(mut socket: Req<Mail>) -> u64 {
    let mut done = 0;
    while let Ok(Mail::Job(client, number)) = socket.recv() {
        done += 1;
        if socket.send(Mail::Done(client, number * number)).is_err() {
            break;
        }
    }
    done
}

/// Asks, and returns how many answers were right.
fn ask(mut socket: Req<Mail>, first: u64) -> u64 {
    let mut right = 0;
    for number in first..first + QUESTIONS {
        socket.send(Mail::Question(number)).unwrap();
        if let Ok(Mail::Answer(answer)) = socket.recv() {
            right += u64::from(answer == number * number);
        }
    }
    right
}
