//! Those who live in the soak. Each is a round: it starts threads, uses one thing, checks that nothing is lost, taken twice or
//! out of order, and says how many operations that were.

mod primitives;
mod queues;
pub(crate) mod signals;
mod sockets;
mod time;
#[cfg(feature = "net")]
mod wires;

use std::collections::BTreeMap;
use std::sync::Mutex;

use gimmal::thread;
use gimmal_histories::Dice;

use crate::mood;

/// One round. It panics when something is wrong, and says what.
pub(crate) type Round = fn(&mut Dice) -> u64;

/// All, by their names.
pub(crate) const ALL: &[(&str, Round)] = &[
    ("lock", primitives::lock),
    ("reentrant lock", primitives::reentrant_lock),
    ("semaphore", primitives::semaphore),
    ("condition", primitives::condition),
    ("event", primitives::event),
    ("barrier", primitives::barrier),
    ("channel", queues::channel),
    ("channel::spsc", queues::spsc),
    ("queue", queues::queue),
    ("lifo queue", queues::lifo),
    ("priority queue", queues::priority),
    ("thread pool", time::pool),
    ("timers", time::timers),
    ("poller", time::poller),
    ("push, pull", sockets::push_pull),
    ("pair", sockets::pair),
    ("req, rep", sockets::req_rep),
    ("broker", sockets::broker),
    ("publish, subscribe", sockets::publish),
    ("contexts", sockets::contexts),
    #[cfg(feature = "net")]
    ("tcp", wires::tcp),
    #[cfg(all(feature = "net", unix))]
    ("ipc", wires::ipc),
    #[cfg(unix)]
    ("signals", signals::interrupted),
];

/// Threads that play a part each, with a priority by chance, until all have.
///
/// # Panics
/// One of them does.
fn crowd<R: Send>(
    dice: &mut Dice,
    count: u64,
    part: impl Fn(u64, &mut Dice) -> R + Sync,
) -> Vec<R> {
    let seeds: Vec<_> = (0..count).map(|_| dice.below(u64::MAX)).collect();
    let part = &part;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .zip(seeds)
            .map(|(number, seed)| {
                scope.spawn(move || {
                    let mut dice = Dice::new(seed);
                    mood::change(&mut dice);
                    part(number, &mut dice)
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, R>| thread.join().expect("no part panics");
        threads.into_iter().map(join).collect()
    })
}

/// Ends that threads take, one each.
fn each_takes<E: Send>(ends: impl IntoIterator<Item = E>) -> impl Fn() -> E + Sync {
    let ends = Mutex::new(ends.into_iter().collect::<Vec<_>>());
    move || {
        ends.lock()
            .expect("nothing panics with it")
            .pop()
            .expect("one for each")
    }
}

/// A message of a sender: who has sent it, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    sender: u64,
    number: u64,
}

/// The items of a sender, in order.
fn items(sender: u64, count: u64) -> impl Iterator<Item = Item> {
    (0..count).map(move |number| Item { sender, number })
}

/// Whether what the receivers got is what the senders have sent, each item once; and, if `in_order`, those of a sender in
/// ascending order for each receiver.
///
/// # Panics
/// It is not.
fn all_came(received: &[Vec<Item>], senders: u64, each: u64, in_order: bool) {
    let mut times = BTreeMap::new();
    for one in received {
        let mut last = BTreeMap::new();
        for item in one {
            *times.entry(*item).or_insert(0) += 1;
            let before = last.insert(item.sender, item.number);
            assert!(
                !in_order || before < Some(item.number),
                "{item:?} after {before:?}"
            );
        }
    }
    let lost: Vec<_> = (0..senders)
        .flat_map(|sender| items(sender, each))
        .filter(|item| !times.contains_key(item))
        .collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "taken more than once: {twice:?}");
    assert_eq!(
        times.len() as u64,
        senders * each,
        "items that nobody has sent"
    );
}
