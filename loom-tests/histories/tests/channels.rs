//! Channels and queues under real threads, those that wait and those that do not, and their end.

use std::cmp::Ordering;
use std::time::Duration;

use gimmal::channel::{self, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use gimmal::queue::{LifoQueue, PriorityQueue, Queue};
use gimmal::wait::block_on;
use gimmal_core::channel::exact;

use gimmal_histories::{
    Busy, Dice, Items, Order, Part, Put, Take, Tally, Use, bounded, putter, taker, together,
};

/// Operations of a thread that nobody ends.
const LENGTH: usize = if cfg!(miri) { 20 } else { 5000 };

fn put<T>(answer: Result<(), TrySendError<T>>) -> Put {
    match answer {
        Ok(()) => Put::Done,
        Err(TrySendError::Full(_)) => Put::Full,
        Err(TrySendError::Busy(_)) => Put::Busy,
        Err(TrySendError::Closed(_)) => Put::Closed,
    }
}

fn take(answer: Result<u32, TryRecvError>) -> Take {
    match answer {
        Ok(item) => Take::Got(item),
        Err(TryRecvError::Empty) => Take::Empty,
        Err(TryRecvError::Busy) => Take::Busy,
        Err(TryRecvError::Closed) => Take::Closed,
    }
}

/// One attempt that may wait for operations that are half done.
fn put_at_once<T>(answer: Result<(), SendTimeoutError<T>>) -> Put {
    match answer {
        Ok(()) => Put::Done,
        Err(SendTimeoutError::TimedOut(_)) => Put::Full,
        Err(SendTimeoutError::Closed(_)) => Put::Closed,
    }
}

fn take_at_once(answer: Result<u32, RecvTimeoutError>) -> Take {
    match answer {
        Ok(item) => Take::Got(item),
        Err(RecvTimeoutError::TimedOut) => Take::Empty,
        Err(RecvTimeoutError::Closed) => Take::Closed,
    }
}

/// Closes after a while, which is another one in each history.
fn closer<'s>(history: u64, mut close: impl FnMut() -> bool + Send + 's) -> Part<'s, Use> {
    let mut dice = Dice::new(history);
    Box::new(move |log| {
        for _ in 0..dice.below(40) {
            std::thread::yield_now();
        }
        for _ in 0..2 {
            log.record(&mut close, |first| Use::Close(*first));
        }
    })
}

/// Waits once in two times.
fn now_or_later<R>(dice: &mut Dice, now: impl FnOnce() -> R, later: impl FnOnce() -> R) -> R {
    if dice.once_in(2) { now() } else { later() }
}

/// Two that put and two that take until somebody closes.
macro_rules! until_closed {
    ($history:expr, $of:expr, $put:expr, $put_waiting:expr, $take:expr, $take_waiting:expr, $close:expr) => {{
        let of = $of;
        let part_put = |number: u32| {
            let mut dice = Dice::new($history << 8 | u64::from(number));
            putter(LENGTH, number, move |item| {
                now_or_later(&mut dice, || $put(of, item), || $put_waiting(of, item))
            })
        };
        let part_take = |number: u32| {
            let mut dice = Dice::new($history << 8 | u64::from(number));
            taker(LENGTH, number, move || {
                now_or_later(&mut dice, || $take(of), || $take_waiting(of))
            })
        };
        together(vec![
            part_put(1),
            part_put(2),
            part_take(3),
            part_take(4),
            closer($history, move || $close(of)),
        ])
    }};
}

#[test]
fn a_channel_of_the_facade() {
    bounded(|| {
        for capacity in [1, 3] {
            Tally::of(|history| {
                let ends = &channel::bounded::<u32>(capacity);
                type Ends = (channel::Sender<u32>, channel::Receiver<u32>);
                let history = until_closed!(
                    history,
                    ends,
                    |ends: &Ends, item| put(ends.0.try_send(item)),
                    |ends: &Ends, item| match ends.0.send(item) {
                        Ok(()) => Put::Done,
                        Err(_) => Put::Closed,
                    },
                    |ends: &Ends| take(ends.1.try_recv()),
                    |ends: &Ends| ends.1.recv().map_or(Take::Closed, Take::Got),
                    |ends: &Ends| ends.1.close()
                );
                (Items::queue(capacity, Busy::BesideHalfDone), history)
            })
            .tell(&format!("channel::bounded({capacity})"));
        }
    });
}

#[test]
fn a_channel_of_the_facade_with_waits_of_no_time() {
    bounded(|| {
        Tally::of(|history| {
            let ends = &channel::bounded::<u32>(2);
            type Ends = (channel::Sender<u32>, channel::Receiver<u32>);
            let history = until_closed!(
                history,
                ends,
                |ends: &Ends, item| put(ends.0.try_send(item)),
                |ends: &Ends, item| put_at_once(ends.0.send_timeout(item, Duration::ZERO)),
                |ends: &Ends| take(ends.1.try_recv()),
                |ends: &Ends| take_at_once(ends.1.recv_timeout(Duration::ZERO)),
                |ends: &Ends| ends.0.close()
            );
            (Items::queue(2, Busy::BesideHalfDone), history)
        })
        .tell("channel::bounded(2), waits of no time");
    });
}

#[test]
fn a_channel_over_the_exact_ring() {
    bounded(|| {
        Tally::of(|history| {
            let channel = &exact::Channel::<u32, 2, 5>::new();
            type Channel = exact::Channel<u32, 2, 5>;
            let history = until_closed!(
                history,
                channel,
                |channel: &Channel, item| put(channel.try_send(item)),
                |channel: &Channel, item| match block_on(channel.send(item)) {
                    Ok(()) => Put::Done,
                    Err(_) => Put::Closed,
                },
                |channel: &Channel| take(channel.try_recv()),
                |channel: &Channel| block_on(channel.recv()).map_or(Take::Closed, Take::Got),
                |channel: &Channel| channel.close()
            );
            (Items::queue(2, Busy::Never), history)
        })
        .tell("exact::Channel<2>");
    });
}

/// One side sends and then closes, or the other side closes; each does so at its own time.
#[test]
fn an_spsc_channel() {
    bounded(|| {
        for capacity in [1, 3] {
            Tally::of(|history| {
                let (mut sender, mut receiver) = channel::spsc::bounded::<u32>(capacity);
                let sends: Part<'_, Use> = Box::new(move |log| {
                    let mut dice = Dice::new(history);
                    for item in 0..dice.below(64) as u32 {
                        let now = dice.once_in(2);
                        let sent = log.record(
                            || match now {
                                true => put(sender.try_send(item)),
                                false => sender.send(item).map_or(Put::Closed, |()| Put::Done),
                            },
                            |answer| Use::Put(item, *answer),
                        );
                        if sent == Put::Closed {
                            return;
                        }
                    }
                    log.record(|| sender.close(), |()| Use::End);
                    log.record(|| put(sender.try_send(99)), |answer| Use::Put(99, *answer));
                });
                let receives: Part<'_, Use> = Box::new(move |log| {
                    let mut dice = Dice::new(history + 1);
                    loop {
                        let now = dice.once_in(2);
                        let taken = log.record(
                            || match now {
                                true => take(receiver.try_recv()),
                                false => receiver.recv().map_or(Take::Closed, Take::Got),
                            },
                            |answer| Use::Take(*answer),
                        );
                        if taken == Take::Closed {
                            return;
                        }
                        // It looks no further: a send may be in progress.
                        if dice.once_in(64) {
                            log.record(|| receiver.close(), |()| Use::End);
                            return;
                        }
                    }
                });
                let history = together(vec![sends, receives]);
                (Items::queue(capacity, Busy::Never), history)
            })
            .tell(&format!("channel::spsc::bounded({capacity})"));
        }
    });
}

/// An item that is compared by its rank only.
#[derive(PartialEq, Eq)]
struct Ranked(u32);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        Items::rank(self.0).cmp(&Items::rank(other.0))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A queue of the facade, until it is closed.
macro_rules! queue {
    ($kind:ident of $item:expr, $value:expr, $order:ident, $busy:ident) => {
        bounded(|| {
            for capacity in [1, 3] {
                Tally::of(|history| {
                    let queue = &$kind::new(capacity);
                    let history = together(vec![
                        putter(LENGTH, 1, |item| put(queue.try_put($item(item)))),
                        putter(LENGTH, 2, |item| {
                            let done = queue.put($item(item));
                            done.map_or(Put::Closed, |()| Put::Done)
                        }),
                        taker(LENGTH, 3, || take(queue.try_get().map($value))),
                        taker(LENGTH, 4, || {
                            queue
                                .get()
                                .map_or(Take::Closed, |item| Take::Got($value(item)))
                        }),
                        Box::new(move |log| {
                            for _ in 0..Dice::new(history).below(40) {
                                std::thread::yield_now();
                            }
                            log.record(|| queue.close(), |()| Use::End);
                        }),
                    ]);
                    let items = Items {
                        capacity,
                        order: Order::$order,
                        busy: Busy::$busy,
                    };
                    (items, history)
                })
                .tell(&format!("{}::new({capacity})", stringify!($kind)));
            }
        })
    };
}

#[test]
fn a_queue() {
    queue!(Queue of |item: u32| item, |item: u32| item, First, Never);
}

#[test]
fn a_lifo_queue() {
    queue!(LifoQueue of |item: u32| item, |item: u32| item, Last, Never);
}

#[test]
fn a_priority_queue_is_busy_only_beside_a_comparison() {
    queue!(PriorityQueue of Ranked, |item: Ranked| item.0, Smallest, BesideComparison);
}
