//! Channels and queues: items of several senders, to several receivers, in every way to send and to receive.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use gimmal::channel::{self, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError};
use gimmal::queue::{LifoQueue, PriorityQueue, Queue};
use gimmal_core::wait::block_on;
use gimmal_histories::Dice;

use super::{Item, all_came, crowd, each_takes, items};

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

/// Sends items in every way, by the names that an end has for them.
macro_rules! put_all {
    ($dice:ident, $end:ident, $items:expr, $try:ident, $timeout:ident, $async:ident, $wait:ident) => {
        for item in $items {
            put_until(item, |item| match $dice.below(4) {
                0 => $end.$try(item).map_err(refused),
                1 => $end.$timeout(item, a_moment($dice)).map_err(late),
                2 => block_on($end.$async(item)).map_err(|error| error.into_inner()),
                _ => $end.$wait(item).map_err(|error| error.into_inner()),
            });
        }
    };
}

/// Takes until the end in every way.
macro_rules! take_all {
    ($dice:ident, $end:ident, $try:ident, $timeout:ident, $async:ident, $wait:ident) => {
        take_all(|| match $dice.below(4) {
            0 => tried($end.$try()),
            1 => in_time($end.$timeout(a_moment($dice))),
            2 => block_on($end.$async()).map(Some).map_err(drop),
            _ => $end.$wait().map(Some).map_err(drop),
        })
    };
}

macro_rules! put_into_channel {
    ($dice:ident, $end:ident, $items:expr) => {
        put_all!(
            $dice,
            $end,
            $items,
            try_send,
            send_timeout,
            send_async,
            send
        )
    };
}

macro_rules! take_from_channel {
    ($dice:ident, $end:ident) => {
        take_all!($dice, $end, try_recv, recv_timeout, recv_async, recv)
    };
}

/// Many to many; the handles that are dropped close it.
pub(super) fn channel(dice: &mut Dice) -> u64 {
    let (senders, receivers) = (1 + dice.below(3), 1 + dice.below(3));
    let each = 200 + dice.below(800);
    let (sender, receiver) = channel::bounded(1 + dice.below(64) as usize);
    let sends = each_takes(vec![sender.clone(); senders as usize]);
    let receives = each_takes(vec![receiver.clone(); receivers as usize]);
    drop((sender, receiver));
    let received = crowd(dice, senders + receivers, |number, dice| {
        if number < senders {
            let sender = sends();
            put_into_channel!(dice, sender, items(number, each));
            return Vec::new();
        }
        let receiver = receives();
        take_from_channel!(dice, receiver)
    });
    all_came(&received, senders, each, true);
    2 * senders * each
}

/// One to one.
pub(super) fn spsc(dice: &mut Dice) -> u64 {
    let each = 500 + dice.below(1500);
    let (sender, receiver) = channel::spsc::bounded(1 + dice.below(64) as usize);
    let (sends, receives) = (each_takes([sender]), each_takes([receiver]));
    let received = crowd(dice, 2, |number, dice| {
        if number == 0 {
            let mut sender = sends();
            put_into_channel!(dice, sender, items(number, each));
            return Vec::new();
        }
        let mut receiver = receives();
        take_from_channel!(dice, receiver)
    });
    all_came(&received, 1, each, true);
    2 * each
}

macro_rules! queue {
    ($name:ident, $type:ident, $in_order:expr) => {
        /// Many to many; the last sender closes it.
        pub(super) fn $name(dice: &mut Dice) -> u64 {
            let (senders, receivers) = (1 + dice.below(3), 1 + dice.below(3));
            let each = 100 + dice.below(300);
            let queue = $type::new(1 + dice.below(32) as usize);
            let open = AtomicU64::new(senders);
            let received = crowd(dice, senders + receivers, |number, dice| {
                if number < senders {
                    let items = items(number, each);
                    put_all!(dice, queue, items, try_put, put_timeout, put_async, put);
                    if open.fetch_sub(1, SeqCst) == 1 {
                        queue.close();
                    }
                    return Vec::new();
                }
                take_all!(dice, queue, try_get, get_timeout, get_async, get)
            });
            all_came(&received, senders, each, $in_order);
            2 * senders * each
        }
    };
}

queue!(queue, Queue, true);
queue!(lifo, LifoQueue, false);
queue!(priority, PriorityQueue, false);
