//! Channels between threads: who closes them, what becomes of what is in them, exact counts and order.

mod kit;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use gimmal::channel::{self, Closed, Receiver, RecvTimeoutError, SendError, Sender};
use gimmal::channel::{SendTimeoutError, TryRecvError, TrySendError, spsc};

use kit::{Counted, Drops, LONG, bounded, until_it_sleeps};

fn named<R: Send + 'static>(
    name: &str,
    f: impl FnOnce() -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    thread::Builder::new().name(name.into()).spawn(f).unwrap()
}

#[test]
fn the_last_sender_closes() {
    let (sender, receiver) = channel::bounded(4);
    let second = sender.clone();
    sender.send(1).unwrap();
    drop(sender);
    assert!(!receiver.is_closed());
    second.send(2).unwrap();
    drop(second);
    assert!(receiver.is_closed());
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Ok(2)));
    assert_eq!(receiver.recv(), Err(Closed));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(receiver.recv_timeout(LONG), Err(RecvTimeoutError::Closed));
}

#[test]
fn the_last_receiver_closes() {
    let (sender, receiver) = channel::bounded(4);
    let second = receiver.clone();
    drop(receiver);
    sender.send(1).unwrap();
    assert_eq!(second.recv(), Ok(1));
    drop(second);
    assert!(sender.is_closed());
    assert_eq!(sender.send(2), Err(SendError(2)));
    assert_eq!(sender.try_send(3), Err(TrySendError::Closed(3)));
    let timed = sender.send_timeout(4, LONG);
    assert_eq!(timed, Err(SendTimeoutError::Closed(4)));
}

#[test]
fn closed_wins_over_full() {
    let (sender, receiver) = channel::bounded(1);
    sender.send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert!(receiver.close());
    assert!(!sender.close());
    assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));
}

#[test]
fn clones_are_counted_across_threads() {
    for _ in 0..kit::rounds(200) {
        let (sender, receiver) = channel::bounded::<u8>(1);
        thread::scope(|scope| {
            for _ in 0..3 {
                let clone = sender.clone();
                scope.spawn(move || drop((clone.clone(), clone)));
            }
            let waits = scope.spawn(|| receiver.recv());
            drop(sender);
            assert_eq!(waits.join().unwrap(), Err(Closed));
        });
    }
}

#[test]
fn a_receiver_that_waits_learns_of_the_end() {
    bounded(|| {
        let (sender, receiver) = channel::bounded::<u8>(4);
        let waiting: Vec<_> = (0..3)
            .map(|number| {
                let receiver = receiver.clone();
                named(&format!("learns-{number}"), move || receiver.recv())
            })
            .collect();
        (0..3).for_each(|number| until_it_sleeps(&format!("learns-{number}")));
        sender.send(9).unwrap();
        drop(sender);
        let results: Vec<_> = waiting.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(results.iter().filter(|r| **r == Ok(9)).count(), 1);
        assert_eq!(results.iter().filter(|r| **r == Err(Closed)).count(), 2);
    });
}

#[test]
fn the_last_receiver_drops_what_is_unread_and_gives_blocked_senders_their_value() {
    bounded(|| {
        let drops = Drops::default();
        let (sender, receiver) = channel::bounded(2);
        (0..2).for_each(|number| sender.send(drops.one(number)).unwrap());
        let blocked: Vec<_> = (2..5)
            .map(|number| {
                let (sender, value) = (sender.clone(), drops.one(number));
                named(&format!("blocked-{number}"), move || sender.send(value))
            })
            .collect();
        (2..5).for_each(|number| until_it_sleeps(&format!("blocked-{number}")));
        let second = receiver.clone();
        drop(receiver);
        assert_eq!(drops.count(), 0);
        drop(second);
        assert_eq!(drops.count(), 2);
        for (number, thread) in (2..5).zip(blocked) {
            let SendError(value) = thread.join().unwrap().unwrap_err();
            assert_eq!(value.number(), number);
        }
        assert_eq!(drops.count(), 5);
    });
}

#[test]
fn sends_that_overlap_the_last_receiver_leave_nothing_behind() {
    bounded(|| {
        for round in 0..kit::rounds(300) {
            let drops = Drops::default();
            let (sender, receiver) = channel::bounded(1 + round % 4);
            let made = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..2 {
                    let (sender, drops, made) = (sender.clone(), &drops, &made);
                    scope.spawn(move || {
                        loop {
                            made.fetch_add(1, SeqCst);
                            if sender.send(drops.one(0)).is_err() {
                                break;
                            }
                        }
                    });
                }
                (0..round % 3).for_each(|_| drop(receiver.recv()));
                drop(receiver);
            });
            // While a sender lives, and without any help of the channel's own drop.
            assert_eq!(drops.count(), made.load(SeqCst));
            drop(sender);
            assert_eq!(drops.count(), made.load(SeqCst));
        }
    });
}

#[test]
fn spsc_sends_that_overlap_the_receivers_end_leave_nothing_behind() {
    bounded(|| {
        for round in 0..kit::rounds(300) {
            let drops = Drops::default();
            let (mut sender, mut receiver) = spsc::bounded(1 + round % 4);
            let sent = thread::scope(|scope| {
                let sends = scope.spawn(|| {
                    let mut made = 1;
                    while sender.send(drops.one(0)).is_ok() {
                        made += 1;
                    }
                    made
                });
                (0..round % 3).for_each(|_| drop(receiver.recv()));
                drop(receiver);
                sends.join().unwrap()
            });
            assert_eq!(drops.count(), sent);
        }
    });
}

/// What four producers send: who, and the how manieth.
type Tagged = (usize, usize);

fn check_order(received: &[Tagged]) {
    let mut last = BTreeMap::new();
    for &(producer, number) in received {
        if let Some(before) = last.insert(producer, number) {
            assert!(before < number, "{before} came before {number}");
        }
    }
}

#[test]
fn four_producers_and_four_consumers_lose_and_double_nothing() {
    const EACH: usize = kit::rounds(3_000);
    for capacity in [1, 3, 64] {
        let all = bounded(move || {
            let (sender, receiver): (Sender<Tagged>, Receiver<Tagged>) = channel::bounded(capacity);
            for producer in 0..4 {
                let sender = sender.clone();
                thread::spawn(move || (0..EACH).for_each(|n| sender.send((producer, n)).unwrap()));
            }
            drop(sender);
            let consumers: Vec<_> = (0..4)
                .map(|_| {
                    let receiver = receiver.clone();
                    thread::spawn(move || {
                        receiver
                            .iter()
                            .inspect(|_| assert!(receiver.len() <= capacity))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let lists = consumers.into_iter().map(|t| t.join().unwrap());
            lists.inspect(|list| check_order(list)).collect::<Vec<_>>()
        });
        let mut all = all.concat();
        all.sort_unstable();
        let expected: Vec<Tagged> = (0..4)
            .flat_map(|p| (0..EACH).map(move |n| (p, n)))
            .collect();
        assert!(
            all == expected,
            "capacity {capacity}: {} arrived",
            all.len()
        );
    }
}

#[test]
fn iterators_end_where_they_should() {
    let (sender, receiver) = channel::bounded(8);
    let fill = |numbers: std::ops::Range<u32>| numbers.for_each(|n| sender.send(n).unwrap());
    fill(0..3);
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(receiver.try_iter().next(), None);
    fill(3..6);
    assert_eq!((&receiver).into_iter().take(2).sum::<u32>(), 7);
    fill(6..8);
    drop(sender);
    assert_eq!(receiver.iter().next(), Some(5));
    assert_eq!(receiver.into_iter().collect::<Vec<_>>(), [6, 7]);
}

#[test]
fn an_spsc_channel_ends_from_both_sides() {
    let (mut sender, mut receiver) = spsc::bounded(2);
    sender.send(1).unwrap();
    drop(sender);
    assert!(receiver.is_closed());
    assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(Closed)));

    let (mut sender, mut receiver) = spsc::bounded(2);
    sender.send(1).unwrap();
    receiver.close();
    assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [1]);

    let drops = Drops::default();
    let (mut sender, receiver) = spsc::bounded(2);
    sender.send(drops.one(0)).unwrap();
    drop(receiver);
    assert_eq!(drops.count(), 1);
    let SendError(value) = sender.send(drops.one(1)).unwrap_err();
    assert_eq!(value.number(), 1);
}

#[test]
fn a_blocked_spsc_end_learns_that_the_other_is_gone() {
    bounded(|| {
        let (mut sender, receiver) = spsc::bounded(1);
        sender.send(1).unwrap();
        let blocked = named("spsc-send", move || sender.send(2));
        until_it_sleeps("spsc-send");
        drop(receiver);
        assert_eq!(blocked.join().unwrap(), Err(SendError(2)));

        let (sender, mut receiver) = spsc::bounded::<u8>(1);
        let blocked = named("spsc-recv", move || receiver.recv());
        until_it_sleeps("spsc-recv");
        drop(sender);
        assert_eq!(blocked.join().unwrap(), Err(Closed));
    });
}

#[test]
fn an_spsc_channel_keeps_the_order() {
    for capacity in [1, 2, 5, 1024] {
        bounded(move || {
            let (mut sender, mut receiver) = spsc::bounded(capacity);
            let sends = thread::spawn(move || {
                (0..kit::rounds(5_000)).for_each(|n| sender.send(n).unwrap())
            });
            assert!(
                receiver.iter().eq(0..kit::rounds(5_000)),
                "capacity {capacity}"
            );
            sends.join().unwrap();
        });
    }
}

#[test]
fn payloads_may_borrow() {
    let (text, three) = (String::from("one two three"), 3);
    let (sender, receiver) = channel::bounded::<&str>(2);
    let (mut numbers, mut lengths) = spsc::bounded::<&usize>(2);
    let sum = thread::scope(|scope| {
        scope.spawn(|| text.split(' ').for_each(|word| sender.send(word).unwrap()));
        scope.spawn(|| numbers.send(&three).unwrap());
        let words: usize = receiver.iter().take(3).map(str::len).sum();
        words + lengths.recv().unwrap()
    });
    assert_eq!(sum, 14);
}

/// Counts its drop, and panics in it if told so.
struct Fuse {
    _counted: Counted,
    burns: bool,
}

impl Fuse {
    fn new(_counted: Counted, burns: bool) -> Self {
        Fuse { _counted, burns }
    }
}

impl Drop for Fuse {
    fn drop(&mut self) {
        if self.burns {
            panic_any("burnt");
        }
    }
}

#[test]
fn a_message_that_panics_in_its_drop_leaves_no_other_behind() {
    let drops = Drops::default();
    let (sender, receiver) = channel::bounded(4);
    for number in 0..4 {
        let fuse = Fuse::new(drops.one(number), number == 1);
        assert!(sender.send(fuse).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.count(), 4);
    let refused = sender.try_send(Fuse::new(drops.one(4), false));
    assert!(matches!(refused, Err(TrySendError::Closed(_))));

    let drops = Drops::default();
    let (mut sender, receiver) = spsc::bounded(4);
    for number in 0..4 {
        let fuse = Fuse::new(drops.one(number), number == 1);
        assert!(sender.send(fuse).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.count(), 4);
    assert!(sender.is_closed());
}

#[test]
fn values_of_every_shape_pass() {
    #[derive(Debug, PartialEq)]
    #[repr(align(128))]
    struct Aligned(u8);
    let (sender, receiver) = channel::bounded(3);
    (0..3).for_each(|n| sender.send(Aligned(n)).unwrap());
    let places: Vec<Aligned> = receiver.try_iter().collect();
    assert_eq!(places, [Aligned(0), Aligned(1), Aligned(2)]);

    let (sender, receiver) = channel::bounded(3);
    (0..3).for_each(|_| sender.send(()).unwrap());
    assert_eq!(sender.try_send(()), Err(TrySendError::Full(())));
    assert_eq!(receiver.try_iter().count(), 3);

    let (sender, receiver) = channel::bounded::<Arc<[u64; 1000]>>(2);
    sender.send(Arc::new([7; 1000])).unwrap();
    assert_eq!(Arc::strong_count(&receiver.recv().unwrap()), 1);
}

#[test]
fn a_capacity_that_cannot_be_is_an_error() {
    assert!(channel::try_bounded::<u8>(0).is_err());
    assert!(channel::try_bounded::<u64>(usize::MAX / 4).is_err());
    assert!(spsc::try_bounded::<u8>(0).is_err());
    assert!(spsc::try_bounded::<u64>(usize::MAX / 4).is_err());
    assert!(catch_unwind(|| channel::bounded::<u8>(0)).is_err());
    assert!(catch_unwind(|| spsc::bounded::<u8>(0)).is_err());
}

#[test]
fn the_numbers_of_a_channel() {
    let (sender, receiver) = channel::bounded(2);
    assert!(receiver.is_empty() && !sender.is_full());
    sender.send(1).unwrap();
    assert_eq!((sender.len(), receiver.capacity()), (1, 2));
    sender.send(2).unwrap();
    assert!(sender.is_full() && !receiver.is_empty());
    let shown = format!("{sender:?}");
    assert!(shown.contains("len: 2") && shown.contains("closed: false"));
}

#[test]
fn many_messages_come_in_order_and_wait_for_the_first() {
    let (sender, receiver) = channel::bounded(8);
    let mut buffer = vec![0];
    assert_eq!(
        receiver.try_recv_many(&mut buffer, 4),
        Err(TryRecvError::Empty)
    );
    let waiting = named("many", move || {
        let n = receiver.recv_many(&mut buffer, 4);
        (receiver, buffer, n)
    });
    until_it_sleeps("many");
    sender.send(1).unwrap();
    let (receiver, mut buffer, n) = waiting.join().unwrap();
    assert_eq!((n, &buffer[..]), (Ok(1), &[0, 1][..]));
    (2..=7).for_each(|n| sender.send(n).unwrap());
    drop(sender);
    assert_eq!(receiver.recv_many(&mut buffer, 4), Ok(4));
    assert_eq!(receiver.recv_many(&mut buffer, 4), Ok(2));
    assert_eq!(receiver.recv_many(&mut buffer, 4), Err(Closed));
    assert_eq!(buffer, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(receiver.recv_many(&mut buffer, 0), Ok(0));
}
