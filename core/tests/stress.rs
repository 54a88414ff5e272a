//! Real threads on everything, a few hundred thousand operations each, counted: nothing lost, nothing twice, in order.
//!
//! No ordering bug is proven absent here (the models do that); what shows here is what no model reaches: sizes, laps, the
//! scheduler of a real machine, and code that only runs when a thread is preempted.

mod kit;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use gimmal_core::channel::{mpmc as mpmc_channel, spsc as spsc_channel};
use gimmal_core::error::{Closed, PopError, PushError, SendError, TryRecvError, TrySendError};
use gimmal_core::pool::Pool;
use gimmal_core::ring::{mpmc, spsc};
use gimmal_core::sync::Event;
use kit::{Item, Ledger, give_way, rounds, wait, within};

/// Far more than any of these takes: when one thread of a test has failed, its partners wait for ever.
const LIMIT: Duration = Duration::from_secs(150);

/// Numbers of several senders, in one stream: each sender's in order, and all of them.
struct Streams(Vec<usize>);

impl Streams {
    fn new(senders: usize) -> Self {
        Streams(vec![0; senders])
    }

    /// The next number of a sender; `gaps` when some may be missing.
    fn see(&mut self, (sender, number): (usize, usize), gaps: bool) {
        let next = &mut self.0[sender];
        assert!(
            number == *next || gaps && number > *next,
            "sender {sender}: {number}, expected {next}"
        );
        *next = number + 1;
    }
}

#[test]
fn an_spsc_ring_carries_everything_in_order_one_by_one() {
    within(LIMIT, || {
        let n = rounds(400_000);
        let mut ring = spsc::Ring::<(usize, Box<usize>), 7>::new();
        let (mut producer, mut consumer) = ring.split();
        thread::scope(|scope| {
            scope.spawn(move || {
                for i in 0..n {
                    let mut item = (i, Box::new(i));
                    while let Err(full) = producer.push(item) {
                        item = full.into_inner();
                        give_way();
                    }
                }
            });
            for i in 0..n {
                let (number, boxed) = loop {
                    match consumer.pop() {
                        Ok(item) => break item,
                        Err(_) => give_way(),
                    }
                };
                assert_eq!((number, *boxed), (i, i));
            }
            assert!(consumer.pop().is_err());
        });
    });
}

#[test]
fn an_spsc_ring_carries_everything_in_order_in_runs() {
    within(LIMIT, || {
        let n = rounds(1_000_000);
        let mut ring = spsc::Ring::<usize, 24>::new();
        let (producer, consumer) = ring.split();
        let (mut producer, mut consumer) = (producer.erase(), consumer);
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut sent = 0;
                while sent < n {
                    let length = (sent % 9 + 1).min(n - sent);
                    let Ok(mut run) = producer.reserve(length) else {
                        give_way();
                        continue;
                    };
                    (0..length).for_each(|i| run.push(sent + i).unwrap());
                    let publish = length - sent % 2 * (length / 2);
                    run.commit_first(publish);
                    sent += publish;
                }
            });
            let mut seen = 0;
            while seen < n {
                let length = (seen % 7 + 1).min(n - seen);
                let Ok(run) = consumer.read_chunk(length) else {
                    give_way();
                    continue;
                };
                let (first, second) = run.as_slices();
                assert!(first.iter().chain(second).copied().eq(seen..seen + length));
                if seen % 3 == 0 {
                    run.release(length);
                    seen += length;
                } else {
                    run.pop_each().for_each(|item| {
                        assert_eq!(item, seen);
                        seen += 1;
                    });
                }
            }
        });
    });
}

/// The sum of the numbers of two senders.
fn all(n: usize) -> u64 {
    let n = n as u64;
    n * (n - 1)
}

/// Two push, two pop.
fn mpmc_ring<const N: usize>(n: usize) {
    let ring = mpmc::Ring::<(usize, Box<usize>), N>::new();
    let popped = AtomicUsize::new(0);
    thread::scope(|scope| {
        for sender in 0..2 {
            let ring = &ring;
            scope.spawn(move || {
                for i in 0..n {
                    let mut item = (sender, Box::new(i));
                    while let Err(why) = ring.push(item) {
                        item = why.into_inner();
                        give_way();
                    }
                }
            });
        }
        let poppers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut streams = Streams::new(2);
                    let mut sum = 0_u64;
                    while popped.load(SeqCst) < 2 * n {
                        match ring.pop() {
                            Ok((sender, number)) => {
                                streams.see((sender, *number), true);
                                sum += *number as u64;
                                popped.fetch_add(1, SeqCst);
                            }
                            Err(PopError::Empty | PopError::Busy) => give_way(),
                        }
                        assert!(ring.len() <= N);
                    }
                    sum
                })
            })
            .collect();
        let sum: u64 = poppers.into_iter().map(|p| p.join().unwrap()).sum();
        assert_eq!(sum, all(n), "each number of each sender once");
    });
    assert!(ring.is_empty() && popped.load(SeqCst) == 2 * n);
}

#[test]
fn an_mpmc_ring_carries_everything_once() {
    within(LIMIT, || {
        mpmc_ring::<1>(rounds(20_000));
        mpmc_ring::<3>(rounds(50_000));
        mpmc_ring::<64>(rounds(100_000));
    });
}

#[test]
fn an_mpmc_ring_that_overwrites_loses_only_what_it_returns() {
    within(LIMIT, || {
        let n = rounds(100_000);
        let ring = mpmc::Ring::<(usize, usize), 4>::new();
        let done = AtomicUsize::new(0);
        thread::scope(|scope| {
            let pushers: Vec<_> = (0..2)
                .map(|sender| {
                    let (ring, done) = (&ring, &done);
                    scope.spawn(move || {
                        let mut evicted = 0;
                        for i in 0..n {
                            let mut item = (sender, i);
                            loop {
                                match ring.push_overwrite(item) {
                                    Ok(oldest) => break evicted += usize::from(oldest.is_some()),
                                    Err(busy) => item = busy.into_inner(),
                                }
                                give_way();
                            }
                        }
                        done.fetch_add(1, SeqCst);
                        evicted
                    })
                })
                .collect();
            let mut streams = Streams::new(2);
            let mut seen = 0;
            loop {
                let all_pushed = done.load(SeqCst) == 2;
                match ring.pop() {
                    Ok(item) => {
                        streams.see(item, true);
                        seen += 1;
                    }
                    Err(PopError::Empty) if all_pushed => break,
                    Err(_) => give_way(),
                }
            }
            let evicted: usize = pushers.into_iter().map(|p| p.join().unwrap()).sum();
            assert_eq!(seen + evicted, 2 * n);
        });
    });
}

/// B1: two threads that pop one and push one never find a ring of two full while one of them holds an item.
#[test]
fn who_has_popped_never_finds_the_ring_full() {
    within(LIMIT, || {
        let n = rounds(100_000);
        let ring = mpmc::Ring::<usize, 2>::new();
        ring.push(1).unwrap();
        ring.push(2).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..n {
                        let mut item = loop {
                            match ring.pop() {
                                Ok(item) => break item,
                                Err(_) => give_way(),
                            }
                        };
                        while let Err(why) = ring.push(item) {
                            assert!(matches!(why, PushError::Busy(_)), "it is not full");
                            item = why.into_inner();
                            give_way();
                        }
                    }
                });
            }
        });
        assert_eq!(ring.pop().unwrap() + ring.pop().unwrap(), 3);
    });
}

#[test]
fn an_mpmc_channel_carries_everything_once_and_ends_for_all() {
    within(LIMIT, || {
        let n = rounds(30_000);
        for round in 0..3 {
            let channel = mpmc_channel::Channel::<(usize, usize), 2>::new();
            thread::scope(|scope| {
                let receivers: Vec<_> = (0..3)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut streams = Streams::new(2);
                            let (mut seen, mut sum) = (0, 0_u64);
                            loop {
                                match wait(channel.recv()) {
                                    Ok(item) => {
                                        streams.see(item, true);
                                        (seen, sum) = (seen + 1, sum + item.1 as u64);
                                    }
                                    Err(Closed) => return (seen, sum),
                                }
                            }
                        })
                    })
                    .collect();
                thread::scope(|scope| {
                    for sender in 0..2 {
                        let channel = &channel;
                        scope.spawn(move || {
                            for i in 0..n {
                                wait(channel.send((sender, i))).unwrap();
                            }
                        });
                    }
                });
                assert!(channel.close());
                let seen: Vec<_> = receivers.into_iter().map(|r| r.join().unwrap()).collect();
                assert_eq!(seen.iter().map(|s| s.0).sum::<usize>(), 2 * n, "{round}");
                assert_eq!(seen.iter().map(|s| s.1).sum::<u64>(), all(n));
            });
            assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
        }
    });
}

/// B22: whatever a send was told Ok for before a third party closed is received, never more, never less.
#[test]
fn a_close_at_any_moment_strands_no_accepted_message() {
    within(LIMIT, || {
        for round in 0..rounds(400) {
            let channel = mpmc_channel::Channel::<usize, 2>::new();
            thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    let mut accepted = 0;
                    loop {
                        match channel.try_send(accepted) {
                            Ok(()) => accepted += 1,
                            Err(TrySendError::Closed(_)) => return accepted,
                            Err(_) => give_way(),
                        }
                    }
                });
                let receiver = scope.spawn(|| {
                    let mut received = 0;
                    loop {
                        match channel.try_recv() {
                            Ok(number) => {
                                assert_eq!(number, received);
                                received += 1;
                            }
                            Err(TryRecvError::Closed) => return received,
                            Err(_) => give_way(),
                        }
                    }
                });
                for _ in 0..round % 20 {
                    give_way();
                }
                assert!(channel.close());
                assert_eq!(sender.join().unwrap(), receiver.join().unwrap());
            });
        }
    });
}

#[test]
fn a_drained_channel_drops_every_message_once_whoever_overlaps() {
    within(LIMIT, || {
        let ledger = Ledger::new();
        for round in 0..rounds(300) {
            let many = mpmc_channel::Channel::<Item, 2>::new();
            let mut one = spsc_channel::Channel::<Item, 2>::new();
            let (mut sender, mut receiver) = one.split();
            thread::scope(|scope| {
                scope.spawn(|| while wait(many.send(ledger.item())).is_ok() {});
                scope.spawn(|| while wait(sender.send(ledger.item())).is_ok() {});
                for _ in 0..round % 5 {
                    drop(wait(many.recv()).unwrap());
                    drop(wait(receiver.recv()).unwrap());
                }
                // Those in the two places, and the one that is sent meanwhile.
                assert!(many.close_and_drain() <= 3 && receiver.close_and_drain() <= 3);
            });
            assert_eq!(ledger.living(), 0, "round {round}");
        }
        ledger.settle();
    });
}

#[test]
fn an_spsc_channel_plays_ping_pong_and_ends() {
    within(LIMIT, || {
        let n = rounds(50_000);
        let (mut to, mut fro) = (
            spsc_channel::Channel::<usize, 1>::new(),
            spsc_channel::Channel::<usize, 3>::new(),
        );
        let ((mut ping, mut far_ping), (mut far_pong, mut pong)) = (to.split(), fro.split());
        thread::scope(|scope| {
            scope.spawn(move || {
                while let Ok(number) = wait(far_ping.recv()) {
                    wait(far_pong.send(number + 1)).unwrap();
                }
                far_pong.close();
            });
            for i in 0..n {
                wait(ping.send(i)).unwrap();
                assert_eq!(wait(pong.recv()), Ok(i + 1));
            }
            ping.close();
            assert_eq!(wait(ping.send(0)), Err(SendError(0)));
            assert_eq!(wait(pong.recv()), Err(Closed));
        });
    });
}

#[test]
fn a_pool_lends_each_place_to_one_at_a_time() {
    within(LIMIT, || {
        let n = rounds(30_000);
        let pool = Pool::<[usize; 4], 2>::new();
        let most = AtomicUsize::new(0);
        thread::scope(|scope| {
            for id in 0..3 {
                let (pool, most) = (&pool, &most);
                scope.spawn(move || {
                    for i in 0..n {
                        let mut loan = wait(pool.take([id; 4]));
                        assert!(most.fetch_add(1, SeqCst) < 2, "two places");
                        for word in loan.iter_mut() {
                            assert_eq!(*word, id);
                            *word = id + i;
                        }
                        assert_eq!(*loan, [id + i; 4]);
                        most.fetch_sub(1, SeqCst);
                    }
                });
            }
        });
        assert_eq!(pool.lent(), 0);
    });
}

#[test]
fn two_events_pass_a_turn_back_and_forth() {
    within(LIMIT, || {
        let n = rounds(20_000);
        let (go, ready) = (Event::new(), Event::new());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..n {
                    wait(go.wait());
                    go.clear();
                    ready.set();
                }
                done.store(true, SeqCst);
            });
            for _ in 0..n {
                go.set();
                wait(ready.wait());
                ready.clear();
            }
        });
        assert!(done.load(SeqCst));
    });
}
