//! Channels and queues: items of several senders, to several receivers, in every way to send and to receive.

use std::time::Duration;

use gimmal::channel::{self, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use gimmal::queue::{LifoQueue, PriorityQueue, Queue};
use gimmal_core::wait::block_on;
use gimmal_histories::Dice;

use super::{Item, all_came, crowd, items};

/// Up to two milliseconds.
fn a_moment(dice: &mut Dice) -> Duration {
    Duration::from_micros(dice.below(2000))
}

/// Repeats a send until it is done: what came back goes into the next try.
fn put_until(item: Item, mut put: impl FnMut(Item) -> Result<(), Item>) {
    let mut left = Some(item);
    while let Some(item) = left.take() {
        left = put(item).err();
    }
}

/// What a try gives back, after a moment. (A yield would keep a core from threads of less priority.)
fn refused<T>(error: TrySendError<T>) -> T {
    match error {
        TrySendError::Full(item) | TrySendError::Busy(item) => {
            std::thread::sleep(Duration::from_micros(10));
            item
        }
        TrySendError::Closed(_) => panic!("nobody closes it before the last item"),
    }
}

fn late<T>(error: SendTimeoutError<T>) -> T {
    match error {
        SendTimeoutError::TimedOut(item) => item,
        SendTimeoutError::Closed(_) => panic!("nobody closes it before the last item"),
    }
}

/// The next item, tried or waited for a time; `Err` at the end.
fn tried<T>(result: Result<T, TryRecvError>) -> Result<Option<T>, ()> {
    match result {
        Ok(item) => Ok(Some(item)),
        Err(TryRecvError::Closed) => Err(()),
        Err(_) => {
            std::thread::sleep(Duration::from_micros(10));
            Ok(None)
        }
    }
}

fn in_time<T>(result: Result<T, RecvTimeoutError>) -> Result<Option<T>, ()> {
    match result {
        Ok(item) => Ok(Some(item)),
        Err(RecvTimeoutError::TimedOut) => Ok(None),
        Err(RecvTimeoutError::Closed) => Err(()),
    }
}

/// Takes until the end.
fn take_all(mut take: impl FnMut() -> Result<Option<Item>, ()>) -> Vec<Item> {
    let mut taken = Vec::new();
    while let Ok(item) = take() {
        taken.extend(item);
    }
    taken
}

/// Many to many; the handles that are dropped close it.
pub(super) fn channel(dice: &mut Dice) -> u64 {
    let (senders, receivers, each) = (1 + dice.below(3), 1 + dice.below(3), 200 + dice.below(800));
    let (sender, receiver) = channel::bounded(1 + dice.below(64) as usize);
    let ends = std::sync::Mutex::new((
        vec![sender.clone(); senders as usize],
        vec![receiver.clone(); receivers as usize],
    ));
    drop((sender, receiver));
    let received = crowd(dice, senders + receivers, |number, dice| {
        if number < senders {
            let sender = ends
                .lock()
                .expect("nothing panics with it")
                .0
                .pop()
                .expect("one for each");
            for item in items(number, each) {
                put_until(item, |item| match dice.below(4) {
                    0 => sender.try_send(item).map_err(refused),
                    1 => sender.send_timeout(item, a_moment(dice)).map_err(late),
                    2 => block_on(sender.send_async(item)).map_err(|error| error.into_inner()),
                    _ => sender.send(item).map_err(|error| error.into_inner()),
                });
            }
            return Vec::new();
        }
        let receiver = ends
            .lock()
            .expect("nothing panics with it")
            .1
            .pop()
            .expect("one for each");
        take_all(|| match dice.below(4) {
            0 => tried(receiver.try_recv()),
            1 => in_time(receiver.recv_timeout(a_moment(dice))),
            2 => block_on(receiver.recv_async()).map(Some).map_err(drop),
            _ => receiver.recv().map(Some).map_err(drop),
        })
    });
    all_came(&received, senders, each, true);
    2 * senders * each
}

/// One to one.
pub(super) fn spsc(dice: &mut Dice) -> u64 {
    let each = 500 + dice.below(1500);
    let (sender, receiver) = channel::spsc::bounded(1 + dice.below(64) as usize);
    let ends = std::sync::Mutex::new((Some(sender), Some(receiver)));
    let received = crowd(dice, 2, |number, dice| {
        if number == 0 {
            let mut sender = ends
                .lock()
                .expect("nothing panics with it")
                .0
                .take()
                .expect("one");
            for item in items(number, each) {
                put_until(item, |item| match dice.below(4) {
                    0 => sender.try_send(item).map_err(refused),
                    1 => sender.send_timeout(item, a_moment(dice)).map_err(late),
                    2 => block_on(sender.send_async(item)).map_err(|error| error.into_inner()),
                    _ => sender.send(item).map_err(|error| error.into_inner()),
                });
            }
            return Vec::new();
        }
        let mut receiver = ends
            .lock()
            .expect("nothing panics with it")
            .1
            .take()
            .expect("one");
        take_all(|| match dice.below(4) {
            0 => tried(receiver.try_recv()),
            1 => in_time(receiver.recv_timeout(a_moment(dice))),
            2 => block_on(receiver.recv_async()).map(Some).map_err(drop),
            _ => receiver.recv().map(Some).map_err(drop),
        })
    });
    all_came(&received, 1, each, true);
    2 * each
}

macro_rules! queue {
    ($name:ident, $type:ident, $in_order:expr) => {
        /// Many to many; the last sender closes it.
        pub(super) fn $name(dice: &mut Dice) -> u64 {
            let (senders, receivers, each) =
                (1 + dice.below(3), 1 + dice.below(3), 100 + dice.below(300));
            let queue = $type::new(1 + dice.below(32) as usize);
            let open = std::sync::atomic::AtomicU64::new(senders);
            let received = crowd(dice, senders + receivers, |number, dice| {
                if number < senders {
                    for item in items(number, each) {
                        put_until(item, |item| match dice.below(4) {
                            0 => queue.try_put(item).map_err(refused),
                            1 => queue.put_timeout(item, a_moment(dice)).map_err(late),
                            2 => {
                                block_on(queue.put_async(item)).map_err(|error| error.into_inner())
                            }
                            _ => queue.put(item).map_err(|error| error.into_inner()),
                        });
                    }
                    if open.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
                        queue.close();
                    }
                    return Vec::new();
                }
                take_all(|| match dice.below(4) {
                    0 => tried(queue.try_get()),
                    1 => in_time(queue.get_timeout(a_moment(dice))),
                    2 => block_on(queue.get_async()).map(Some).map_err(drop),
                    _ => queue.get().map(Some).map_err(drop),
                })
            });
            all_came(&received, senders, each, $in_order);
            2 * senders * each
        }
    };
}

queue!(queue, Queue, true);
queue!(lifo, LifoQueue, false);
queue!(priority, PriorityQueue, false);
