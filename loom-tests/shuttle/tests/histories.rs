//! Histories of short lives in schedules that shuttle draws, checked for linearizability: threads
//! switch at each access of an atomic, in the midst of an operation too. How to run many:
//! `loom-tests/deep.sh histories`.
//!
//! What each structure may answer is written in `loom-tests/histories`, whose specifications these
//! are. Its tests use the same structures on real threads, where operations seldom meet in the middle.

use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::process::Command;

use gimmal_core_shuttle::Context;
use gimmal_core_shuttle::channel::{
    exact as exact_channel, mpmc as mpmc_channel, spsc as spsc_channel,
};
use gimmal_core_shuttle::error::socket::{RecvError, SendReason};
use gimmal_core_shuttle::error::{PopError, PushError, TryRecvError, TrySendError};
use gimmal_core_shuttle::ring::{exact, mpmc, spsc};
use gimmal_core_shuttle::sync::Semaphore;
use gimmal_histories::{
    Busy, Clock, Done, Items, LinkSpec, Log, Part, Permits, Permitted, Put, Specification, Take,
    Transfer, Use, check,
};
use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner, thread};

/// Operations of a thread in one life.
const LENGTH: u32 = 5;

/// Leads lives: without `GIMMAL_LIVES` a few, which are the same each time.
fn run(of: &str, body: fn()) {
    let variable = |name: &str| Some(std::env::var(name).ok()?.parse().expect("a number"));
    let (lives, seed) = match variable("GIMMAL_LIVES") {
        Some(lives) => (lives, variable("SHUTTLE_RANDOM_SEED")),
        None => (300, Some(1)),
    };
    let mut config = Config::new();
    // Of the orderings that it does not look at.
    config.silence_warnings = true;
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(of)); // random by its keys
    let half = (lives / 2) as usize;
    let schedulers: [Box<dyn Scheduler + Send>; 2] = [
        Box::new(RandomScheduler::new_from_seed(seed, half)),
        Box::new(PctScheduler::new_from_seed(seed, 3, half)),
    ];
    for scheduler in schedulers {
        Runner::new(scheduler, config.clone()).run(body);
    }
    println!("history of {of}: {lives} lives, seed {seed}");
}

/// What threads of shuttle do beside each other.
fn together<O: Send>(parts: Vec<Part<'_, O>>) -> Vec<Vec<Done<O>>> {
    let clock = Clock::new();
    thread::scope(|scope| {
        let threads = Vec::from_iter(parts.into_iter().map(|part| {
            let clock = &clock;
            scope.spawn(move || {
                let mut log = Log::new(clock);
                part(&mut log);
                log.into_done()
            })
        }));
        let done = threads.into_iter().map(|thread| thread.join().unwrap());
        done.collect()
    })
}

/// Waits for a future. One that finds an operation of another thread half done wakes itself: only a
/// thread that says so lets one of less priority run.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    shuttle::future::block_on(poll_fn(|cx| {
        let result = future.as_mut().poll(cx);
        if result.is_pending() {
            thread::yield_now();
        }
        result
    }))
}

#[track_caller]
fn explained<S: Specification>(specification: &S, history: &[Vec<Done<S::Op>>]) {
    if let Err(why) = check(specification, history) {
        panic!("{why}");
    }
}

fn half() -> bool {
    thread_rng().gen_range(0..2) == 0
}

/// Puts and takes, at random.
fn both<'s>(
    number: u32,
    mut put: impl FnMut(u32) -> Use + Send + 's,
    mut take: impl FnMut() -> Take + Send + 's,
) -> Part<'s, Use> {
    Box::new(move |log| {
        for i in 0..LENGTH {
            if half() {
                log.record(|| put(number << 24 | i), |answer| *answer);
            } else {
                log.record(&mut take, |answer| Use::Take(*answer));
            }
        }
    })
}

fn put<T>(answer: Result<(), PushError<T>>) -> Put {
    match answer {
        Ok(()) => Put::Done,
        Err(PushError::Full(_)) => Put::Full,
        Err(PushError::Busy(_)) => Put::Busy,
    }
}

fn send<T>(answer: Result<(), TrySendError<T>>) -> Put {
    match answer {
        Ok(()) => Put::Done,
        Err(TrySendError::Full(_)) => Put::Full,
        Err(TrySendError::Busy(_)) => Put::Busy,
        Err(TrySendError::Closed(_)) => Put::Closed,
    }
}

fn recv(answer: Result<u32, TryRecvError>) -> Take {
    match answer {
        Ok(item) => Take::Got(item),
        Err(TryRecvError::Empty) => Take::Empty,
        Err(TryRecvError::Busy) => Take::Busy,
        Err(TryRecvError::Closed) => Take::Closed,
    }
}

fn spsc_ring() {
    let mut ring = spsc::Ring::<u32, 2>::new();
    let (mut producer, mut consumer) = ring.split();
    let history = together::<Use>(vec![
        Box::new(move |log| {
            for item in 0..2 * LENGTH {
                let push = || producer.push(item).map_or(Put::Full, |()| Put::Done);
                log.record(push, |answer| Use::Put(item, *answer));
            }
        }),
        Box::new(move |log| {
            for _ in 0..2 * LENGTH {
                let pop = || consumer.pop().map_or(Take::Empty, Take::Got);
                log.record(pop, |answer| Use::Take(*answer));
            }
        }),
    ]);
    explained(&Items::queue(2, Busy::Never), &history);
}

fn mpmc_ring() {
    let ring = mpmc::Ring::<u32, 2>::new();
    let part = |number| {
        let push = |item| Use::Put(item, put(ring.push(item)));
        let pop = || match ring.pop() {
            Ok(item) => Take::Got(item),
            Err(PopError::Empty) => Take::Empty,
            Err(PopError::Busy) => Take::Busy,
        };
        both(number, push, pop)
    };
    let history = together((0..3).map(part).collect());
    explained(&Items::queue(2, Busy::BesideHalfDone), &history);
}

fn exact_ring() {
    let ring = exact::Ring::<u32, 2, 2>::new();
    let part = |number| {
        let push = |item| Use::Put(item, put(ring.push(item)));
        both(number, push, || ring.pop().map_or(Take::Empty, Take::Got))
    };
    let history = together((0..3).map(part).collect());
    explained(&Items::queue(2, Busy::Never), &history);
}

fn overwriting_exact_ring() {
    let ring = exact::Ring::<u32, 2, 3>::new();
    let part = |number| {
        let over = |item| match ring.push_overwrite(item) {
            Ok(oldest) => Use::Overwrite(item, oldest),
            Err(_) => Use::Put(item, Put::Busy),
        };
        both(number, over, || ring.pop().map_or(Take::Empty, Take::Got))
    };
    let history = together((0..3).map(part).collect());
    explained(&Items::queue(2, Busy::Never), &history);
}

/// Two that use a channel, waiting or not, beside one that closes it.
macro_rules! until_closed {
    ($channel:expr, $busy:expr) => {{
        let channel = &$channel;
        let part = |number| {
            let put = |item| {
                let sent = match half() {
                    true => send(channel.try_send(item)),
                    false => block_on(channel.send(item)).map_or(Put::Closed, |()| Put::Done),
                };
                Use::Put(item, sent)
            };
            both(number, put, || match half() {
                true => recv(channel.try_recv()),
                false => block_on(channel.recv()).map_or(Take::Closed, Take::Got),
            })
        };
        let history = together(vec![
            part(1),
            part(2),
            Box::new(move |log| {
                for item in 0..thread_rng().gen_range(0..LENGTH) {
                    log.record(
                        || send(channel.try_send(item)),
                        |answer| Use::Put(item, *answer),
                    );
                }
                log.record(|| channel.close(), |first| Use::Close(*first));
                log.record(|| recv(channel.try_recv()), |answer| Use::Take(*answer));
            }),
        ]);
        explained(&Items::queue(2, $busy), &history);
    }};
}

fn channel() {
    until_closed!(mpmc_channel::Channel::<u32, 2>::new(), Busy::BesideHalfDone);
}

fn channel_over_the_exact_ring() {
    until_closed!(exact_channel::Channel::<u32, 2, 2>::new(), Busy::Never);
}

fn spsc_channel_until_it_is_closed() {
    let mut channel = spsc_channel::Channel::<u32, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    let (sends, receives) = (
        thread_rng().gen_range(0..2 * LENGTH),
        thread_rng().gen_range(0..4 * LENGTH),
    );
    let history = together::<Use>(vec![
        Box::new(move |log| {
            for item in 0..sends {
                let answer = || match half() {
                    true => send(sender.try_send(item)),
                    false => block_on(sender.send(item)).map_or(Put::Closed, |()| Put::Done),
                };
                log.record(answer, |answer| Use::Put(item, *answer));
            }
            log.record(|| sender.close(), |()| Use::End);
        }),
        Box::new(move |log| {
            for _ in 0..receives {
                let answer = || match half() {
                    true => recv(receiver.try_recv()),
                    false => block_on(receiver.recv()).map_or(Take::Closed, Take::Got),
                };
                log.record(answer, |answer| Use::Take(*answer));
            }
            log.record(|| receiver.close(), |()| Use::End);
        }),
    ]);
    explained(&Items::queue(2, Busy::Never), &history);
}

fn semaphore() {
    let semaphore = Semaphore::new(2);
    let part = |most: usize| -> Part<'_, Permitted> {
        let semaphore = &semaphore;
        Box::new(move |log| {
            for _ in 0..LENGTH {
                let (n, now) = (thread_rng().gen_range(1..=most), half());
                let permit = log.record(
                    || match now {
                        true => semaphore.try_acquire_many(n),
                        false => block_on(semaphore.acquire_many(n)).ok(),
                    },
                    |permit| match now {
                        true => Permitted::Tried(n, permit.is_some()),
                        false => Permitted::Acquired(n),
                    },
                );
                if let Some(permit) = permit {
                    log.record(|| drop(permit), |()| Permitted::Released(n));
                }
            }
        })
    };
    let history = together(vec![part(1), part(2), part(2)]);
    explained(&Permits(2), &history);
}

/// Sends without waiting or waits, `LENGTH` times.
macro_rules! sends {
    ($socket:ident, $number:expr) => {{
        let (mut socket, number) = ($socket, $number);
        let part: Part<'_, Transfer> = Box::new(move |log| {
            for i in 0..LENGTH {
                let message = number as u32 * 100 + i;
                let send = || match half() {
                    true => socket.try_send(message),
                    false => block_on(socket.send(message)),
                };
                let _ = log.record(send, |sent| match sent {
                    Ok(()) => Transfer::Send(number, message, true),
                    Err(error) if error.reason == SendReason::Full => {
                        Transfer::Send(number, message, false)
                    }
                    Err(error) => panic!("{error:?}"),
                });
            }
        });
        part
    }};
}

/// Receives until all peers have gone.
macro_rules! receives {
    ($socket:ident, $number:expr) => {{
        let (mut socket, number) = ($socket, $number);
        let part: Part<'_, Transfer> = Box::new(move |log| {
            loop {
                let recv = || match half() {
                    true => socket.try_recv(),
                    false => block_on(socket.recv()),
                };
                let got = log.record(recv, |got| Transfer::Recv(number, got.ok()));
                if got == Err(RecvError::Disconnected) {
                    return;
                }
            }
        });
        part
    }};
}

const NAME: &str = "inproc://name";

fn push_and_two_pulls() {
    let context = Context::<u32, 3, 2, 2>::new();
    let (push, one, two) = (
        context.push().unwrap(),
        context.pull().unwrap(),
        context.pull().unwrap(),
    );
    push.bind(NAME).unwrap();
    one.connect(NAME).unwrap();
    two.connect(NAME).unwrap();
    let history = together(vec![sends!(push, 0), receives!(one, 1), receives!(two, 2)]);
    explained(&LinkSpec::new(2, [(0, 1), (0, 2)], &history), &history);
}

fn two_pushes_and_a_pull() {
    let context = Context::<u32, 3, 2, 2>::new();
    let (pull, one, two) = (
        context.pull().unwrap(),
        context.push().unwrap(),
        context.push().unwrap(),
    );
    pull.bind(NAME).unwrap();
    pull.expect_peers(2);
    one.connect(NAME).unwrap();
    two.connect(NAME).unwrap();
    let history = together(vec![receives!(pull, 0), sends!(one, 1), sends!(two, 2)]);
    explained(&LinkSpec::new(2, [(1, 0), (2, 0)], &history), &history);
}

#[test]
fn rings() {
    run("spsc::Ring", spsc_ring);
    run("mpmc::Ring", mpmc_ring);
    run("exact::Ring", exact_ring);
    run("exact::Ring, overwriting", overwriting_exact_ring);
}

#[test]
fn channels() {
    run("mpmc::Channel", channel);
    run("exact::Channel", channel_over_the_exact_ring);
    run("spsc::Channel", spsc_channel_until_it_is_closed);
}

#[test]
fn semaphores() {
    run("Semaphore", semaphore);
}

#[test]
fn sockets() {
    run("Push and two Pulls", push_and_two_pulls);
    run("two Pushes and a Pull", two_pushes_and_a_pull);
}

/// A step that the core lacks then, and the test that is to find it: by a wait that never ends. Faults
/// that show as wrong answers are put into the sources by `loom-tests/deep.sh histories`.
const FAULTS: [(&str, &str); 2] = [
    ("step:look-again", "channels"),
    ("step:release-hands-out", "semaphores"),
];

#[test]
fn seeded_faults_are_found() {
    let this = std::env::current_exe().expect("a path");
    let passes = |fault: &str, test: &str, lives: &str| {
        let mut child = Command::new(&this);
        child.args([test, "--exact"]).env("GIMMAL_MUTANT", fault);
        child
            .env("SHUTTLE_RANDOM_SEED", "1")
            .env("GIMMAL_LIVES", lives);
        child.output().expect("it starts").status.success()
    };
    for (fault, test) in FAULTS {
        assert!(!passes(fault, test, "10000"), "{fault} is not found");
        assert!(passes("step:nowhere", test, "20"), "{test} fails anyway");
    }
}
