//! The semaphore and sockets under real threads.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gimmal::error::AcquireTimeoutError;
use gimmal::socket::{RecvError, SendError, SendReason};
use gimmal::sync::Semaphore;
use gimmal::{Context, Pair, Pull, Push};
use gimmal_histories::{
    Dice, LinkSpec, Part, Permits, Permitted, Tally, Transfer, bounded, together,
};

const LENGTH: usize = if cfg!(miri) { 20 } else { 3000 };

/// A thread that acquires in every way and returns what it has.
fn worker<'s>(semaphore: &'s Semaphore, most: u64, seed: u64) -> Part<'s, Permitted> {
    let mut dice = Dice::new(seed);
    Box::new(move |log| {
        for _ in 0..LENGTH / 2 {
            let n = 1 + dice.below(most) as usize;
            let way = dice.below(3);
            let permit = log.record(
                || match way {
                    0 => semaphore.many(n).try_acquire(),
                    1 => Some(semaphore.many(n).acquire().expect("nobody closes it")),
                    _ => match semaphore
                        .many(n)
                        .acquire_timeout(Duration::from_nanos(dice.below(200) * 100))
                    {
                        Ok(permit) => Some(permit),
                        Err(AcquireTimeoutError::TimedOut) => None,
                        Err(why) => panic!("{why}"),
                    },
                },
                |permit| match (way, permit) {
                    (0, permit) => Permitted::Tried(n, permit.is_some()),
                    (_, Some(_)) => Permitted::Acquired(n),
                    (_, None) => Permitted::GaveUp,
                },
            );
            if dice.once_in(256) {
                thread::yield_now();
            }
            if let Some(permit) = permit {
                log.record(|| drop(permit), |()| Permitted::Released(n));
            }
        }
    })
}

#[test]
fn a_semaphore() {
    bounded(|| {
        for permits in [1, 3] {
            Tally::of(|history| {
                let semaphore = &Semaphore::new(permits);
                let workers = (0..4).map(|i| worker(semaphore, permits as u64, history * 4 + i));
                (Permits(permits), together(workers.collect()))
            })
            .tell(&format!("Semaphore::new({permits})"));
        }
    });
}

/// Sends so many messages that no other socket sends; every second time it waits for room.
macro_rules! send {
    ($log:ident, $dice:ident, $socket:ident, $number:expr, $i:expr) => {{
        let (message, waits) = (($number as u32) << 24 | $i, $dice.once_in(2));
        let sent = $log.record(
            || match waits {
                true => $socket.send(message).went(),
                false => $socket.try_send(message).went(),
            },
            |sent| Transfer::Send($number, message, *sent),
        );
        if !sent && $dice.once_in(64) {
            thread::yield_now();
        }
    }};
}

/// Receives once; every second time it waits for a message, if `waits`.
macro_rules! receive {
    ($log:ident, $socket:ident, $number:expr, $waits:expr) => {{
        let waits = $waits;
        $log.record(
            || match waits {
                true => $socket.recv().got(),
                false => $socket.try_recv().got(),
            },
            |got| Transfer::Recv($number, *got),
        )
    }};
}

/// Whether it was sent; there is a peer.
trait Sent {
    fn went(self) -> bool;
}

impl Sent for Result<(), SendError<u32>> {
    fn went(self) -> bool {
        match self {
            Ok(()) => true,
            Err(error) if error.reason == SendReason::Full => false,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// What was received; there is a peer, or was one.
trait Received {
    fn got(self) -> Option<u32>;
}

impl Received for Result<u32, RecvError> {
    fn got(self) -> Option<u32> {
        match self {
            Ok(message) => Some(message),
            Err(RecvError::Empty | RecvError::Disconnected) => None,
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn context() -> Context<u32> {
    Context::builder().hwm(1, 1).typed().build()
}

/// A Push that sends, and ends.
fn pushes<'s>(number: usize, mut push: Push<u32>, history: u64) -> Part<'s, Transfer> {
    let mut dice = Dice::new(history << 8 | number as u64);
    Box::new(move |log| {
        for i in 0..LENGTH as u32 {
            send!(log, dice, push, number, i);
        }
    })
}

/// A Pull that receives until all have ended and everything is read.
fn pulls<'s>(number: usize, mut pull: Pull<u32>, history: u64) -> Part<'s, Transfer> {
    let mut dice = Dice::new(history << 8 | number as u64);
    Box::new(move |log| {
        loop {
            let waits = dice.once_in(2);
            if receive!(log, pull, number, waits).is_none() && waits {
                return;
            }
        }
    })
}

#[test]
fn a_push_and_two_pulls() {
    bounded(|| {
        Tally::of(|history| {
            let context = context();
            let push = context.push().unwrap();
            push.bind("inproc://work").unwrap();
            let mut parts = vec![pushes(0, push, history)];
            for number in [1, 2] {
                let pull = context.pull().unwrap();
                pull.connect("inproc://work").unwrap();
                parts.push(pulls(number, pull, history));
            }
            let done = together(parts);
            (LinkSpec::new(2, [(0, 1), (0, 2)], &done), done)
        })
        .tell("Push and two Pulls");
    });
}

#[test]
fn two_pushes_and_a_pull() {
    bounded(|| {
        Tally::of(|history| {
            let context = context();
            let pull = context.pull().unwrap();
            pull.bind("inproc://work").unwrap();
            pull.expect_peers(2);
            let mut parts = vec![pulls(0, pull, history)];
            for number in [1, 2] {
                let push = context.push().unwrap();
                push.connect("inproc://work").unwrap();
                parts.push(pushes(number, push, history));
            }
            let done = together(parts);
            (LinkSpec::new(2, [(1, 0), (2, 0)], &done), done)
        })
        .tell("two Pushes and a Pull");
    });
}

#[test]
fn a_pair() {
    bounded(|| {
        Tally::of(|history| {
            let context = context();
            let [near, far] = [(); 2].map(|()| context.pair().unwrap());
            near.bind("inproc://pair").unwrap();
            far.connect("inproc://pair").unwrap();
            let sending = &AtomicUsize::new(2);
            let talks = |number: usize, mut socket: Pair<u32>| -> Part<'_, Transfer> {
                let mut dice = Dice::new(history << 8 | number as u64);
                Box::new(move |log| {
                    // Neither waits for room: they would wait for each other.
                    for i in 0..LENGTH as u32 {
                        let message = (number as u32) << 24 | i;
                        log.record(
                            || socket.try_send(message).went(),
                            |sent| Transfer::Send(number, message, *sent),
                        );
                        if !dice.once_in(3) {
                            receive!(log, socket, number, false);
                        }
                    }
                    sending.fetch_sub(1, SeqCst);
                    loop {
                        let last = sending.load(SeqCst) == 0;
                        if receive!(log, socket, number, false).is_none() && last {
                            return;
                        }
                        thread::yield_now();
                    }
                })
            };
            let done = together(vec![talks(0, near), talks(1, far)]);
            (LinkSpec::new(2, [(0, 1), (1, 0)], &done), done)
        })
        .tell("two Pairs");
    });
}
